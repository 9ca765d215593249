"""`mayfly sweep` on the local AWS: what is over goes, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from components.aws import policies
from localcloud import ACCOUNT
from localcloud.aws.admin import throttled
from mayfly import naming, settings
from mayfly.cli.sweep import sweep
from mayfly.clouds.aws import Aws, Refused, groups, translated
from mayfly.clouds.concurrent import concurrently
from mayfly.naming import stamp, times
from tests.cli.aws.world import LAKE, PREFIX, ROOT, World, zipped
from tests.support import sweeping
from tests.support.sweeping import ALIVE, DAY, KEEP, NOW, OLD


@pytest.fixture(autouse=True)
def in_a_project(as_the_deployer: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Of its own, for the receipts."""
    sweeping.enter_project(tmp_path, monkeypatch)


@pytest.fixture
def swept(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, dict[str, Any]]]:
    return partial(sweeping.swept, "awsqa", capsys)


def make(world: World, environment: str, life: dict[str, str]) -> str:
    """One with all that it has; the name of its group."""
    group = naming.aws.names(world.build(environment)).resource_group
    groups.tag(world.deployer, group, life)
    return group


def test_what_is_expired_goes_and_what_is_alive_kept_or_anothers_stays(
    world: World, swept: Callable[..., Any]
) -> None:
    make(world, "awsqa-1", OLD)
    make(world, "awsqa-2", ALIVE)
    make(world, "awsqa-3", {**OLD, **KEEP})
    make(world, "awsqa-4", {**OLD, "mayfly-project": "another"})
    shown = swept(execute=False)[1]
    assert shown["awsqa-1"]["cause"] == "expired"
    code, found = swept()
    assert (code, found["awsqa-1"]["outcome"]) == (0, "gone")
    assert {name: one["why"] for name, one in found.items() if one["cause"] is None} == {
        "awsqa-2": f"expires at {stamp(NOW + 6 * DAY)} (in 5d 23h)",
        "awsqa-3": f"kept until {stamp(NOW + DAY)} by me: a look",
        "awsqa-4": "is of the project 'another'",
    }
    assert json.loads(Path(found["awsqa-1"]["receipt"]).read_text())["complete"]
    assert [group.environment for group in groups.environments(world.deployer)] == [
        "awsqa-2",
        "awsqa-3",
        "awsqa-4",
    ]


def test_a_group_that_names_another_environment_takes_nothing_of_it_along(
    world: World, swept: Callable[..., Any]
) -> None:
    """Who may tag one group need not own the environment that it names."""
    world.owner.client("resource-groups").create_group(
        Name="mayfly-awsqa-5",
        ResourceQuery={
            "Type": "TAG_FILTERS_1_0",
            "Query": json.dumps({"ResourceTypeFilters": ["AWS::AllSupported"]}),
        },
        Tags={**naming.aws.identity("mayfly", "awsqa-6"), **OLD},
    )
    code, found = swept()
    assert (code, found["awsqa-6"]["outcome"]) == (4, "left")
    assert "whose own group is mayfly-awsqa-6" in found["awsqa-6"]["told"]
    world.owner.client("resource-groups").delete_group(Group="mayfly-awsqa-5")


def test_pain_roles_without_an_environment_go_once_they_are_old(
    world: World, swept: Callable[..., Any]
) -> None:
    iam, name = world.owner.client("iam"), "awsqa-8-flights"
    tags = [{"Key": key, "Value": value} for key, value in naming.aws.identity("mayfly", "awsqa-8").items()]
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    iam.create_role(
        RoleName=name,
        Path="/mayfly/awsqa-8/",
        AssumeRolePolicyDocument=trust,
        Tags=tags,  # type: ignore[arg-type]
        PermissionsBoundary=naming.aws.boundary_arn(ACCOUNT),
    )
    assert swept()[1]["awsqa-8"]["cause"] is None
    gone = swept(grace="0m")[1]["awsqa-8"]
    assert (gone["cause"], gone["outcome"]) == ("lost", "gone")
    assert "awsqa-8" not in swept()[1]


