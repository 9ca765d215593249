"""What a proof on AWS reads and judges, whole, against a scripted AWS."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import pytest

from components.aws import policies
from localcloud import ACCOUNT, REGION
from mayfly import naming, settings
from mayfly.clouds.aws import CloudError, functions
from mayfly.errors import BadInput, MayflyError, NotAllowed
from mayfly.proof.aws import canary, environments, prove
from mayfly.proof.aws import roles as environment_roles
from mayfly.proof.aws.calls import Bucket
from mayfly.proof.aws.environments import DeployedEnvironment
from mayfly.proof.aws.probes import Probe
from mayfly.proof.aws.roles import EnvironmentRole
from mayfly.proof.verdict import JudgedSource, Outcome, Proof, Row
from mayfly.settings import EnvironmentSettings
from tests.support.aws_script import Answer, Arguments, Given, Script
from tests.support.checkout import HERE

WANTED: EnvironmentSettings = settings.load(HERE, "awsqa-7", {})
NAMES = naming.aws.names(WANTED)
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/mayfly-boundary"
LAKE = f"flights-lake-{ACCOUNT}"
LATELY = datetime(2026, 1, 1, tzinfo=UTC)
EXECUTION, SCHEDULES = NAMES.role, NAMES.schedule_role
TAGS = [{"Key": "mayfly-env", "Value": "awsqa-7"}, {"Key": "x", "Value": "y"}]


def arn(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/mayfly/awsqa-7/{name}"


def shown(name: str, **more: Any) -> Any:
    """A role as its own GET shows it."""
    return {
        "Path": "/mayfly/awsqa-7/",
        "RoleName": name,
        "RoleId": "A" * 16,
        "Arn": arn(name),
        "CreateDate": LATELY,
        "AssumeRolePolicyDocument": json.loads(policies.trust(policies.LAMBDA)),
        "PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": BOUNDARY},
        "Tags": TAGS,
        **more,
    }


def listed(name: str) -> dict[str, Any]:
    """A role as it goes over the wire, with its document as text."""
    found = shown(name)
    return {**found, "AssumeRolePolicyDocument": json.dumps(found["AssumeRolePolicyDocument"])}


def document(action: str, resource: str) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": action, "Resource": resource}}


READS = document("s3:GetObject", f"arn:aws:s3:::{LAKE}/flights/*")


def row(who: str, name: str, what: str, expected: str, got: str, outcome: Outcome = Outcome.OK) -> Row:
    return Row(who, what, arn(name), expected, got, outcome)


def test_a_role_that_is_as_it_should_be() -> None:
    held = EnvironmentRole(shown(EXECUTION), {"mayfly": READS})
    who = "the execution role"
    assert environment_roles.rows(WANTED, [held], BOUNDARY) == [
        row(who, EXECUTION, "has the boundary", BOUNDARY, BOUNDARY),
        row(who, EXECUTION, "is under the path", "/mayfly/awsqa-7/", "/mayfly/awsqa-7/"),
        row(who, EXECUTION, "is taken by", "lambda.amazonaws.com", "lambda.amazonaws.com"),
        row(who, EXECUTION, "is tagged", "awsqa-7", "awsqa-7"),
        row(who, EXECUTION, "has attached policies", "none", "none"),
        row(who, EXECUTION, "has in its policy mayfly", "its own and reads", "that"),
    ]


def test_a_role_that_is_wrong_in_every_way() -> None:
    bare = shown(
        EXECUTION,
        Path="/mayfly/",
        Tags=[],
        AssumeRolePolicyDocument=json.loads(policies.trust("ec2.amazonaws.com")),
    )
    del bare["PermissionsBoundary"]
    held = EnvironmentRole(
        bare, {"more": document("s3:PutObject", f"arn:aws:s3:::{LAKE}/*")}, ["arn:a", "arn:b"]
    )
    write = f"s3:PutObject on arn:aws:s3:::{LAKE}/*"
    who = "the execution role"
    assert environment_roles.rows(WANTED, [held], BOUNDARY) == [
        row(who, EXECUTION, "has the boundary", BOUNDARY, "none", Outcome.NO),
        row(who, EXECUTION, "is under the path", "/mayfly/awsqa-7/", "/mayfly/", Outcome.NO),
        row(who, EXECUTION, "is taken by", "lambda.amazonaws.com", "ec2.amazonaws.com", Outcome.NO),
        row(who, EXECUTION, "is tagged", "awsqa-7", "none", Outcome.NO),
        row(who, EXECUTION, "has attached policies", "none", "arn:a, arn:b", Outcome.NO),
        row(who, EXECUTION, "has in its policy more", "its own and reads", write, Outcome.NO),
    ]  # fmt: skip


def test_the_schedules_role_trusts_the_scheduler_for_the_account_and_another_is_not_tried() -> None:
    trust = json.loads(policies.trust(policies.SCHEDULER, ACCOUNT))
    schedules = EnvironmentRole(shown(SCHEDULES, AssumeRolePolicyDocument=trust))
    (taken,) = (
        one for one in environment_roles.rows(WANTED, [schedules], BOUNDARY) if one.what == "is taken by"
    )
    service = f"scheduler.amazonaws.com of {ACCOUNT}"
    assert taken == row("the schedules' role", SCHEDULES, "is taken by", service, service)
    *others, last = environment_roles.rows(WANTED, [schedules, EnvironmentRole(shown("more"))], BOUNDARY)
    assert last == row(
        "the role more", "more", "is tried", "allowed, refused", "not tried", Outcome.NOT_SHOWN
    )
    assert {one.who for one in others} == {"the schedules' role", "the role more"}
    assert not any(one.what == "is tried" for one in others)
    bare = shown("more")
    del bare["AssumeRolePolicyDocument"], bare["Tags"]
    wrong = [
        one.what
        for one in environment_roles.rows(WANTED, [EnvironmentRole(bare)], BOUNDARY)
        if one.outcome is Outcome.NO
    ]
    assert wrong == ["is taken by", "is tagged"]


def test_what_is_read_outside_the_environment() -> None:
    own = document("s3:*", f"arn:aws:s3:::{NAMES.bucket}/*")
    one = EnvironmentRole(shown("a"), {"x": READS, "y": own})
    other = EnvironmentRole(shown("b"), {"x": document("s3:*", "arn:aws:s3:::weather/*"), "y": READS})
    assert environment_roles.reads(WANTED, [one, other]) == [(LAKE, "flights/"), ("weather", "")]
    assert environment_roles.own_arns(WANTED) == [
        "arn:aws:s3:::mf--awsqa-7--",
        f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/mayfly/awsqa-7/",
        f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:awsqa-7-",
        f"arn:aws:glue:{REGION}:{ACCOUNT}:catalog",
        f"arn:aws:glue:{REGION}:{ACCOUNT}:database/mf__awsqa_7__",
        f"arn:aws:glue:{REGION}:{ACCOUNT}:table/mf__awsqa_7__",
    ]


def roles(**answers: Given) -> Script:
    """The roles "a", "b" and "gone", the second with a policy of both kinds."""

    def get(asked: Arguments) -> Answer:
        return "NoSuchEntity" if asked["RoleName"] == "gone" else {"Role": listed(asked["RoleName"])}

    def of_b(yes: Answer, no: Answer) -> Given:
        return lambda asked: yes if asked["RoleName"] == "b" else no

    names = [
        {key: value for key, value in listed(name).items() if key != "Tags"} for name in ("gone", "b", "a")
    ]
    return Script(
        **{
            "ListRoles": {"Roles": names},
            "GetRole": get,
            "ListRolePolicies": of_b({"PolicyNames": ["mayfly"]}, {"PolicyNames": []}),
            "GetRolePolicy": {
                "RoleName": "b", "PolicyName": "mayfly", "PolicyDocument": json.dumps(READS),
            },
            "ListAttachedRolePolicies": of_b(
                {"AttachedPolicies": [{"PolicyArn": "arn:aws:iam::aws:policy/P"}]}, {"AttachedPolicies": []}
            ),
            **answers,
        }
    )  # fmt: skip


def test_every_role_under_the_path_is_asked_for_itself() -> None:
    cloud = roles()
    a, b = environment_roles.under_path(cloud, "awsqa-7")
    assert a == EnvironmentRole(shown("a"), {}, [])
    assert (b.name, [*b.inline], b.attached) == ("b", ["mayfly"], ["arn:aws:iam::aws:policy/P"])
    assert cloud.asked("ListRoles") == [{"PathPrefix": "/mayfly/awsqa-7/"}]
    assert cloud.asked("GetRolePolicy") == [{"RoleName": "b", "PolicyName": "mayfly"}]
    for operation in ("ListRolePolicies", "ListAttachedRolePolicies"):
        assert sorted(one["RoleName"] for one in cloud.asked(operation)) == ["a", "b"]


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        ("ListRoles", "ListRoles /mayfly/awsqa-7/"),
        ("GetRole", "GetRole a"),
        ("ListRolePolicies", "the policies of a"),
        ("ListAttachedRolePolicies", "ListAttachedRolePolicies a"),
    ],
)
def test_a_role_that_may_not_be_read_is_no_role_less(operation: str, words: str) -> None:
    with pytest.raises(CloudError) as told:
        environment_roles.under_path(roles(**{operation: "AccessDenied"}), "awsqa-7")
    assert str(told.value) == f"{words}: AccessDenied: no"


def pairs(**tags: str) -> list[dict[str, str]]:
    return [{"Key": key.replace("_", "-"), "Value": value} for key, value in tags.items()]


def account(**answers: Given) -> Script:
    """With the environment's group and its execution role, and buckets that carry our marker."""
    marks = {"managed-by": "mayfly", "mayfly-env": "awsqa-7", "mayfly-project": WANTED.project}
    group = "arn:aws:resource-groups:x:group/mayfly-awsqa-7"
    marked = dict(zip("371259", ("mf--3", "mf--7", "mf--1", "gone", "closed", "mf--9"), strict=True))
    buckets = [
        {"ResourceARN": f"arn:aws:s3:::{bucket}", "Tags": pairs(a="b", mayfly_env=f"awsqa-{number}")}
        for number, bucket in marked.items()
    ]  # fmt: skip
    return roles(
        **{
            "GetGroup": {"Group": {"GroupArn": group, "Name": "mayfly-awsqa-7"}},
            "GetTags": {"Tags": marks},
            "ListRoles": {"Roles": [listed(EXECUTION), listed("a")]},
            "GetResources": {"ResourceTagMappingList": buckets},
            "HeadBucket": lambda asked: {"gone": "404", "closed": "403"}.get(asked["Bucket"], {}),
            **answers,
        }
    )


