"""The client and the documented policies against the local AWS: the deployer has those policies alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest

from localcloud import ACCOUNT, REGION
from mayfly.check import Outcome
from mayfly.clouds.aws import (
    Aws,
    CloudError,
    Refused,
    functions,
    groups,
    infrastructure,
    permissions,
    translated,
)
from mayfly.clouds.aws.preflight import preflight
from mayfly.errors import NotAllowed, Problem, refusal
from mayfly.proof.aws import deployer as deployer_checks
from tests.clouds import aws_world as aws
from tests.clouds.aws_world import BOUNDARY, BUCKET, ENVIRONMENT, LAKE, ROLE, World

Call = Callable[[Aws], object]
FUNCTION_ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:"
GROUP_ARN = f"arn:aws:resource-groups:{REGION}:{ACCOUNT}:group/{aws.GROUP}"
WIDE = json.dumps(aws.EVERYTHING)
REQUEST = {
    "account": ACCOUNT,
    "region": REGION,
    "project": aws.PROJECT,
    "environment": ENVIRONMENT,
    "resource_group": aws.GROUP,
    "bucket": BUCKET,
    "role": ROLE,
    "functions": [aws.FUNCTION],
    "sources": {"lake": f"arn:aws:s3:::{LAKE}/flights/"},
}
NOTHING: dict[str, Any] = {"problems": [], "group_tags": {}, "regions": {"lake": REGION}, "quotas": []}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with aws.world(tmp_path_factory.mktemp("cloud") / "aws") as made:
        nothing = preflight(made.deployer, REQUEST)
        assert {**nothing, "quotas": []} == NOTHING
        assert not any("unread" in quota for quota in nothing["quotas"]), "the documented deployer may ask"
        assert groups.environments(made.deployer) == []
        aws.make(made.deployer)
        yield made


@pytest.fixture(scope="module")
def deployer(world: World) -> Aws:
    return world.deployer


READS: dict[str, Call] = {
    "bucket": lambda c: c.client("s3").head_bucket(Bucket=BUCKET),
    "bucket's tags": lambda c: c.client("s3").get_bucket_tagging(Bucket=BUCKET),
    "bucket's policy": lambda c: c.client("s3").get_bucket_policy(Bucket=BUCKET),
    "bucket's versions": lambda c: c.client("s3").list_object_versions(Bucket=BUCKET),
    "bucket's uploads": lambda c: c.client("s3").list_multipart_uploads(Bucket=BUCKET),
    "bucket's encryption": lambda c: c.client("s3").get_bucket_encryption(Bucket=BUCKET),
    "bucket's rules": lambda c: c.client("s3").get_bucket_lifecycle_configuration(Bucket=BUCKET),
    "bucket's access block": lambda c: c.client("s3").get_public_access_block(Bucket=BUCKET),
    "bucket's list of grants": lambda c: c.client("s3").get_bucket_acl(Bucket=BUCKET),
    "buckets": lambda c: c.client("s3").list_buckets(),
    "role": lambda c: c.client("iam").get_role(RoleName=ROLE),
    "role's policy": lambda c: c.client("iam").get_role_policy(RoleName=ROLE, PolicyName="own"),
    "role's policies": lambda c: c.client("iam").list_role_policies(RoleName=ROLE),
    "role's attached ones": lambda c: c.client("iam").list_attached_role_policies(RoleName=ROLE),
    "role's profiles": lambda c: c.client("iam").list_instance_profiles_for_role(RoleName=ROLE),
    "role's tags": lambda c: c.client("iam").list_role_tags(RoleName=ROLE),
    "roles": lambda c: c.client("iam").list_roles(PathPrefix=f"/mayfly/{ENVIRONMENT}/"),
    "policies": lambda c: c.client("iam").list_policies(PathPrefix=f"/mayfly/{ENVIRONMENT}/"),
    "boundary": lambda c: c.client("iam").get_policy(PolicyArn=BOUNDARY),
    "boundary's text": lambda c: c.client("iam").get_policy_version(PolicyArn=BOUNDARY, VersionId="v1"),
    "function": lambda c: c.client("lambda").get_function(FunctionName=aws.FUNCTION),
    "function's versions": lambda c: c.client("lambda").list_versions_by_function(FunctionName=aws.FUNCTION),
    "function's tags": lambda c: c.client("lambda").list_tags(Resource=FUNCTION_ARN + aws.FUNCTION),
    "functions": lambda c: c.client("lambda").list_functions(),
    "mappings": lambda c: c.client("lambda").list_event_source_mappings(FunctionName=aws.FUNCTION),
    "log groups": lambda c: c.client("logs").describe_log_groups(
        logGroupNamePrefix=f"/mayfly/{ENVIRONMENT}/"
    ),
    "log": lambda c: c.client("logs").filter_log_events(logGroupName=aws.LOG_GROUP),
    "schedule": lambda c: c.client("scheduler").get_schedule(Name=aws.FUNCTION),
    "schedules": lambda c: c.client("scheduler").list_schedules(NamePrefix=ENVIRONMENT),
    "group": lambda c: c.client("resource-groups").get_group(Group=aws.GROUP),
    "group's query": lambda c: c.client("resource-groups").get_group_query(Group=aws.GROUP),
    "group's tags": lambda c: c.client("resource-groups").get_tags(Arn=GROUP_ARN),
    "groups": lambda c: c.client("resource-groups").list_groups(),
    "parameter": lambda c: c.client("ssm").get_parameter(Name=aws.PARAMETER),
    "parameters": lambda c: c.client("ssm").describe_parameters(),
    "tagged": lambda c: c.client("resourcegroupstaggingapi").get_resources(),
    "source's policy": lambda c: c.client("s3").get_bucket_policy(Bucket=LAKE),
}

CHANGES: dict[str, Call] = {
    "new code": lambda c: c.client("lambda").update_function_code(
        FunctionName=aws.FUNCTION, ZipFile=aws.code()
    ),
    "a longer timeout": lambda c: c.client("lambda").update_function_configuration(
        FunctionName=aws.FUNCTION, Timeout=61
    ),
    "a function's tag": lambda c: c.client("lambda").tag_resource(
        Resource=FUNCTION_ARN + aws.FUNCTION, Tags={"a": "b"}
    ),
    "a function's tag gone": lambda c: c.client("lambda").untag_resource(
        Resource=FUNCTION_ARN + aws.FUNCTION, TagKeys=["a"]
    ),
    "a role's description": lambda c: c.client("iam").update_role(RoleName=ROLE, Description="x"),
    "a role's tag": lambda c: c.client("iam").tag_role(RoleName=ROLE, Tags=aws.pairs({"a": "b"})),
    "a role's tag gone": lambda c: c.client("iam").untag_role(RoleName=ROLE, TagKeys=["a"]),
    "the boundary again": lambda c: c.client("iam").put_role_permissions_boundary(
        RoleName=ROLE, PermissionsBoundary=BOUNDARY
    ),
    "a schedule": lambda c: c.client("scheduler").update_schedule(**aws.schedule()),
    "a later expiry": lambda c: c.client("resource-groups").tag(
        Arn=GROUP_ARN, Tags={"mayfly-expires-at": "2030-01-01T00:00:00Z"}
    ),
}


def iam(operation: str, **arguments: Any) -> Call:
    return lambda cloud: getattr(cloud.client("iam"), operation)(**arguments)


def s3(operation: str, **arguments: Any) -> Call:
    return lambda cloud: getattr(cloud.client("s3"), operation)(**arguments)


def lambdas(operation: str, **arguments: Any) -> Call:
    return lambda cloud: getattr(cloud.client("lambda"), operation)(**arguments)


def marked(environment: str) -> dict[str, str]:
    return {**aws.TAGS, "mayfly-env": environment}


NEW = "awsqa-1-new-abcdef"
OTHERS_MARK = aws.pairs(marked("awsprod"))
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
TO_ADMIN = {"Role": aws.ADMIN}

OUT_OF_BOUNDS: dict[str, Call] = {
    "a role without the boundary": iam("create_role", **aws.role(RoleName=NEW, PermissionsBoundary=None)),
    "a role with another": iam("create_role", **aws.role(RoleName=NEW, PermissionsBoundary=ADMINISTRATOR)),
    "a role on no path": iam("create_role", **aws.role(RoleName=NEW, Path="/")),
    "a role of production's": iam("create_role", **aws.role(RoleName=NEW, Path="/mayfly/awsprod/")),
    "a role without the marker": iam("create_role", **aws.role(RoleName=NEW, Tags=None)),
    "a role with production's marker": iam("create_role", **aws.role(RoleName=NEW, Tags=OTHERS_MARK)),
    "a role's marker changed": iam("tag_role", RoleName=ROLE, Tags=OTHERS_MARK),
    "a role's marker gone": iam("untag_role", RoleName=ROLE, TagKeys=["Mayfly-Env"]),
    "a role's boundary gone": iam("delete_role_permissions_boundary", RoleName=ROLE),
    "a role's boundary another": iam(
        "put_role_permissions_boundary", RoleName=ROLE, PermissionsBoundary=ADMINISTRATOR
    ),
    "a policy attached": iam("attach_role_policy", RoleName=ROLE, PolicyArn=ADMINISTRATOR),
    "a role's trust changed": iam("update_assume_role_policy", RoleName=ROLE, PolicyDocument=aws.TRUST),
    "a policy in a role without the boundary": iam(
        "put_role_policy", RoleName="unbounded", PolicyName="x", PolicyDocument=WIDE
    ),
    "a policy in a foreign role": iam(
        "put_role_policy", RoleName="admin", PolicyName="x", PolicyDocument=WIDE
    ),
    "a foreign role gone": iam("delete_role", RoleName="admin"),
    "a role assumed": lambda cloud: cloud.client("sts").assume_role(
        RoleArn=aws.ROLE_ARN, RoleSessionName="session"
    ),
    "the boundary changed": iam(
        "create_policy_version", PolicyArn=BOUNDARY, PolicyDocument=WIDE, SetAsDefault=True
    ),
    "the boundary's version changed": iam("set_default_policy_version", PolicyArn=BOUNDARY, VersionId="v1"),
    "the boundary gone": iam("delete_policy", PolicyArn=BOUNDARY),
    "a policy": iam("create_policy", PolicyName="wide", PolicyDocument=WIDE),
    "a policy of its own": iam("put_user_policy", UserName="pipeline", PolicyName="x", PolicyDocument=WIDE),
    "a user": iam("create_user", UserName="x"),
    "a key of the owner's": iam("create_access_key", UserName="owner"),
    "a function with a foreign role": lambdas(
        "create_function", **aws.function(FunctionName=NEW, **TO_ADMIN)
    ),
    "a function's role another": lambdas(
        "update_function_configuration", FunctionName=aws.FUNCTION, **TO_ADMIN
    ),
    "a function without the marker": lambdas("create_function", **aws.function(FunctionName=NEW, Tags={})),
    "a function with production's": lambdas(
        "create_function", **aws.function(FunctionName=NEW, Tags=marked("awsprod"))
    ),
    "a function of another name": lambdas("create_function", **aws.function(FunctionName="payroll-2")),
    "a function's marker changed": lambdas(
        "tag_resource", Resource=FUNCTION_ARN + aws.FUNCTION, Tags=marked("awsprod")
    ),
    "a function's marker gone": lambdas(
        "untag_resource", Resource=FUNCTION_ARN + aws.FUNCTION, TagKeys=["mayfly-env"]
    ),
    "a function for all to call": lambdas(
        "add_permission",
        FunctionName=aws.FUNCTION,
        StatementId="x",
        Action="lambda:InvokeFunction",
        Principal="*",
    ),
    "a function with an address": lambdas(
        "create_function_url_config", FunctionName=aws.FUNCTION, AuthType="NONE"
    ),
    "a schedule with a foreign role": lambda cloud: cloud.client("scheduler").create_schedule(
        **{**aws.schedule(RoleArn=aws.ADMIN), "Name": NEW}
    ),
    "a schedule of production's": lambda cloud: cloud.client("scheduler").create_schedule(
        **{**aws.schedule(), "Name": "awsprod-flights"}
    ),
    "a group of production's": lambda cloud: cloud.client("resource-groups").create_group(
        **aws.group("awsprod")
    ),
    "a parameter of production's": lambda cloud: cloud.client("ssm").put_parameter(
        Name="/mayfly/awsprod/infrastructure", Value="{}", Type="String"
    ),
    "a log group of production's": lambda cloud: cloud.client("logs").create_log_group(
        logGroupName="/mayfly/awsprod/flights"
    ),
    "a source's object": s3("get_object", Bucket=LAKE, Key="flights/a.csv"),
    "a source's names": s3("list_objects_v2", Bucket=LAKE, Prefix="flights/"),
    "an object in a source": s3("put_object", Bucket=LAKE, Key="flights/x", Body=b""),
    "a source's object gone": s3("delete_object", Bucket=LAKE, Key="flights/a.csv"),
    "a source's policy changed": s3("put_bucket_policy", Bucket=LAKE, Policy=json.dumps(aws.tls_only(LAKE))),
    "a source's policy gone": s3("delete_bucket_policy", Bucket=LAKE),
    "a source's versions": s3(
        "put_bucket_versioning", Bucket=LAKE, VersioningConfiguration={"Status": "Enabled"}
    ),
    "a source gone": s3("delete_bucket", Bucket=LAKE),
    "an object in production's sink": s3("put_object", Bucket=aws.PRODUCTION, Key="k", Body=b""),
    "production's sink gone": s3("delete_bucket", Bucket=aws.PRODUCTION),
    "a bucket of production's": s3(
        "create_bucket", Bucket="mf--awsprod--x", CreateBucketConfiguration={"LocationConstraint": REGION}
    ),
    "a bucket of no stage": s3(
        "create_bucket", Bucket="mf--awsqa-1-x", CreateBucketConfiguration={"LocationConstraint": REGION}
    ),
}

NEVER = [
    "a role without the boundary",
    "a role with another",
    "a role's marker gone",
    "a role's boundary gone",
    "a role's boundary another",
    "a policy attached",
    "a role's trust changed",
    "a policy in a role without the boundary",
    "a role assumed",
    "the boundary changed",
    "the boundary's version changed",
    "the boundary gone",
    "a function's marker gone",
    *(what for what in OUT_OF_BOUNDS if "source" in what),
]
"""What the policy denies, so that it holds whatever else somebody gives the deployer."""

FOREIGN_FUNCTIONS: dict[str, Callable[[str], Call]] = {
    "given our marker": lambda name: lambdas("tag_resource", Resource=FUNCTION_ARN + name, Tags=aws.TAGS),
    "given other code": lambda name: lambdas("update_function_code", FunctionName=name, ZipFile=aws.code()),
    "called": lambda name: lambdas("invoke", FunctionName=name),
    "read": lambda name: lambdas("get_function", FunctionName=name),
    "gone": lambda name: lambdas("delete_function", FunctionName=name),
}


NEEDED = READS | CHANGES


@pytest.mark.parametrize("what", NEEDED)
def test_the_deployer_may_do_what_an_environment_needs(deployer: Aws, what: str) -> None:
    with translated(what):
        NEEDED[what](deployer)


@pytest.mark.parametrize("what", OUT_OF_BOUNDS)
def test_the_deployer_may_not(deployer: Aws, what: str) -> None:
    with pytest.raises(Refused), translated(what):
        OUT_OF_BOUNDS[what](deployer)


@pytest.fixture(scope="module")
def overpowered(world: World) -> Aws:
    document = permissions.deployer(ACCOUNT, REGION, [permissions.stage("awsqa")])
    return world.user("overpowered", [document, aws.EVERYTHING])


@pytest.mark.parametrize("what", NEVER)
def test_a_deployer_with_every_permission_beside_still_may_not(overpowered: Aws, what: str) -> None:
    with pytest.raises(Refused), translated(what):
        OUT_OF_BOUNDS[what](overpowered)


@pytest.mark.parametrize("name", ["payroll", "awsprod-flights"])
@pytest.mark.parametrize("what", FOREIGN_FUNCTIONS)
def test_a_foreign_function_is_left_alone(deployer: Aws, name: str, what: str) -> None:
    with pytest.raises(Refused), translated(what):
        FOREIGN_FUNCTIONS[what](name)(deployer)


ALLOWED: dict[str, Any] = {
    "read a source": ("s3", "get_object", {"Bucket": LAKE, "Key": "flights/a.csv"}),
    "list a source": ("s3", "list_objects_v2", {"Bucket": LAKE, "Prefix": "flights/"}),
    "write to the own sink": ("s3", "put_object", {"Bucket": BUCKET, "Key": "k", "Body": "x"}),
    "read the own sink": ("s3", "get_object", {"Bucket": BUCKET, "Key": "k"}),
    "delete from the own sink": ("s3", "delete_object", {"Bucket": BUCKET, "Key": "k"}),
}
IN_THE_LAKE = {"Bucket": LAKE, "Key": "flights/a.csv"}
WRITES: dict[str, Any] = {
    "write to a source": ("s3", "put_object", {**IN_THE_LAKE, "Body": "x"}),
    "delete from a source": ("s3", "delete_object", IN_THE_LAKE),
    "tag a source's object": ("s3", "put_object_tagging", {**IN_THE_LAKE, "Tagging": {"TagSet": []}}),
}
REFUSED: dict[str, Any] = {
    **WRITES,
    "read past the prefix": ("s3", "get_object", {"Bucket": LAKE, "Key": "salaries/a.csv"}),
    "list past the prefix": ("s3", "list_objects_v2", {"Bucket": LAKE}),
    "write to another's sink": ("s3", "put_object", {"Bucket": aws.OTHER, "Key": "k", "Body": "x"}),
    "write to production's sink": ("s3", "put_object", {"Bucket": aws.PRODUCTION, "Key": "k", "Body": "x"}),
    "publish an object": ("s3", "put_object_acl", {"Bucket": BUCKET, "Key": "k", "ACL": "public-read"}),
    "change the sink's policy": ("s3", "delete_bucket_policy", {"Bucket": BUCKET}),
    "make a bucket": ("s3", "create_bucket", {"Bucket": "mf--awsqa-1--new"}),
    "widen itself": (
        "iam",
        "put_role_policy",
        {"RoleName": ROLE, "PolicyName": "x", "PolicyDocument": WIDE},
    ),
    "list roles": ("iam", "list_roles", {}),
    "assume a role": ("sts", "assume_role", {"RoleArn": aws.ROLE_ARN, "RoleSessionName": "session"}),
    "call another's function": ("lambda", "invoke", {"FunctionName": "awsprod-flights"}),
    "change code": ("lambda", "update_function_code", {"FunctionName": aws.FUNCTION, "ZipFile": "x"}),
    "make a log group": ("logs", "create_log_group", {"logGroupName": f"/mayfly/{ENVIRONMENT}/x"}),
    "list parameters": ("ssm", "describe_parameters", {}),
}


def called(cloud: Aws, calls: dict[str, Any]) -> dict[str, str]:
    """What a function got that runs as the environment's role, whose own policy allows everything."""
    got = functions.invoke(cloud, aws.FUNCTION, {"calls": calls})
    assert got.error is None, got.payload
    found: dict[str, str] = got.payload
    return found