def test_a_sweep_runs_whole_as_the_janitor(
    world: World, swept: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    make(world, "awsqa-1", OLD)
    world.owner.client("s3").put_object(Bucket=bucket("awsqa-1"), Key="curated/a", Body=b"x")
    for name, value in world.variables("janitor").items():
        monkeypatch.setenv(name, value)
    code, found = swept()
    assert (code, found["awsqa-1"]["outcome"]) == (0, "gone")
    receipt = json.loads(Path(found["awsqa-1"]["receipt"]).read_text())
    assert {thing["type"] for thing in receipt["gone"]} >= {
        "AWS::IAM::Role",
        "AWS::Lambda::Function",
        "AWS::Logs::LogGroup",
        "AWS::ResourceGroups::Group",
        "AWS::S3::Bucket",
    }


def test_two_sweeps_at_once_under_20_calls_a_second_do_no_harm(
    world: World, swept: Callable[..., Any]
) -> None:
    """Each of the services that are asked most answers the others as AWS does who asks too often."""
    for number in range(20, 24):
        marker = {**naming.aws.identity("mayfly", f"awsqa-{number}"), **OLD}
        filters = json.dumps({"ResourceTypeFilters": ["AWS::AllSupported"]})
        query: Any = {"Type": "TAG_FILTERS_1_0", "Query": filters}
        world.deployer.client("resource-groups").create_group(
            Name=f"mayfly-awsqa-{number}", ResourceQuery=query, Tags=marker
        )
    with ExitStack() as stack:
        for service in ("resource-groups", "iam", "s3"):
            stack.enter_context(throttled(world.status, service, 20))
        codes = concurrently(lambda _: sweep(fabric=["awsqa"], execute=True), range(2))
    assert codes == [0, 0]
    assert [name for name in swept()[1] if name.startswith("awsqa-2") and len(name) > len("awsqa-2")] == []


def bucket(environment: str) -> str:
    return naming.aws.names(settings.load(ROOT, environment, {})).bucket


def role(environment: str) -> str:
    return naming.aws.names(settings.load(ROOT, environment, {})).role


TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})
READ = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
)
MAKES: dict[str, Callable[[Aws], object]] = {
    "a group's tag": lambda c: groups.tag(c, "mayfly-awsqa-2", {times.EXPIRES_AT: "2099-01-01T00:00:00Z"}),
    "a bucket": lambda c: c.client("s3").create_bucket(
        Bucket=f"{bucket('awsqa-2')}-2", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    ),
    "an object": lambda c: c.client("s3").put_object(Bucket=bucket("awsqa-2"), Key="a", Body=b"x"),
    "a role": lambda c: c.client("iam").create_role(
        RoleName="awsqa-2-mine",
        Path="/mayfly/awsqa-2/",
        AssumeRolePolicyDocument=TRUST,
        PermissionsBoundary=naming.aws.boundary_arn(ACCOUNT),
    ),
    "a role's policy": lambda c: c.client("iam").put_role_policy(
        RoleName=role("awsqa-2"), PolicyName="more", PolicyDocument=READ
    ),
    "a look at data": lambda c: c.client("s3").get_object(Bucket=LAKE, Key=f"{PREFIX}2013/01.csv"),
    "a call of a function": lambda c: c.client("lambda").invoke(FunctionName="awsqa-2-echo"),
    "the end of production's data": lambda c: c.client("s3").delete_object(Bucket=LAKE, Key="nothing"),
}


@pytest.mark.parametrize("what", MAKES)
def test_the_janitor_makes_nothing_and_reads_no_data(world: World, what: str) -> None:
    """Its own policy denies it, whatever else it gets. With the control: the account's owner may."""
    if groups.get(world.deployer, "mayfly-awsqa-2") is None:
        make(world, "awsqa-2", ALIVE)
    iam, everything = world.owner.client("iam"), {"Effect": "Allow", "Action": "*", "Resource": "*"}
    assert refused(world, what)
    document = json.dumps({"Version": "2012-10-17", "Statement": [everything]})
    iam.put_user_policy(UserName="janitor", PolicyName="all", PolicyDocument=document)
    still = refused(world, what)
    iam.delete_user_policy(UserName="janitor", PolicyName="all")
    assert still
    with translated("as the owner"):
        MAKES[what](world.owner)


def refused(world: World, what: str) -> bool:
    return denied(world, MAKES[what])


def denied(world: World, call: Callable[[Aws], object]) -> bool:
    try:
        with translated("as the janitor"):
            call(world.janitor)
    except Refused:
        return True
    return False


OTHERS = "mf--awsprod--x-abcdef"
ENDS: dict[str, Callable[[Aws], object]] = {
    "an object": lambda c: c.client("s3").delete_object(Bucket=OTHERS, Key="a"),
    "a bucket": lambda c: c.client("s3").delete_bucket(Bucket=OTHERS),
    "a function": lambda c: c.client("lambda").delete_function(FunctionName="awsprod-x"),
    "a role's policy": lambda c: c.client("iam").delete_role_policy(RoleName="awsprod-x", PolicyName="read"),
    "a role": lambda c: c.client("iam").delete_role(RoleName="awsprod-x"),
    "a log": lambda c: c.client("logs").delete_log_group(logGroupName="/mayfly/awsprod/x"),
    "a parameter": lambda c: c.client("ssm").delete_parameter(Name="/mayfly/awsprod/x"),
    "a group": lambda c: c.client("resource-groups").delete_group(Group="mayfly-awsprod"),
}


def test_the_janitor_removes_nothing_of_a_permanent_environment(world: World) -> None:
    """It lies in the same account. With the control: the account's owner may."""
    iam, s3 = world.owner.client("iam"), world.owner.client("s3")
    s3.create_bucket(Bucket=OTHERS, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket=OTHERS, Key="a", Body=b"x")
    trust = policies.trust(policies.LAMBDA)
    role = iam.create_role(RoleName="awsprod-x", Path="/mayfly/awsprod/", AssumeRolePolicyDocument=trust)
    iam.put_role_policy(RoleName="awsprod-x", PolicyName="read", PolicyDocument=READ)
    world.owner.client("lambda").create_function(
        FunctionName="awsprod-x", Runtime="python3.12", Handler="handler.main", Role=role["Role"]["Arn"],
        Code={"ZipFile": zipped("")}, Tags=naming.aws.identity("mayfly", "awsprod"),
    )  # fmt: skip
    world.owner.client("logs").create_log_group(logGroupName="/mayfly/awsprod/x")
    world.owner.client("ssm").put_parameter(Name="/mayfly/awsprod/x", Value="{}", Type="String")
    query: Any = {"Type": "TAG_FILTERS_1_0", "Query": '{"ResourceTypeFilters": ["AWS::AllSupported"]}'}
    world.owner.client("resource-groups").create_group(Name="mayfly-awsprod", ResourceQuery=query)
    assert {what: denied(world, call) for what, call in ENDS.items()} == dict.fromkeys(ENDS, True)
    for end in ENDS.values():
        end(world.owner)