def test_an_environment_and_its_neighbours() -> None:
    """Three others at most, in the order of their names; a closed one is there, one that is gone is not."""
    cloud = account()
    place = environments.deployed(cloud, WANTED)
    assert (place.role, place.boundary) == (shown(EXECUTION), BOUNDARY)
    assert [held.name for held in place.roles] == sorted(["a", EXECUTION])
    assert place.others == {"awsqa-1": "mf--1", "awsqa-3": "mf--3", "awsqa-5": "closed"}
    assert cloud.asked("GetResources") == [
        {"ResourceTypeFilters": ["s3"], "TagFilters": [{"Key": "managed-by", "Values": ["mayfly"]}]}
    ]
    assert cloud.asked("GetGroup") == [{"Group": "mayfly-awsqa-7"}]
    assert "mf--9" not in {one["Bucket"] for one in cloud.asked("HeadBucket")}
    with pytest.raises(CloudError, match=r"^GetResources: AccessDenied: no$"):
        environments.deployed(account(GetResources="AccessDenied"), WANTED)


OTHERS = {"managed-by": "mayfly", "mayfly-env": "awsqa-7", "mayfly-project": "other"}


@pytest.mark.parametrize("answers", [{"GetGroup": "NotFoundException"}, {"GetTags": {"Tags": OTHERS}}])
def test_what_is_not_deployed_is_told(answers: dict[str, Any]) -> None:
    with pytest.raises(BadInput) as told:
        environments.check_deployed(account(**answers), WANTED)
    assert str(told.value) == "ENV: 'awsqa-7' is not deployed (`mayfly up awsqa-7` makes it)"