def test_a_function_that_may_do_everything_reads_and_writes_only_at_home(deployer: Aws) -> None:
    got = called(deployer, {**ALLOWED, **REFUSED})
    assert {what for what, code in got.items() if code == "allowed"} == {*ALLOWED}
    assert set(got.values()) <= {"allowed", "AccessDenied", "AccessDeniedException"}


def test_boundary_and_production_each_hold_alone(world: World) -> None:
    """The control of the test above, too: with both lines gone, writes go through."""
    try:
        world.put_boundary(aws.EVERYTHING)
        assert set(called(world.deployer, WRITES).values()) == {"AccessDenied"}
        world.owner.client("s3").delete_bucket_policy(Bucket=LAKE)
        assert called(world.deployer, {"x": WRITES["write to a source"]}) == {"x": "allowed"}
        world.put_boundary(aws.NARROW)
        assert set(called(world.deployer, WRITES).values()) == {"AccessDenied"}
    finally:
        world.admit()
        world.put_boundary(aws.NARROW)


def test_a_boundary_for_some_buckets_lets_no_other_be_read(world: World) -> None:
    try:
        world.put_boundary(permissions.boundary(ACCOUNT, {"another-lake": [""]}))
        assert set(called(world.deployer, {"x": ALLOWED["read a source"]}).values()) == {"AccessDenied"}
        world.put_boundary(permissions.boundary(ACCOUNT, {LAKE: [""]}))
        assert set(called(world.deployer, ALLOWED).values()) == {"allowed"}
    finally:
        world.put_boundary(aws.NARROW)


