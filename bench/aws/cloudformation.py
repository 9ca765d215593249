"""The same resources as one CloudFormation stack, deployed by boto3.

    python -m bench.aws.cloudformation up|code|down NAME     # in a shell of `mayfly local env`

A function's code goes to a bucket first, as CloudFormation takes it from there. The environment's own
bucket is emptied beforehand: a stack with a bucket that is not ends in DELETE_FAILED. The Resource Group is
left out: the local AWS's CloudFormation does not know that type.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from typing import Any

from bench.aws import bare_sdk
from bench.aws.packing import zipped
from bench.aws.same import ACCOUNT, BOUNDARY, EXPIRE_DAYS, REGION, Function, Names, functions
from components.aws import policies

ARTIFACTS = "bench-artifacts-123456789012"
PAUSE = 0.05
LONGEST = 120.0

Template = dict[str, dict[str, Any]]


def template(names: Names) -> str:
    """The template, with the code that is there now."""
    resources: Template = {"Bucket": _bucket(names), "Tls": _tls(names)}
    resources["Role"] = _role(names, names.role, policies.trust(policies.LAMBDA), names.execution)
    trust = policies.trust(policies.SCHEDULER, ACCOUNT)
    resources["ScheduleRole"] = _role(names, names.schedule_role, trust, names.scheduling)
    for each in functions():
        key = each.name.title()
        resources[f"{key}Log"] = _log(names, each)
        resources[key] = _function(names, each, f"{key}Log")
        resources[f"{key}Schedule"] = _schedule(names, each, key)
    return json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources})


def _bucket(names: Names) -> dict[str, Any]:
    blocked = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    rule = {
        "Id": "expire", "Status": "Enabled", "Prefix": "", "ExpirationInDays": EXPIRE_DAYS,
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": EXPIRE_DAYS},
    }  # fmt: skip
    by_default = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    return _resource(
        "S3::Bucket", BucketName=names.bucket, Tags=bare_sdk.tagged(names),
        PublicAccessBlockConfiguration=dict.fromkeys(blocked, True),
        OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        BucketEncryption={"ServerSideEncryptionConfiguration": [by_default]},
        LifecycleConfiguration={"Rules": [rule]},
    )  # fmt: skip


def _tls(names: Names) -> dict[str, Any]:
    document = json.loads(policies.tls_only(names.bucket))
    return _resource("S3::BucketPolicy", Bucket={"Ref": "Bucket"}, PolicyDocument=document)


def _role(names: Names, name: str, trust: str, document: str) -> dict[str, Any]:
    return _resource(
        "IAM::Role", RoleName=name, Path=names.path, PermissionsBoundary=BOUNDARY,
        AssumeRolePolicyDocument=json.loads(trust), Tags=bare_sdk.tagged(names),
        Policies=[{"PolicyName": "own", "PolicyDocument": json.loads(document)}],
    )  # fmt: skip


def _log(names: Names, each: Function) -> dict[str, Any]:
    return _resource(
        "Logs::LogGroup", LogGroupName=names.log_group(each.name), RetentionInDays=each.retention,
        Tags=bare_sdk.tagged(names),
    )  # fmt: skip


def _function(names: Names, each: Function, log: str) -> dict[str, Any]:
    made = _resource(
        "Lambda::Function", FunctionName=names.function(each.name), Runtime="python3.12",
        Handler="handler.main", MemorySize=each.memory, Timeout=each.timeout, Layers=each.layers,
        Role={"Fn::GetAtt": ["Role", "Arn"]}, Environment={"Variables": names.variables},
        Code={"S3Bucket": ARTIFACTS, "S3Key": _key(each)}, Tags=bare_sdk.tagged(names),
        LoggingConfig={"LogFormat": "Text", "LogGroup": names.log_group(each.name)},
    )  # fmt: skip
    return {**made, "DependsOn": log}


def _schedule(names: Names, each: Function, key: str) -> dict[str, Any]:
    target = {"Arn": {"Fn::GetAtt": [key, "Arn"]}, "RoleArn": {"Fn::GetAtt": ["ScheduleRole", "Arn"]}}
    return _resource(
        "Scheduler::Schedule", Name=names.function(each.name), ScheduleExpression=each.schedule,
        State="DISABLED", FlexibleTimeWindow={"Mode": "OFF"}, Target=target,
    )  # fmt: skip


def _resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::{kind}", "Properties": properties}


def _key(each: Function) -> str:
    return f"{each.name}-{hashlib.sha256(zipped(each.folder)).hexdigest()[:12]}.zip"


def _upload() -> None:
    s3 = bare_sdk.client("s3")
    if ARTIFACTS not in (bucket["Name"] for bucket in s3.list_buckets()["Buckets"]):
        s3.create_bucket(Bucket=ARTIFACTS, CreateBucketConfiguration={"LocationConstraint": REGION})
    for each in functions():
        s3.put_object(Bucket=ARTIFACTS, Key=_key(each), Body=zipped(each.folder))


def up(names: Names) -> None:
    """Upload the code, make the stack and wait for it."""
    _upload()
    formation = bare_sdk.client("cloudformation")
    formation.create_stack(
        StackName=names.name, TemplateBody=template(names), Capabilities=["CAPABILITY_NAMED_IAM"]
    )
    _until(formation, names.name, "CREATE_COMPLETE")


def code(names: Names) -> None:
    """The same with the changed code."""
    _upload()
    formation = bare_sdk.client("cloudformation")
    formation.update_stack(
        StackName=names.name, TemplateBody=template(names), Capabilities=["CAPABILITY_NAMED_IAM"]
    )
    _until(formation, names.name, "UPDATE_COMPLETE")


def down(names: Names) -> None:
    """Empty the bucket, then remove the stack."""
    bare_sdk.empty(names)
    formation = bare_sdk.client("cloudformation")
    stack = formation.describe_stacks(StackName=names.name)["Stacks"][0]["StackId"]
    formation.delete_stack(StackName=names.name)
    _until(formation, stack, "DELETE_COMPLETE")


def _until(formation: Any, stack: str, wanted: str) -> None:
    deadline = time.monotonic() + LONGEST
    status, why = "", ""
    while time.monotonic() < deadline:
        found = formation.describe_stacks(StackName=stack)["Stacks"][0]
        status, why = found["StackStatus"], found.get("StackStatusReason", "")
        if status == wanted:
            return
        if not status.endswith(("IN_PROGRESS", "CLEANUP_IN_PROGRESS")):
            break
        time.sleep(PAUSE)
    raise SystemExit(f"{stack}: {status} {why}")


if __name__ == "__main__":
    {"up": up, "code": code, "down": down}[sys.argv[1]](Names(sys.argv[2]))
