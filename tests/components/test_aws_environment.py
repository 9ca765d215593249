# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.aws import (
    CloneArgs,
    Environment,
    EnvironmentArgs,
    FunctionArgs,
    ImageArgs,
    LayerArgs,
    PublishedArgs,
    ZipArgs,
)
from tests.components.recorder import Recorder, Registration

ACCOUNT = "123456789012"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/mayfly-boundary"
TAGS = {"managed-by": "mayfly", "mayfly-env": "awsqa-142", "mayfly-project": "mayfly"}
LAYER = "mf--awsqa-142--1a2b3c-0123456789ab"
BUCKET = "mf--awsqa-142--flights-1a2b3c"


def function(name: str, archive: Path, schedule: str | None = None) -> FunctionArgs:
    return FunctionArgs(
        function_name=f"awsqa-142-{name}",
        log_group_name=f"/mayfly/awsqa-142/{name}",
        code=ZipArgs(str(archive), "c2hhMjU2", "python3.12", "handler.main"),
        memory=512,
        timeout=60,
        log_retention=7,
        layers=["arn:aws:lambda:eu-west-1:336392948345:layer:AWSSDKPandas-Python312:16"],
        schedule=schedule,
    )


@pytest.fixture
def args(tmp_path: Path) -> EnvironmentArgs:
    """An environment of two functions, one of which has a schedule."""
    archive = tmp_path / "code.zip"
    archive.write_bytes(b"PK\5\6" + bytes(18))
    return EnvironmentArgs(
        environment="awsqa-142",
        project="mayfly",
        account=ACCOUNT,
        region="eu-west-1",
        group_name="mayfly-awsqa-142",
        bucket_name=BUCKET,
        role_name="awsqa-142-flights-1a2b3c",
        schedule_role_name="awsqa-142-schedule-1a2b3c",
        path="/mayfly/awsqa-142/",
        logs="/mayfly/awsqa-142/",
        boundary_arn=BOUNDARY,
        sources={"lake": "arn:aws:s3:::flights-lake/flights/"},
        functions={
            "flights": function("flights", archive, "rate(1 day)"),
            "other": function("other", archive),
        },
        variables={"LAKE": "s3://flights-lake/flights/", "CURATED": f"s3://{BUCKET}/curated/"},
        tags=TAGS,
        group_tags={"mayfly-expires-at": "2026-01-08T00:00:00Z"},
        expire_days=30,
    )


@pytest.fixture
def permanent(args: EnvironmentArgs) -> EnvironmentArgs:
    """The same, permanent."""
    published = PublishedArgs("/mayfly/awsprod/infrastructure", "{}")
    return dataclasses.replace(args, permanent=True, published=published)


@pulumi.runtime.test
def registered(args: EnvironmentArgs, opts: pulumi.ResourceOptions | None = None) -> pulumi.Output[Any]:
    """Register an environment and wait for all of it."""
    return Environment(args.environment, args, opts).reader.role_arn


def in_the_cloud(engine: Recorder) -> list[Registration]:
    return [each for each in engine.registered if each.type.startswith("aws:")]


def test_everything_is_deleted_with_the_group(engine: Recorder, permanent: EnvironmentArgs) -> None:
    registered(permanent)
    assert {each.type.split("/")[-1] for each in in_the_cloud(engine)} == {
        "bucket:Bucket",
        "bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        "bucketOwnershipControls:BucketOwnershipControls",
        "bucketPolicy:BucketPolicy",
        "bucketPublicAccessBlock:BucketPublicAccessBlock",
        "bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "bucketVersioning:BucketVersioning",
        "function:Function",
        "group:Group",
        "logGroup:LogGroup",
        "parameter:Parameter",
        "role:Role",
        "rolePolicy:RolePolicy",
        "schedule:Schedule",
    }
    assert {engine.deleted_with(each) for each in in_the_cloud(engine)} == {engine.one("aws:Group").urn}


def test_clones_lie_outside_of_the_group_and_their_role_may_write_no_others(
    engine: Recorder, args: EnvironmentArgs
) -> None:
    clone = CloneArgs(
        "iceberg", f"glue://{ACCOUNT}", "lake", ["orders"], "latest", "mf__awsqa_142__sales", "_tables/sales"
    )
    tag = {"mayfly-namespace": "awsqa_142"}
    registered(dataclasses.replace(args, clones={"sales": clone}, namespace_tag=tag))
    made = engine.one("data:Clone")
    assert engine.deleted_with(made) == ""
    assert (made.inputs["location"], made.inputs["marker"]) == (f"s3://{BUCKET}/_tables/sales", TAGS)
    roles = {each.name: each for each in engine.registered if each.type.endswith("role:Role")}
    assert [role.inputs["tags"] for role in roles.values()].count({**TAGS, **tag}) == 1
    written = [json.dumps(each.inputs) for each in engine.registered if "rolePolicy" in each.type]
    assert sum("glue:UpdateTable" in one for one in written) == 1
    start = f"arn:aws:glue:eu-west-1:{ACCOUNT}:"
    (policy,) = (one for one in written if "glue:UpdateTable" in one)
    for each in ("catalog", "database/mf__awsqa_142__sales", "table/mf__awsqa_142__sales/*"):
        assert f"{start}{each}" in policy
    assert "database/lake" not in policy


