"""`mayfly down` on AWS, as the deployer with its documented policy: what it refuses, and its receipt."""

from __future__ import annotations

import json
from typing import Any

import pytest

from localcloud import ACCOUNT, REGION
from mayfly.clouds.aws import Aws, permissions
from mayfly.clouds.aws.owner import Owner
from mayfly.errors import NotAllowed
from mayfly.naming import aws
from mayfly.teardown import TeardownTarget
from mayfly.teardown.aws import Teardown
from mayfly.teardown.aws.sweep import KEPT
from mayfly.teardown.aws.teardown import is_own
from mayfly.teardown.stack import CLAIMED, Claim
from tests.support.receipts import wrong
from tests.teardown.aws.world import Account, Answers, Built
from tests.teardown.world import FakeStack

LAKE = "arn:aws:s3:::flights-lake/flights/"


@pytest.fixture(scope="session")
def lake(account: Account) -> str:
    """Production's bucket with its one static statement, which the deployer may look at."""
    with account.caller("owner") as owner:
        place: Any = {"LocationConstraint": REGION}
        owner.client("s3").create_bucket(Bucket="flights-lake", CreateBucketConfiguration=place)
        _put(owner, permissions.production("flights-lake", [""], {ACCOUNT: ["awsqa-*"]}))
        seen = json.dumps(permissions.deployer_sources(["flights-lake"]))
        iam = owner.client("iam")
        arn = iam.create_policy(PolicyName="sources", PolicyDocument=seen)["Policy"]["Arn"]
        iam.attach_user_policy(UserName="deployer", PolicyArn=arn)
    return LAKE


def _put(owner: Aws, policy: Any) -> None:
    owner.client("s3").put_bucket_policy(Bucket="flights-lake", Policy=json.dumps(policy))


def target(environment: str, project: str = "mayfly", source: str = LAKE) -> TeardownTarget:
    return TeardownTarget(
        environment, project, "aws", (ACCOUNT, REGION), aws.resource_group(environment), (source,)
    )


def teardown(
    cloud: Aws, environment: str, stack: FakeStack | None = None, project: str = "mayfly"
) -> Teardown:
    return Teardown(cloud, stack or FakeStack(), target(environment, project), lambda _: None, lambda _: None)


@pytest.mark.usefixtures("lake")
def test_without_state_it_goes_by_tags_and_says_so(owner: Aws, deployer: Aws) -> None:
    ours = Built(owner, "awsqa-21").all_of_it()
    receipt = teardown(deployer, "awsqa-21").run()
    assert (receipt.complete, receipt.known_from) == (True, ("tags", "settings"))
    assert wrong(receipt.model_dump_json()) == []
    assert {(name.name, name.until) for name in receipt.reserved} == {(ours.bucket_name, None)}
    assert {thing.id for thing in receipt.gone} == {*ours.arns}
    assert (receipt.production_grants.by_principal, receipt.production_grants.by_description) == (0, 0)
    assert receipt.production_grants.scopes == ("arn:aws:s3:::flights-lake",)
    again = teardown(deployer, "awsqa-21").run()
    assert (again.complete, again.was) == (True, ())


@pytest.mark.usefixtures("lake")
def test_a_state_is_never_acted_on(owner: Aws, deployer: Aws) -> None:
    """The lake's bucket, named in it as the environment's own: told, not touched, and the record stays."""
    Built(owner, "awsqa-22").all_of_it()
    stack = FakeStack(state=(*own_claims("awsqa-22"), Claim("aws:s3/bucket:Bucket", "flights-lake", "more")))
    receipt = teardown(deployer, "awsqa-22", stack).run()
    assert (receipt.complete, stack.removed) == (False, False)
    told, kept = receipt.remains
    assert (told.thing.id, told.why) == ("flights-lake", CLAIMED)
    assert "`mayfly down awsqa-22 --forget`" in kept.why
    assert owner.client("s3").head_bucket(Bucket="flights-lake")
    again = teardown(deployer, "awsqa-22", FakeStack(state=own_claims("awsqa-22"))).run()
    assert (again.complete, again.stack_removed, again.was) == (True, True, ())


def own_claims(environment: str) -> tuple[Claim, ...]:
    """What an honest state names, by the ids that providers give."""
    end = aws.bucket_hash("mayfly", environment, ACCOUNT)
    bucket = f"{aws.bucket_prefix(environment)}flights-{end}"
    ids = {
        "mayfly:aws:Group": f"{ACCOUNT}/{REGION}/{environment}",
        "aws:resourcegroups/group:Group": f"mayfly-{environment}",
        "aws:s3/bucket:Bucket": bucket,
        "aws:s3/bucketPolicy:BucketPolicy": bucket,
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": f"{bucket},{ACCOUNT}",
        "aws:iam/role:Role": f"{environment}-flights-abcdef",
        "aws:iam/rolePolicy:RolePolicy": f"{environment}-flights-abcdef:mayfly",
        "aws:lambda/function:Function": f"{environment}-flights",
        "aws:cloudwatch/logGroup:LogGroup": f"/mayfly/{environment}/flights",
        "aws:scheduler/schedule:Schedule": f"default/{environment}-flights",
    }
    return tuple(Claim(type, id, "one") for type, id in ids.items())