def session(world: World, role: str, tags: dict[str, str]) -> Aws:
    got = world.owner.client("sts").assume_role(
        RoleArn=role, RoleSessionName="session", Tags=aws.pairs(tags)
    )["Credentials"]
    return world.client(got["AccessKeyId"], got["SecretAccessKey"], got["SessionToken"])


def test_tags_of_a_session_move_a_role_nowhere(world: World) -> None:
    """The deployer chooses whom a role trusts, so somebody could set the tag that the boundary reads."""
    trust = json.loads(aws.TRUST)
    trust["Statement"][0] |= {
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": ["sts:AssumeRole", "sts:TagSession"],
    }
    name = f"{ENVIRONMENT}-restless"
    made = world.deployer.client("iam")
    made.create_role(**aws.role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust)))
    made.put_role_policy(RoleName=name, PolicyName="x", PolicyDocument=WIDE)
    arn = f"arn:aws:iam::{ACCOUNT}:role/mayfly/{ENVIRONMENT}/{name}"
    honest = session(world, arn, {}).client("s3")
    dressed_up = session(world, arn, {"mayfly-env": "awsprod"}).client("s3")
    with pytest.raises(Refused), translated("PutObject"):  # It is no function's.
        honest.put_object(Bucket=BUCKET, Key="k", Body=b"")
    try:
        world.put_boundary(without("NoDataOutsideFunctions"))
        honest.put_object(Bucket=BUCKET, Key="k", Body=b"")
        with pytest.raises(Refused), translated("PutObject"):
            dressed_up.put_object(Bucket=aws.PRODUCTION, Key="k", Body=b"")
        world.put_boundary(without("NoDataOutsideFunctions", "NothingUnderAnotherPath"))
        dressed_up.put_object(Bucket=aws.PRODUCTION, Key="k", Body=b"")
    finally:
        world.put_boundary(aws.NARROW)


