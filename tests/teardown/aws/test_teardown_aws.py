"""`mayfly down` on AWS, as the deployer with its documented policy: what it refuses, and its receipt."""

from __future__ import annotations

import json
from typing import Any

import pytest

from localcloud import ACCOUNT, REGION
from mayfly.clouds.aws import Aws, permissions
from mayfly.errors import NotAllowed
from mayfly.teardown.aws import Request, Teardown
from mayfly.teardown.aws.sweep import KEPT
from tests.teardown.aws.world import Account, Built
from tests.teardown.world import FakeEngine, fails

LAKE = "arn:aws:s3:::flights-lake/flights/"


@pytest.fixture(scope="module")
def lake(account: Account) -> str:
    """Production's bucket with its one static statement, which the deployer may look at."""
    with account.caller("owner") as owner:
        place: Any = {"LocationConstraint": REGION}
        owner.client("s3").create_bucket(Bucket="flights-lake", CreateBucketConfiguration=place)
        _put(owner, permissions.production("flights-lake", [""], [ACCOUNT]))
        seen = json.dumps(permissions.deployer_sources(["flights-lake"]))
        iam = owner.client("iam")
        arn = iam.create_policy(PolicyName="sources", PolicyDocument=seen)["Policy"]["Arn"]
        iam.attach_user_policy(UserName="deployer", PolicyArn=arn)
    return LAKE


def _put(owner: Aws, policy: Any) -> None:
    owner.client("s3").put_bucket_policy(Bucket="flights-lake", Policy=json.dumps(policy))


def teardown(
    cloud: Aws, environment: str, engine: FakeEngine | None = None, project: str = "mayfly"
) -> Teardown:
    request = Request(project, environment, (LAKE,))
    return Teardown(cloud, engine or FakeEngine(), request, lambda _: None, lambda _: None)


@pytest.mark.usefixtures("lake")
def test_without_state_it_goes_by_tags_and_says_so(owner: Aws, deployer: Aws) -> None:
    ours = Built(owner, "awsqa-21").all_of_it()
    engine = FakeEngine()
    receipt = teardown(deployer, "awsqa-21", engine).run()
    assert (receipt.complete, receipt.known_from) == (True, ("tags", "settings"))
    assert {thing.id for thing in receipt.gone} == {*ours.arns}
    assert engine.calls == ["destroy", "forget"]
    assert (receipt.production_grants.by_principal, receipt.production_grants.by_description) == (0, 0)
    assert receipt.production_grants.scopes == ("arn:aws:s3:::flights-lake",)
    again = teardown(deployer, "awsqa-21").run()
    assert (again.complete, again.was) == (True, ())


@pytest.mark.usefixtures("lake")
def test_what_pulumi_fails_at_is_swept_and_its_state_forgotten(owner: Aws, deployer: Aws) -> None:
    Built(owner, "awsqa-22").all_of_it()
    engine = FakeEngine(state=True, acts=fails("the engine stopped"))
    receipt = teardown(deployer, "awsqa-22", engine).run()
    assert receipt.complete
    assert receipt.stack_removed
    assert receipt.problems == ("the engine stopped",)
    assert engine.calls == ["destroy", "forget --force"]


@pytest.mark.usefixtures("lake")
def test_while_anything_remains_the_stack_and_the_group_stay(owner: Aws, deployer: Aws) -> None:
    ours = Built(owner, "awsqa-23").all_of_it(locked=True)
    hold: dict[str, Any] = {"Bucket": ours.bucket_name, "Key": ours.keys[2]}
    owner.client("s3").put_object_legal_hold(**hold, LegalHold={"Status": "ON"})
    engine = FakeEngine(state=True)
    receipt = teardown(deployer, "awsqa-23", engine).run()
    assert not receipt.complete
    assert engine.calls == ["destroy"]
    assert [one.why for one in receipt.remains][1] == KEPT


@pytest.mark.usefixtures("lake")
def test_a_policy_of_production_that_names_the_environment_is_told(owner: Aws, deployer: Aws) -> None:
    role = Built(owner, "awsqa-24").role()
    static = permissions.production("flights-lake", [""], [ACCOUNT])
    named = {"Effect": "Allow", "Principal": {"AWS": role}, "Action": "s3:GetObject"}
    theirs = {**named, "Resource": "arn:aws:s3:::flights-lake/*"}
    _put(owner, {**static, "Statement": [*static["Statement"], theirs]})
    engine = FakeEngine(state=True)
    receipt = teardown(deployer, "awsqa-24", engine).run()
    assert (receipt.production_grants.by_principal, receipt.production_grants.principals) == (1, (role,))
    assert (receipt.remains, receipt.complete) == ((), False)
    assert engine.calls == ["destroy"]
    _put(owner, static)
    assert teardown(deployer, "awsqa-24", engine).run().complete


def test_a_policy_that_may_not_be_read_is_unknown_and_no_obstacle(owner: Aws, deployer: Aws) -> None:
    place: Any = {"LocationConstraint": REGION}
    owner.client("s3").create_bucket(Bucket="closed-lake", CreateBucketConfiguration=place)
    request = Request("mayfly", "awsqa-25", ("arn:aws:s3:::closed-lake",))
    receipt = Teardown(deployer, FakeEngine(), request, lambda _: None, lambda _: None).run()
    assert (receipt.production_grants.by_principal, receipt.complete) == (None, True)


def test_another_projects_environment_is_left_alone(owner: Aws, deployer: Aws) -> None:
    Built(owner, "awsqa-26", project="other").group()
    engine = FakeEngine(state=True)
    with pytest.raises(NotAllowed, match="carries the marker of awsqa-26 of the project 'other'"):
        teardown(deployer, "awsqa-26", engine).run()
    assert engine.calls == []


def test_what_is_permanent_is_left_alone(owner: Aws, deployer: Aws) -> None:
    Built(owner, "awsqa-27").group(**{"mayfly-fabric": "awsqa-27"})
    with pytest.raises(NotAllowed, match="awsqa-27 is permanent"):
        teardown(deployer, "awsqa-27").run()


def test_another_account_is_refused(account: Account) -> None:
    elsewhere = Aws.from_environment(account.environ("deployer"), REGION, "999999999999")
    with elsewhere, pytest.raises(NotAllowed, match="999999999999"):
        teardown(elsewhere, "awsqa-28").run()