@pytest.mark.parametrize(
    ("type", "id"),
    [
        ("aws:s3/bucket:Bucket", "mf--awsqa-1--stash"),
        ("aws:route53/record:Record", "Z1_awsqa-1-x_A"),
        ("aws:iam/role:Role", "awsqa-10-flights-abcdef"),
        ("aws:iam/policy:Policy", f"arn:aws:iam::{ACCOUNT}:policy/awsqa-1"),
        ("aws:cloudwatch/logGroup:LogGroup", "/aws/lambda/awsqa-1-flights"),
        ("mayfly:aws:Group", f"{ACCOUNT}/us-east-1/awsqa-1"),
        ("random:index/randomId:RandomId", "awsqa-1-x"),
    ],
)
def test_what_a_sweep_does_not_remove_is_not_its_own(type: str, id: str) -> None:
    assert not is_own(Claim(type, id, "one"), Owner("mayfly", "awsqa-1", ACCOUNT, REGION), ())


@pytest.mark.usefixtures("lake")
def test_while_anything_remains_the_stack_and_the_group_stay(owner: Aws, deployer: Aws) -> None:
    ours = Built(owner, "awsqa-23").all_of_it(locked=True)
    hold: dict[str, Any] = {"Bucket": ours.bucket_name, "Key": ours.keys[2]}
    owner.client("s3").put_object_legal_hold(**hold, LegalHold={"Status": "ON"})
    stack = FakeStack(state=())
    receipt = teardown(deployer, "awsqa-23", stack).run()
    assert not receipt.complete
    assert not stack.removed
    assert [one.why for one in receipt.remains][1] == KEPT


@pytest.mark.usefixtures("lake")
def test_a_policy_of_production_that_names_the_environment_is_told(owner: Aws, deployer: Aws) -> None:
    role = Built(owner, "awsqa-24").role()
    static = permissions.production("flights-lake", [""], {ACCOUNT: ["awsqa-*"]})
    named = {"Effect": "Allow", "Principal": {"AWS": role}, "Action": "s3:GetObject"}
    theirs = {**named, "Resource": "arn:aws:s3:::flights-lake/*"}
    _put(owner, {**static, "Statement": [*static["Statement"], theirs]})
    stack = FakeStack(state=())
    receipt = teardown(deployer, "awsqa-24", stack).run()
    assert (receipt.production_grants.by_principal, receipt.production_grants.principals) == (1, (role,))
    assert (receipt.remains, receipt.complete) == ((), False)
    assert not stack.removed
    _put(owner, static)
    assert teardown(deployer, "awsqa-24", stack).run().complete


def test_a_policy_that_may_not_be_read_is_unknown_and_no_obstacle(owner: Aws, deployer: Aws) -> None:
    place: Any = {"LocationConstraint": REGION}
    owner.client("s3").create_bucket(Bucket="closed-lake", CreateBucketConfiguration=place)
    wanted = target("awsqa-25", source="arn:aws:s3:::closed-lake")
    receipt = Teardown(deployer, FakeStack(), wanted, lambda _: None, lambda _: None).run()
    assert (receipt.production_grants.by_principal, receipt.complete) == (None, True)


def test_another_projects_environment_is_left_alone(owner: Aws, deployer: Aws) -> None:
    Built(owner, "awsqa-26", project="other").group()
    stack = FakeStack(state=())
    with pytest.raises(NotAllowed, match="carries the marker of awsqa-26 of the project 'other'"):
        teardown(deployer, "awsqa-26", stack).run()
    assert not stack.removed


def test_what_is_permanent_is_left_alone(owner: Aws, deployer: Aws) -> None:
    Built(owner, "awsprod").group(**{"mayfly-fabric": "awsprod"})
    with pytest.raises(NotAllowed, match="awsprod is permanent"):
        teardown(deployer, "awsprod").run()


@pytest.mark.usefixtures("lake")
def test_no_tag_makes_an_environment_with_an_id_permanent(owner: Aws, deployer: Aws) -> None:
    """Whoever deployed it writes its tags, and `down` would refuse for ever."""
    Built(owner, "awsqa-27").group(**{"mayfly-fabric": "awsqa-27"})
    assert teardown(deployer, "awsqa-27").run().complete


def test_another_account_is_refused(account: Account) -> None:
    elsewhere = Aws.from_environment(account.environ("deployer"), REGION, "999999999999")
    with elsewhere, pytest.raises(NotAllowed, match="999999999999"):
        teardown(elsewhere, "awsqa-28").run()