def test_another_account_and_an_up_that_did_not_end_are_told() -> None:
    with pytest.raises(NotAllowed, match="signed in to the account 999999999999"):
        environments.check_deployed(account(GetCallerIdentity={"Account": "999999999999"}), WANTED)
    with pytest.raises(MayflyError, match=r"^awsqa-7 is not complete; run `mayfly up awsqa-7` again$"):
        environments.deployed(account(ListRoles={"Roles": [listed("a")]}), WANTED)


def place(*held: EnvironmentRole, **more: Any) -> DeployedEnvironment:
    own = EnvironmentRole(shown(EXECUTION, **more), {"mayfly": READS})
    return DeployedEnvironment(own.role, [own, *held], BOUNDARY, {"awsqa-8": "mf--8"})


def test_the_sources_are_the_policies_and_the_variable_groups() -> None:
    weather = EnvironmentRole(shown("more"), {"more": document("s3:GetObject", "arn:aws:s3:::weather/*")})
    assert prove.sources(WANTED, place(weather)) == {
        Bucket("lake", LAKE, "flights/"): ["a role's policy", "the variable group"],
        Bucket("weather", "weather", ""): ["a role's policy"],
    }
    assert prove.sources(WANTED, DeployedEnvironment(shown(EXECUTION), [], BOUNDARY, {})) == {
        Bucket("lake", LAKE, "flights/"): ["the variable group"],
    }


