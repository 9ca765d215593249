"""Functions that are run and followed, and environments that are listed, on the local AWS."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from localcloud.aws.admin import lagging
from mayfly import naming, registry, settings
from mayfly.cli.app import main
from mayfly.cli.extend import extend
from mayfly.cli.keep import keep
from mayfly.cli.list import lost
from mayfly.cli.output import Output
from mayfly.clouds.aws import groups
from mayfly.errors import BadInput, NotAllowed
from mayfly.listing import LostRole
from mayfly.listing import aws as list_
from mayfly.naming import stamp, times
from mayfly.settings import EnvironmentSettings
from tests.cli.aws.world import LAKE, ROOT, World

pytestmark = pytest.mark.usefixtures("as_the_deployer")


@pytest.fixture(scope="module")
def environment(world: World) -> EnvironmentSettings:
    """One with a function, beside one whose name goes on where its own ends."""
    world.build("awsqa-7-b")
    return world.build("awsqa-7")


def test_its_log_is_told_and_what_it_returns(
    environment: EnvironmentSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = registry.of("aws").run(environment, "echo", {"lines": 2, "month": 3}, Output())
    assert ran.succeeded
    assert ran.summary.endswith('{"event": {"lines": 2, "month": 3}}')
    said = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert [line for line in said if line.startswith("line ")] == ["line 0", "line 1"]
    assert said[-1].startswith("REPORT")


def test_a_failure_says_why_and_the_trace_is_in_the_log(
    environment: EnvironmentSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = registry.of("aws").run(environment, "echo", {"fail": True}, Output())
    assert not ran.succeeded
    assert ran.summary.endswith("no luck")
    assert "ValueError: no luck" in capsys.readouterr().out


def test_with_json_the_log_is_progress_and_the_document_is_json(
    environment: EnvironmentSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = registry.of("aws").run(environment, "echo", {}, Output(as_json=True))
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "line 0" in captured.err
    document = json.loads(json.dumps(ran.content))
    assert (document["run"]["status"], document["result"]) == ("Succeeded", {"event": {}})


def test_an_unknown_function_is_told_with_its_own_there_are(environment: EnvironmentSettings) -> None:
    with pytest.raises(BadInput, match="'nope' is not deployed \\(one of echo\\)"):
        registry.of("aws").run(environment, "nope", {}, Output())


def test_an_environment_that_is_not_there(environment: EnvironmentSettings) -> None:
    with pytest.raises(BadInput, match="'awsqa-9' is not deployed"):
        registry.of("aws").run(settings.load(ROOT, "awsqa-9", {}), "echo", {}, Output())


def test_its_status_tells_all_that_aws_remembers(
    environment: EnvironmentSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    """And nothing of the environment whose name goes on where its own ends."""
    began = datetime.now(UTC)
    registry.of("aws").run(environment, "echo", {"lines": 1}, Output())
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main(("status", "awsqa-7", "--json"))
    assert ended.value.code == 0
    told = json.loads(capsys.readouterr().out)
    assert told["group"].endswith(":group/mayfly-awsqa-7")
    assert {thing["type"].rpartition(":")[2] for thing in told["resources"]} == {
        "Bucket", "Function", "Group", "LogGroup", "Role",
    }  # fmt: skip
    assert not [thing for thing in told["resources"] if "awsqa-7-b" in thing["id"]]
    latest = told["runs"][0]
    assert (latest["name"], latest["status"]) == ("echo", "ended")
    assert began - timedelta(seconds=1) < times.parse(latest["ended"]) < datetime.now(UTC)
    assert (told["grants"]["by_principal"], told["grants"]["given"]) == (0, False)
    assert told["costs"] == {"free": 2, "by_use": 1, "stored": 2}
    assert (told["cost_class"], told["drift"], told["proved"]) == ("stored", None, None)
    assert told["unread"] == []


def test_its_status_is_one_screen(
    environment: EnvironmentSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(("status", environment.name))
    assert ended.value.code == 0
    said = capsys.readouterr().out
    shown = {line.split("  ")[0] for line in said.splitlines()}
    assert shown >= {
        "group",
        "owner",
        "expires",
        "on production",
        "last run",
        "last proof",
        "costs",
        "lock",
        "drift",
    }
    assert "pulumi preview --refresh --stack awsqa-7" in said


@pytest.mark.parametrize("name", ["awsqa-9", "awsprod"])
@pytest.mark.usefixtures("environment")
def test_the_status_of_what_is_not_there(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A permanent environment may be asked for."""
    with pytest.raises(SystemExit) as ended:
        main(("status", name))
    assert ended.value.code == 2
    assert f"nothing of the name '{name}' is known" in capsys.readouterr().err