def without(*sids: str) -> dict[str, Any]:
    """The boundary with less in it."""
    left = [one for one in aws.NARROW["Statement"] if one["Sid"] not in sids]
    return {**aws.NARROW, "Statement": left}


PAYMENTS = "payments-flights"
LAKE_WRITER = f"arn:aws:iam::{ACCOUNT}:role/lake-writer"
TAKE_OVER = {"Body": "taken over", "Bucket": LAKE, "Key": "flights/a.csv"}


@pytest.fixture(scope="module")
def payments(world: World) -> None:
    """A function of somebody else's, without any marker, that writes the lake."""
    iam = world.owner.client("iam")
    iam.create_role(RoleName="lake-writer", AssumeRolePolicyDocument=aws.TRUST)
    iam.put_role_policy(RoleName="lake-writer", PolicyName="all", PolicyDocument=WIDE)
    world.owner.client("lambda").create_function(
        **aws.function(FunctionName=PAYMENTS, Role=LAKE_WRITER, LoggingConfig={}, Tags={})
    )


def take_over(cloud: Aws) -> None:
    """Make a function ours by its tags, then put code into it, then have it write the lake as its role."""
    with translated("take over"):
        cloud.client("lambda").tag_resource(Resource=FUNCTION_ARN + PAYMENTS, Tags=aws.TAGS)
        cloud.client("lambda").update_function_code(FunctionName=PAYMENTS, ZipFile=aws.code())
    got = functions.invoke(cloud, PAYMENTS, {"calls": {"write": ("s3", "put_object", TAKE_OVER)}})
    assert got.payload == {"write": "allowed"}