def test_the_probes_are_of_this_environment() -> None:
    """Own bucket and sinks, sources, neighbours; the role's own trust and boundary are what is put back."""
    wanted = prove.table(WANTED, place(), [Bucket("lake", LAKE, "flights/")])
    tried = {probe.where for probe in wanted}
    assert tried == {
        f"curated (s3://{NAMES.bucket}/curated/)",
        f"own (s3://{NAMES.bucket}/)",
        f"lake (s3://{LAKE}/flights/)",
        "awsqa-8 (s3://mf--8/)",
        f"its role {EXECUTION}",
        f"the boundary {BOUNDARY}",
        f"the account {ACCOUNT}",
    }
    by_name = {probe.name: probe for probe in wanted}
    back = by_name["iam-delete_role_permissions_boundary-remove-the-boundary"].undo[0]
    assert back["operation"] == "put_role_permissions_boundary"
    assert back["arguments"] == {"RoleName": EXECUTION, "PermissionsBoundary": BOUNDARY}
    trust = by_name["iam-update_assume_role_policy-change-who-may-take-it"].undo[0]["arguments"]
    assert json.loads(trust["PolicyDocument"]) == json.loads(policies.trust(policies.LAMBDA))
    assert by_name["s3-create_bucket-create-a-bucket"].arguments["CreateBucketConfiguration"] == {
        "LocationConstraint": REGION
    }
    assert by_name["sts-assume_role-take-another-role"].arguments["RoleArn"] == f"{arn(EXECUTION)}x"
    again = {probe.name: probe for probe in prove.table(WANTED, place(), [])}
    name = "iam-create_user-create-a-user"
    assert by_name[name].arguments["UserName"] != again[name].arguments["UserName"]


def test_a_role_without_boundary_or_trust_is_put_back_to_that() -> None:
    bare = shown(EXECUTION)
    del bare["PermissionsBoundary"], bare["AssumeRolePolicyDocument"]
    assert prove.probed_role(WANTED, DeployedEnvironment(bare, [], BOUNDARY, {})).held == ""
    wanted = prove.table(WANTED, DeployedEnvironment(bare, [], BOUNDARY, {}), [])
    by_name = {probe.name: probe for probe in wanted}
    back = by_name["iam-delete_role_permissions_boundary-remove-the-boundary"].undo[0]
    assert back["operation"] == "delete_role_permissions_boundary"
    trust = by_name["iam-update_assume_role_policy-change-who-may-take-it"].undo[0]["arguments"]
    assert trust["PolicyDocument"] == "{}"


def proved(
    monkeypatch: pytest.MonkeyPatch, codes: Mapping[str, str], said: list[str], patience: float = 0.0
) -> tuple[Proof, list[Any]]:
    """A proof whose canary answers AccessDenied to what is forbidden, and as `codes` says."""
    asked: list[Any] = []

    @contextmanager
    def made(cloud: Any, wanted: EnvironmentSettings, arn: str) -> Iterator[str]:
        asked.append((type(cloud), wanted, arn))
        yield "the-canary"

    def invoke(cloud: Any, name: str, event: Any, timeout: float) -> functions.Invocation:
        assert type(cloud) is Script
        asked.append((name, [probe["name"] for probe in event["probes"]]))
        denied = {False: "AccessDenied", True: ""}
        answers = {
            one["name"]: {"status": 400, "message": "m", "code": codes.get(one["name"], denied[allowed(one)])}
            for one in event["probes"]
        }
        return functions.Invocation(200, answers, None, "id")

    monkeypatch.setattr(canary, "temporary_function", made)
    monkeypatch.setattr(functions, "invoke", invoke)
    return prove.prove(account(), WANTED, patience, said.append), asked