@pytest.mark.usefixtures("lake")
def test_what_has_its_names_and_no_marker_is_named_and_left(owner: Aws, deployer: Aws) -> None:
    """The bucket is what a hostile pull request would keep production's data in."""
    Built(owner, "awsqa-41").all_of_it()
    unmarked = Built(owner, "awsqa-41", tagged=False)
    stash = unmarked.stash()
    function = unmarked.function("late", unmarked.outside())
    schedule = unmarked.schedule("late", unmarked.outside())
    receipt = teardown(deployer, "awsqa-41").run()
    assert not receipt.complete
    assert {one.thing.id for one in receipt.remains} == {stash, function, schedule}
    assert {one.why for one in receipt.remains} == {
        "it has a name of awsqa-41's, carries no marker of ours, and is left for its owner to remove"
    }
    again = teardown(deployer, "awsqa-41").run()
    assert {one.thing.id for one in again.remains} == {stash, function, schedule}
    assert (again.gone, again.complete) == ((), False)


@pytest.mark.usefixtures("lake")
def test_a_role_of_another_project_under_its_path_is_named_and_left(owner: Aws, deployer: Aws) -> None:
    """Production's statement admits whatever lies under the path."""
    Built(owner, "awsqa-42").all_of_it()
    others = Built(owner, "awsqa-42", project="other")
    role, policy = others.role(), others.policy()
    receipt = teardown(deployer, "awsqa-42").run()
    assert {one.thing.id for one in receipt.remains} == {role, policy}
    assert "carries the marker of awsqa-42 of the project 'other'" in receipt.remains[0].why
    assert not receipt.complete
    for thing in others.arns:
        assert owner.client("iam").get_role(RoleName=role.rpartition("/")[2]), thing


@pytest.mark.usefixtures("lake")
def test_what_another_project_has_of_its_names_is_told_and_is_no_leftover(owner: Aws, deployer: Aws) -> None:
    Built(owner, "awsqa-43").all_of_it()
    others = Built(owner, "awsqa-43", project="other")
    bucket, function = others.bucket(), others.function("late", others.outside())
    Built(owner, "awsqa-43-b").all_of_it()
    receipt = teardown(deployer, "awsqa-43").run()
    assert receipt.complete
    told = "carries the marker of awsqa-43 of the project 'other', and is left alone"
    assert {*receipt.problems} == {f"{bucket} {told}", f"{function} {told}"}


@pytest.mark.usefixtures("lake")
@pytest.mark.parametrize("claimed", ["awsqa-9", "awsqa-45-b", "awsprod"])
def test_a_marker_of_another_environment_hides_nothing_of_its_names(
    owner: Aws, deployer: Aws, claimed: str
) -> None:
    """A stash under the environment's own names, tagged as that of an environment that cannot have them."""
    lying = Built(owner, "awsqa-45", tagged=False)
    bucket, log_group = lying.stash(), lying.log_group(f"{claimed}-late")
    function = lying.function(f"{claimed}x", lying.outside())
    marks = aws.identity("mayfly", claimed)
    tags: Any = {"TagSet": [{"Key": key, "Value": value} for key, value in marks.items()]}
    owner.client("s3").put_bucket_tagging(Bucket=bucket.rpartition(":")[2], Tagging=tags)
    owner.client("logs").tag_resource(resourceArn=log_group, tags=marks)
    owner.client("lambda").tag_resource(Resource=function, Tags=marks)
    receipt = teardown(deployer, "awsqa-45").run()
    assert {one.thing.id for one in receipt.remains} == {bucket, log_group, function}
    owner.client("s3").delete_bucket(Bucket=bucket.rpartition(":")[2])
    owner.client("logs").delete_log_group(logGroupName=log_group.partition("log-group:")[2])
    owner.client("lambda").delete_function(FunctionName=function)


@pytest.mark.usefixtures("lake")
def test_what_may_not_be_read_is_unknown_and_not_touched(owner: Aws, deployer: Aws) -> None:
    """A thing of others in the account, that says to nobody whose it is."""
    ours = Built(owner, "awsqa-44").all_of_it()
    closed = Built(owner, "awsqa-44", tagged=False).stash()
    denied = "<Error><Code>AccessDenied</Code><Message>no</Message></Error>"
    Answers(
        deployer,
        "s3",
        "GetBucketTagging",
        lambda _: (403, denied),
        only=lambda url: closed.rpartition(":")[2] in url,
    )
    deleted = Answers(deployer, "s3", "DeleteBucket", lambda _: None)
    receipt = teardown(deployer, "awsqa-44").run()
    assert [one.thing.id for one in receipt.remains if one.thing.type == "AWS::S3::Bucket"] == [closed]
    assert "unknown: read the tags of" in receipt.remains[0].why
    assert "AccessDenied: no" in receipt.remains[0].why
    assert deleted.asked == 1
    assert owner.client("s3").head_bucket(Bucket=closed.rpartition(":")[2])
    assert {thing.id for thing in receipt.was} == {*ours.arns, closed}