def in_lake(world: World) -> bytes:
    """What the object is that is taken over."""
    return world.owner.client("s3").get_object(Bucket=LAKE, Key="flights/a.csv")["Body"].read()


def test_no_function_of_others_is_taken_over_by_its_name(world: World, payments: None) -> None:
    document = permissions.deployer(ACCOUNT, REGION, ["awsdev-*", "awsqa-*"], ["awsprod"])
    kept = in_lake(world)
    with pytest.raises(Refused):
        take_over(world.user("copier-of-flights", [document]))
    assert in_lake(world) == kept
    before = json.loads(json.dumps(document).replace(":function:awsdev-*-*", ":function:*-flights"))
    take_over(world.user("copier-as-before", [before]))  # the control
    assert in_lake(world) == b"taken over"
    world.owner.client("s3").put_object(Bucket=LAKE, Key="flights/a.csv", Body=kept)


def test_no_object_of_a_foreign_bucket_is_deleted_by_its_key(world: World, deployer: Aws) -> None:
    """`awsqa-*--*` is also the key `a--b` of the bucket `awsqa-billing`."""
    owner, there = world.owner.client("s3"), cast(Any, {"Bucket": "awsqa-billing", "Key": "a--b"})
    owner.create_bucket(Bucket="awsqa-billing", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    owner.put_object(**there, Body=b"")
    with pytest.raises(Refused), translated("DeleteObject"):
        deployer.client("s3").delete_object(**there)
    owner.head_object(**there)
    document = json.dumps(permissions.deployer(ACCOUNT, REGION, ["awsqa-*"]))
    before = json.loads(document.replace(":::mf--awsqa-*--*", ":::awsqa-*--*"))
    world.user("deployer-as-before", [before]).client("s3").delete_object(**there)  # the control
    assert "Contents" not in owner.list_objects_v2(Bucket="awsqa-billing")


def test_an_application_sees_what_its_infrastructure_publishes(world: World) -> None:
    stages = [permissions.stage("awsqa")]
    copier = world.user("copier", [permissions.deployer(ACCOUNT, REGION, stages, ["awsprod"])])
    owner = world.owner.client("ssm")
    application = {"sources": {}, "infrastructure": "awsprod"}
    assert "there is no parameter" in told(copier, **application)["infrastructure awsprod"]
    said = {"sources": {"lake": f"arn:aws:s3:::{LAKE}/flights/", "gone": "arn:aws:s3:::not-there"}}
    owner.put_parameter(Name="/mayfly/awsprod/infrastructure", Value=json.dumps(said), Type="String")
    owner.put_parameter(Name="/mayfly/awsprod/secret", Value="x", Type="String")
    assert infrastructure.published(copier, "/mayfly/awsprod/infrastructure") == said
    found = preflight(copier, {**REQUEST, **application})
    assert json.loads(found["infrastructure"]) == said
    assert [problem["where"] for problem in found["problems"] if "source" in problem["where"]] == [
        "sources.gone"
    ]
    assert "ssm:GetParameter is denied" in told(world.deployer, **application)["infrastructure awsprod"]
    with pytest.raises(Refused):
        infrastructure.published(copier, "/mayfly/awsprod/secret")


SIMULATE = {"Effect": "Allow", "Action": ["iam:SimulatePrincipalPolicy"], "Resource": "*"}


@pytest.mark.parametrize(
    ("more", "outcome", "told"),
    [
        ([], Outcome.UNKNOWN, "SimulatePrincipalPolicy is not answered (AccessDenied)"),
        ([SIMULATE], Outcome.OK, "is allowed, and nothing that was asked of production's"),
        (
            [SIMULATE, {"Effect": "Allow", "Action": "iam:CreateUser", "Resource": "*"}],
            Outcome.NO,
            f"or its own rights: iam:CreateUser on arn:aws:iam::{ACCOUNT}:user/mayfly-doctor",
        ),
        (
            [SIMULATE, {"Effect": "Deny", "Action": "iam:DeleteRole", "Resource": "*"}],
            Outcome.NO,
            f"too few: iam:DeleteRole on arn:aws:iam::{ACCOUNT}:role/mayfly/awsqa-doctor/x",
        ),
    ],
)
def test_the_doctor_holds_a_principals_policies_against_the_documented_ones(
    world: World, more: list[Any], outcome: Outcome, told: str
) -> None:
    whole = permissions.deployer(ACCOUNT, REGION, ["awsqa-*"])
    policies = [whole, {"Version": "2012-10-17", "Statement": _named(more)}] if more else [whole]
    who = world.user(f"doctor-{outcome.name.lower()}-{len(str(more))}", policies)
    fabric, buckets = SimpleNamespace(permanent=False), {"lake": f"arn:aws:s3:::{LAKE}/flights/"}
    wanted: Any = SimpleNamespace(
        name="awsqa-doctor",
        aws=SimpleNamespace(account=ACCOUNT, region=REGION),
        fabric=fabric,
        variables=SimpleNamespace(buckets=buckets, databases=set()),
    )
    signed_in, *checks = deployer_checks.checks(who, wanted)
    assert (signed_in.outcome, ":user/doctor-" in signed_in.told) == (Outcome.OK, True)
    assert [check.outcome for check in checks] == [outcome], checks
    assert told in checks[0].told


def _named(statements: list[Any]) -> list[Any]:
    return [{"Sid": f"More{number}", **one} for number, one in enumerate(statements)]


def test_an_environment_that_is_there_is_fine_to_go_on_with(deployer: Aws) -> None:
    found = preflight(deployer, REQUEST)
    assert found["problems"] == []
    assert found["group_tags"].items() >= aws.TAGS.items()


def told(cloud: Aws, **other: Any) -> dict[str, str]:
    """Where the preflight finds a problem → what."""
    found = preflight(cloud, {**REQUEST, **other})
    assert all(problem["fix"] for problem in found["problems"])
    return {problem["where"]: problem["what"] for problem in found["problems"]}


def test_all_that_is_wrong_is_told_at_once(deployer: Aws) -> None:
    sources = {
        "gone": "arn:aws:s3:::not-there/x/",
        "odd": "s3://lake",
    }
    found = told(deployer, project="another", bucket=aws.PRODUCTION, role="admin", sources=sources)
    assert {*found} == {
        f"resource group {aws.GROUP}",
        f"function {aws.FUNCTION}",
        "role admin",
        f"bucket {aws.PRODUCTION}",
        *(f"sources.{name}" for name in sources),
    }
    assert "it is of 'flights'" in found[f"function {aws.FUNCTION}"]
    assert "taken" in found[f"bucket {aws.PRODUCTION}"]


def test_missing_rights_are_a_line_each_and_no_bad_input(world: World) -> None:
    """A stranger sees nothing of an environment that is there, and where a source is nevertheless."""
    world.owner.client("iam").create_user(UserName="stranger")
    key = world.owner.client("iam").create_access_key(UserName="stranger")["AccessKey"]
    found = preflight(world.client(key["AccessKeyId"], key["SecretAccessKey"]), REQUEST)
    problems = [Problem(**problem) for problem in found["problems"]]
    assert all(problem.denied for problem in problems)
    denied = {problem.where: problem.what.partition(": AccessDenied")[0] for problem in problems}
    assert "taken in another account or region, or s3:ListBucket is denied" in denied.pop(f"bucket {BUCKET}")
    assert denied == {
        f"resource group {aws.GROUP}": "resource-groups:GetGroup is denied",
        BOUNDARY: "iam:GetPolicy is denied",
        f"role {ROLE}": "iam:GetRole is denied",
        f"function {aws.FUNCTION}": "lambda:GetFunction is denied",
    }
    assert found["regions"] == {"lake": REGION}
    error = refusal(problems)
    assert error.exit_code == 3
    assert len(str(error).splitlines()) == len(problems) + 2


def test_what_others_have_of_our_name_is_told(world: World) -> None:
    assert told(world.owner, bucket=aws.PRODUCTION) == {}, "it has no tags, as one that was just made"
    assert {*told(world.owner, functions=["payroll"], role="admin")} == {"function payroll", "role admin"}
    assert "does not exist" in told(world.owner, sources={"x": "arn:aws:s3:::not-there"})["sources.x"]


def test_a_missing_boundary_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:policy/absent"
    monkeypatch.setattr("mayfly.clouds.aws.preflight.boundary_arn", lambda account: arn)
    assert told(world.owner) == {arn: "does not exist"}
    assert "iam:GetPolicy is denied: AccessDenied [request " in told(world.deployer)[arn]


def test_another_account_is_told_and_nothing_else_asked(deployer: Aws) -> None:
    found = told(deployer, account="999999999999", bucket="payroll-data")
    assert found == {"account": f"you are signed in to {ACCOUNT}, and the fabric's account is 999999999999"}


def test_the_account_of_the_caller_is_checked(world: World) -> None:
    world.deployer.check_account()
    elsewhere = world.client("AKIAX", "x")
    elsewhere.wanted_account = "999999999999"
    with pytest.raises(CloudError, match="sign in with"):
        elsewhere.check_account()
    vars(elsewhere)["account"] = ACCOUNT
    with pytest.raises(NotAllowed, match=f"{ACCOUNT}.*999999999999"):
        elsewhere.check_account()


def test_environments_are_those_whose_group_says_so(world: World) -> None:
    client = world.owner.client("resource-groups")
    foreign = {**aws.group("foreign"), "Tags": {}}
    client.create_group(**foreign)
    found = groups.environments(world.deployer)
    assert [(group.name, group.environment, group.project) for group in found] == [
        (aws.GROUP, ENVIRONMENT, aws.PROJECT)
    ]
    assert found[0].is_of(aws.PROJECT, ENVIRONMENT)
    assert not found[0].is_of("another", ENVIRONMENT)
    assert groups.get(world.deployer, "mayfly-awsqa-9") is None


def test_a_function_is_called_once_and_its_log_followed(deployer: Aws) -> None:
    lines: list[str] = []
    ended = functions.invoke(deployer, aws.FUNCTION, {"calls": {}})
    assert (ended.status, ended.payload, ended.error) == (200, {}, None)
    assert functions.follow(deployer, aws.LOG_GROUP, 0, lines.append, lambda: ended) == ended
    assert lines.count("so many calls: 0") == 1
    assert ended.last_line in lines


def test_a_function_that_fails_says_why(deployer: Aws) -> None:
    ended = functions.invoke(deployer, aws.FUNCTION, {"fail": True})
    assert ended.error == "Unhandled"
    assert ended.payload["errorMessage"] == "no luck"
    with pytest.raises(Refused):  # It carries no marker, not being there.
        functions.invoke(deployer, f"{ENVIRONMENT}-absent", {})


def test_a_log_that_cannot_be_read_is_told_and_ends_nothing(deployer: Aws) -> None:
    lines: list[str] = []
    ended = functions.Invocation(200, None, None, "x")
    waits: list[float] = []
    answers = iter([None, None, ended])
    got = functions.follow(
        deployer, "/mayfly/awsprod/flights", 0, lines.append, lambda: next(answers), pause=waits.append
    )
    assert got is ended
    assert len(lines) == 1
    assert "AccessDenied" in lines[0]
    assert len(waits) == 2


def test_outputs_are_published_as_json(world: World) -> None:
    assert infrastructure.published(world.deployer, aws.PARAMETER) == {"a": 1}
    assert infrastructure.published(world.deployer, f"/mayfly/{ENVIRONMENT}/none") is None
    name = f"/mayfly/{ENVIRONMENT}/odd"
    world.deployer.client("ssm").put_parameter(Name=name, Value="[1", Type="String")
    with pytest.raises(CloudError, match="NotPublishedByUs"):
        infrastructure.published(world.deployer, name)


def queues(cloud: Aws) -> Any:
    """A client for queues, which nothing of ours needs."""
    service: Any = "sqs"
    return cloud.client(service)


def test_the_deployer_may_not_purge_a_queue_whose_name_begins_as_a_stage(world: World) -> None:
    """The control has what the deployer had for queues, as long as these were a kind of an environment's."""
    owner, deployer = queues(world.owner), queues(world.deployer)
    queue = owner.create_queue(QueueName="awsqa-billing-events")["QueueUrl"]
    owner.send_message(QueueUrl=queue, MessageBody="an invoice")
    for purge in (deployer.purge_queue, deployer.delete_queue):
        with pytest.raises(Refused), translated("PurgeQueue"):
            purge(QueueUrl=queue)
    named = f"arn:aws:sqs:{REGION}:{ACCOUNT}:awsqa-*-*"
    had = {"Effect": "Allow", "Action": ["sqs:*Queue"], "Resource": named}
    queues(world.user("control", [{"Version": "2012-10-17", "Statement": [had]}])).purge_queue(QueueUrl=queue)
    assert "Messages" not in owner.receive_message(QueueUrl=queue)


def test_what_invokes_an_own_function_may_go_and_no_other(world: World) -> None:
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{ENVIRONMENT}-q"
    made = {
        name: world.owner.client("lambda").create_event_source_mapping(
            FunctionName=name, EventSourceArn=queue
        )["UUID"]
        for name in (aws.FUNCTION, "payroll")
    }
    world.deployer.client("lambda").delete_event_source_mapping(UUID=made[aws.FUNCTION])
    with pytest.raises(Refused), translated("DeleteEventSourceMapping"):
        world.deployer.client("lambda").delete_event_source_mapping(UUID=made["payroll"])


def test_the_deployer_removes_what_it_made_and_sees_that_it_is_gone(world: World) -> None:
    """The last test of this file: the others need the environment."""
    cloud = world.deployer
    s3 = cloud.client("s3")
    world.owner.client("s3").create_multipart_upload(Bucket=BUCKET, Key="unfinished")
    for upload in s3.list_multipart_uploads(Bucket=BUCKET)["Uploads"]:
        s3.abort_multipart_upload(Bucket=BUCKET, Key=upload["Key"], UploadId=upload["UploadId"])
    listed = s3.list_object_versions(Bucket=BUCKET)
    kept: list[Any] = [*listed.get("Versions", []), *listed.get("DeleteMarkers", [])]
    keys: Any = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in kept]
    assert "Errors" not in s3.delete_objects(Bucket=BUCKET, Delete={"Objects": keys})
    s3.delete_bucket(Bucket=BUCKET)
    cloud.client("scheduler").delete_schedule(Name=aws.FUNCTION)
    cloud.client("lambda").delete_function(FunctionName=aws.FUNCTION)
    cloud.client("logs").delete_log_group(logGroupName=aws.LOG_GROUP)
    cloud.client("ssm").delete_parameter(Name=aws.PARAMETER)
    cloud.client("iam").delete_role_policy(RoleName=ROLE, PolicyName="own")
    cloud.client("iam").delete_role(RoleName=ROLE)
    cloud.client("resource-groups").delete_group(Group=aws.GROUP)
    assert {**preflight(cloud, REQUEST), "quotas": []} == NOTHING, "as if it had never been there"
    assert groups.environments(cloud) == []