def allowed(probe: Mapping[str, Any]) -> bool:
    reads = ("source0-list_objects_v2", "source0-get_object")
    return probe["name"] in reads or probe["name"].startswith("sink0-")


def test_a_whole_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    """What IAM says, then what comes of trying: first what is allowed, then all of it, as its role."""
    codes = {
        "own-delete_bucket-delete-the-bucket": "Skipped",
        "iam-create_user-create-a-user": "",
        "s3-create_bucket-create-a-bucket": "InvalidName",
    }
    said: list[str] = []
    proof, asked = proved(monkeypatch, codes, said)
    assert (proof.who, proof.short, proof.caveats) == ("the execution role", prove.short, ())
    assert [vars(reach) for reach in proof.elsewhere] == [
        {
            "at": "functions",
            "what": "Lambda",
            "address": "anything on the internet: what their code does is not judged",
            "answer": "",
        }
    ]
    assert proof.sources == [JudgedSource("lake", f"s3://{LAKE}/flights/", ("the variable group",))]
    held = [one for one in proof.rows if one.where.startswith("arn:")]
    assert [*proof.rows[: len(held)]] == held
    assert held == environment_roles.rows(WANTED, environments.deployed(account(), WANTED).roles, BOUNDARY)
    tried = proof.rows[len(held) :]
    assert tried[0] == Row(
        "the execution role", "start with a variable", "Lambda", "allowed", "allowed", Outcome.OK
    )
    others = [asdict(one) for one in tried if not one.ok]
    assert others == [
        {"who": "the execution role", "what": "create a bucket", "where": f"the account {ACCOUNT}",
         "expected": "refused", "got": "InvalidName (m)", "outcome": Outcome.NOT_SHOWN},
        {"who": "the execution role", "what": "create a user", "where": f"the account {ACCOUNT}",
         "expected": "refused", "got": "ALLOWED (m)", "outcome": Outcome.NO},
    ]  # fmt: skip
    first, reads, everything = asked
    assert first == (Script, WANTED, arn(EXECUTION))
    assert all(allowed({"name": name}) for name in reads[1])
    assert len(everything[1]) == len(tried)
    assert everything[0] == reads[0] == "the-canary"
    bucket = f"own (s3://{NAMES.bucket}/)"
    assert said == [f"not tried, since it is empty: delete the bucket {bucket}"]
    assert ("delete the bucket", bucket) not in {(one.what, one.where) for one in tried}


def test_a_refusal_that_comes_too_early_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    proof, _ = proved(monkeypatch, {"source0-get_object": "AccessDenied"}, [])
    early = [one for one in proof.rows if one.what == "set the policy" and one.where.startswith("lake")]
    words = "AccessDenied, but what is allowed does not work"
    assert [(one.got, one.outcome) for one in early] == [(words, Outcome.NOT_SHOWN)]
    (read,) = (one for one in proof.rows if one.what == "read an object" and one.where.startswith("lake"))
    assert (read.got, read.outcome) == ("AccessDenied (m)", Outcome.NO)


@pytest.mark.parametrize(
    ("where", "told"),
    [
        (arn("a"), "a"),
        ("lake (s3://lake/flights/)", "lake flights/"),
        ("own (s3://mf--7/)", "own"),
        ("its role a", "its role a"),
        ("Lambda", "Lambda"),
    ],
)
def test_where_for_a_narrow_table(where: str, told: str) -> None:
    assert prove.short(where) == told


def test_a_probe_says_what_is_expected() -> None:
    words = {allowed: Probe("iam-x", "w", "t", "iam", "o", {}, allowed).expected for allowed in (True, False)}
    assert words == {True: "allowed", False: "refused"}