def test_another_account_is_refused_before_anything(environment: EnvironmentSettings) -> None:
    fabric = environment.aws.model_copy(update={"account": "210987654321"})
    with pytest.raises(NotAllowed, match=r"123456789012.*210987654321"):
        registry.of("aws").run(environment.model_copy(update={"fabric": fabric}), "echo", {}, Output())


def test_environments_are_listed_once_whatever_the_number_of_fabrics(
    environment: EnvironmentSettings,
) -> None:
    fabrics = settings.fabrics(ROOT).values()
    listing = list_.environments(fabrics)
    assert [row.environment for row in listing.found] == ["awsqa-7", "awsqa-7-b"]
    assert listing.found[0].owner == "data-platform"
    assert listing.unread == {}


def test_an_account_that_may_not_be_read_is_told(environment: EnvironmentSettings) -> None:
    elsewhere = environment.aws.model_copy(update={"account": "210987654321"})
    listing = list_.environments([environment.aws, elsewhere])
    assert len(listing.found) == 2
    ((place, why),) = listing.unread.items()
    assert place == "account 210987654321 in eu-west-1"
    assert "you are signed in to the account 123456789012" in why


def test_a_role_of_no_environment_is_listed_with_what_it_reads(
    world: World, environment: EnvironmentSettings
) -> None:
    """Production's statement admits it as long as it is there, and no `down` will meet it."""
    assert list_.environments([environment.aws]).lost == []
    iam, name = world.owner.client("iam"), "awsqa-gone-flights"
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    made = iam.create_role(RoleName=name, Path="/mayfly/awsqa-gone/", AssumeRolePolicyDocument=trust)
    arn = made["Role"]["Arn"]
    lake = f"arn:aws:s3:::{LAKE}/*"
    read = {
        "Effect": "Allow",
        "Action": "s3:GetObject",
        "Resource": [lake, "arn:aws:s3:::mf--awsqa-gone--x/*"],
    }
    world.policy(name, read)
    found = list_.environments([environment.aws])
    assert found.lost == [LostRole(arn, "awsqa-gone", [lake])]
    assert len(found.found) == 2
    assert lost(found.lost[0]) == f"{arn} belongs to no environment, and its policies name: {lake}"
    iam.delete_role_policy(RoleName=name, PolicyName="more")
    assert lost(list_.environments([environment.aws]).lost[0]) == f"{arn} belongs to no environment"
    with lagging(world.status, "iam", 1):
        iam.delete_role(RoleName=name)
        assert list_.environments([environment.aws]).lost == []


def test_where_environments_may_not_be_read_no_role_is_called_lost(environment: EnvironmentSettings) -> None:
    elsewhere = environment.aws.model_copy(update={"account": "210987654321"})
    assert list_.environments([elsewhere]).lost == []


def test_an_extension_and_a_keep_are_tags_of_the_group_and_leave_the_others(
    world: World, environment: EnvironmentSettings
) -> None:
    name, now = naming.aws.resource_group("awsqa-7"), datetime.now(UTC).replace(microsecond=0)
    cloud, life = world.deployer, {times.CREATED_AT: stamp(now), times.EXPIRES_AT: stamp(now)}
    groups.tag(cloud, name, life)
    before = groups.get(cloud, name)
    assert before is not None
    extend("awsqa-7", "24h")
    keep("awsqa-7", until=stamp(now + timedelta(days=90)), why="a look; <b>")
    found = groups.get(cloud, name)
    assert found is not None
    assert times.parse(found.tags[times.EXPIRES_AT]) >= now + timedelta(days=1)
    assert found.tags[times.KEPT_BY] == cloud.caller
    assert found.tags[times.KEPT_WHY] == "a look- -b-"
    keep("awsqa-7", release=True)
    after = groups.get(cloud, name)
    assert after is not None
    assert {**after.tags, times.EXPIRES_AT: stamp(now)} == before.tags
    groups.tag(cloud, name, {}, life)
    with pytest.raises(NotAllowed, match="awsprod is permanent"):
        extend("awsprod", "24h")