def test_the_group_says_what_belongs_to_it(engine: Recorder, args: EnvironmentArgs) -> None:
    registered(args)
    assert engine.one("mayfly:aws:Group").inputs == {
        "environment": "awsqa-142", "project": "mayfly", "account": ACCOUNT, "region": "eu-west-1",
    }  # fmt: skip
    query = json.loads(engine.one("resourcegroups/group:Group").inputs["resourceQuery"]["query"])
    assert query["TagFilters"] == [
        {"Key": "mayfly-env", "Values": ["awsqa-142"]},
        {"Key": "mayfly-project", "Values": ["mayfly"]},
    ]


def test_only_the_resource_group_carries_what_changes(engine: Recorder, args: EnvironmentArgs) -> None:
    registered(args)
    assert engine.one("resourcegroups/group:Group").inputs["tags"] == {**TAGS, **args.group_tags}
    tagged = [each for each in in_the_cloud(engine) if "tags" in each.inputs]
    assert {each.type.split(":")[-1] for each in tagged} == {
        "Bucket",
        "Function",
        "Group",
        "LogGroup",
        "Role",
    }
    assert all(each.inputs["tags"] == TAGS for each in tagged if not each.type.endswith("/group:Group"))


def test_every_role_has_the_boundary_and_the_environments_path(
    engine: Recorder, args: EnvironmentArgs
) -> None:
    registered(args)
    roles = engine.all("iam/role:Role")
    assert {each.inputs["name"] for each in roles} == {args.role_name, args.schedule_role_name}
    for role in roles:
        assert role.inputs["permissionsBoundary"] == BOUNDARY
        assert role.inputs["path"] == "/mayfly/awsqa-142/"
        assert role.inputs["tags"]["mayfly-env"] == "awsqa-142"


def test_no_function_is_made_before_its_log_group_and_what_its_role_may(
    engine: Recorder, args: EnvironmentArgs
) -> None:
    registered(args)
    policy = next(each for each in engine.all("RolePolicy") if "s3:PutObject" in each.inputs["policy"])
    for made in engine.all("function:Function"):
        (log,) = [
            each
            for each in engine.all("LogGroup")
            if each.inputs["name"] == made.inputs["loggingConfig"]["logGroup"]
        ]
        assert {policy.urn, log.urn} <= set(made.depends_on)


def test_nothing_is_scheduled_before_it_may_run_and_has_where_to_write(
    engine: Recorder, args: EnvironmentArgs
) -> None:
    registered(args)
    schedule = engine.one("Schedule")
    invoke = next(
        each for each in engine.all("RolePolicy") if "lambda:InvokeFunction" in each.inputs["policy"]
    )
    function = next(each for each in engine.all("Function") if each.inputs["name"] == "awsqa-142-flights")
    bucket = [each for each in in_the_cloud(engine) if each.type.startswith("aws:s3/")]
    assert {invoke.urn, function.urn, *(each.urn for each in bucket)} <= set(schedule.depends_on)
    assert schedule.inputs["name"] == "awsqa-142-flights"


def test_a_schedule_invokes_its_own_function_and_its_role_no_other(
    engine: Recorder, args: EnvironmentArgs
) -> None:
    registered(args)
    invoke = next(
        each for each in engine.all("RolePolicy") if "lambda:InvokeFunction" in each.inputs["policy"]
    )
    (statement,) = json.loads(invoke.inputs["policy"])["Statement"]
    assert statement["Resource"] == [f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:awsqa-142-flights"]


def test_an_environment_without_a_schedule_has_no_role_for_it(
    engine: Recorder, args: EnvironmentArgs
) -> None:
    registered(dataclasses.replace(args, functions={"other": args.functions["other"]}))
    assert engine.one("iam/role:Role").inputs["name"] == args.role_name
    assert engine.all("Schedule") == []


def test_a_function_is_what_the_workload_says(engine: Recorder, args: EnvironmentArgs) -> None:
    registered(args)
    made = next(each for each in engine.all("Function") if each.inputs["name"] == "awsqa-142-other").inputs
    assert made["environment"] == {"variables": args.variables}
    assert made["sourceCodeHash"] == "c2hhMjU2"
    assert (made["runtime"], made["handler"]) == ("python3.12", "handler.main")
    assert (made["memorySize"], made["timeout"]) == (512, 60)
    assert made["layers"] == args.functions["other"].layers


@pytest.fixture
def layered(args: EnvironmentArgs) -> EnvironmentArgs:
    """The same with one layer of its own that both functions use."""
    functions = {name: dataclasses.replace(each, own_layers=[LAYER]) for name, each in args.functions.items()}
    archive = next(each.code.archive for each in functions.values() if isinstance(each.code, ZipArgs))
    return dataclasses.replace(args, functions=functions, layers={LAYER: LayerArgs(archive, "Y29udGVudA==")})


def test_a_layer_is_there_once_for_all_that_use_it(engine: Recorder, layered: EnvironmentArgs) -> None:
    registered(layered)
    made = engine.one("LayerVersion")
    assert (made.inputs["layerName"], made.inputs["sourceCodeHash"]) == (LAYER, "Y29udGVudA==")
    assert engine.deleted_with(made) == engine.one("aws:Group").urn
    for each in engine.all("Function"):
        assert each.inputs["layers"][0] == layered.functions["other"].layers[0]
        assert len(each.inputs["layers"]) == 2


def test_a_layer_that_is_used_no_more_can_go_from_a_permanent_one(
    engine: Recorder, layered: EnvironmentArgs
) -> None:
    registered(dataclasses.replace(layered, permanent=True))
    assert [each.type for each in engine.registered if not each.protect] == [engine.one("LayerVersion").type]


def test_a_function_of_an_image_has_nothing_of_a_zip_file(engine: Recorder, args: EnvironmentArgs) -> None:
    uri = f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/team/counts@sha256:{'a' * 64}"
    other = dataclasses.replace(args.functions["other"], code=ImageArgs(uri), layers=())
    registered(dataclasses.replace(args, functions={"other": other}))
    made = engine.one("Function").inputs
    assert (made["packageType"], made["imageUri"]) == ("Image", uri)
    assert not {"code", "handler", "layers", "runtime", "sourceCodeHash"} & made.keys()


def test_the_sink_is_private_encrypted_and_without_acls(engine: Recorder, args: EnvironmentArgs) -> None:
    registered(args)
    block = dict(engine.one("BucketPublicAccessBlock").inputs)
    assert block.pop("bucket") == BUCKET
    assert len(block) == 4
    assert set(block.values()) == {True}
    assert engine.one("BucketOwnershipControls").inputs["rule"] == {"objectOwnership": "BucketOwnerEnforced"}
    (rule,) = engine.one("BucketServerSideEncryptionConfiguration").inputs["rules"]
    assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "AES256"}
    (statement,) = json.loads(engine.one("BucketPolicy").inputs["policy"])["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Resource"] == [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_an_ephemeral_one_expires_runs_by_nobody_and_is_not_protected(
    engine: Recorder, args: EnvironmentArgs
) -> None:
    registered(args)
    (rule,) = engine.one("BucketLifecycleConfiguration").inputs["rules"]
    assert rule["expiration"] == {"days": 30}
    assert rule["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 30}
    assert engine.all("BucketVersioning") == []
    assert engine.all("Parameter") == []
    assert engine.one("Schedule").inputs["state"] == "DISABLED"
    assert not any(each.protect for each in engine.registered)


def test_a_permanent_one_keeps_what_is_overwritten_and_is_protected_whole(
    engine: Recorder, permanent: EnvironmentArgs
) -> None:
    registered(permanent)
    (rule,) = engine.one("BucketLifecycleConfiguration").inputs["rules"]
    assert "expiration" not in rule
    assert rule["noncurrentVersionExpiration"] == {"noncurrentDays": 7}
    assert engine.one("BucketVersioning").inputs["versioningConfiguration"] == {"status": "Enabled"}
    assert engine.one("Schedule").inputs["state"] == "ENABLED"
    assert [each.urn for each in engine.registered if not each.protect] == []


def test_what_is_published_is_there_when_all_else_is(engine: Recorder, permanent: EnvironmentArgs) -> None:
    registered(permanent)
    published = engine.one("Parameter")
    made = {each.urn for kind in ("Function", "s3/bucket:Bucket") for each in engine.all(kind)}
    assert made <= set(published.depends_on)
    assert published.inputs["tier"] == "Standard"


def test_what_is_too_long_for_a_parameter_is_published_in_a_larger_one(
    engine: Recorder, permanent: EnvironmentArgs
) -> None:
    long = PublishedArgs("/mayfly/awsprod/infrastructure", "x" * 4097)
    registered(dataclasses.replace(permanent, published=long))
    assert engine.one("Parameter").inputs["tier"] == "Advanced"


def test_the_provider_reaches_all_of_it(engine: Recorder, args: EnvironmentArgs) -> None:
    registered_with_a_provider_of_its_own(args)
    assert {each.provider.split("::")[-2] for each in in_the_cloud(engine)} == {"chosen"}


@pulumi.runtime.test
def registered_with_a_provider_of_its_own(args: EnvironmentArgs) -> pulumi.Output[Any]:
    from pulumi_aws import Provider

    chosen = Provider("chosen", region="eu-west-1")
    return Environment("awsqa-142", args, pulumi.ResourceOptions(providers=[chosen])).reader.role_arn


def test_a_preview_shows_what_a_role_may_and_where_functions_write(
    preview: Recorder, args: EnvironmentArgs
) -> None:
    registered(args)
    unknown = pulumi.runtime.rpc.UNKNOWN
    assert all(unknown != each.inputs["policy"] for each in preview.all("Policy"))
    assert {each.inputs["environment"]["variables"]["CURATED"] for each in preview.all("Function")} == {
        args.variables["CURATED"]
    }
    assert len(preview.registered) == 23
