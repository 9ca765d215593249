"""The same resources by boto3 alone, one call after the other: the least that AWS has to be asked.

    python -m bench.aws.bare_sdk up|code|down NAME     # in a shell of `mayfly local env`

No state, no preview, no way to go on after a failure: a lower bound, not a tool.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import boto3
from botocore.exceptions import ClientError

from bench.aws.packing import zipped
from bench.aws.same import ACCOUNT, BOUNDARY, EXPIRE_DAYS, REGION, Names, functions
from components.aws import policies

PAUSE = 0.05
LONGEST = 60.0


def client(service: str) -> Any:
    return boto3.client(service, region_name=REGION)  # type: ignore[call-overload]


def tagged(names: Names) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in names.tags.items()]


def up(names: Names) -> None:
    """Make all of it."""
    client("resource-groups").create_group(
        Name=names.group,
        ResourceQuery={"Type": "TAG_FILTERS_1_0", "Query": names.query},
        Tags=names.tags,
    )
    _bucket(names)
    _role(names, names.role, policies.trust(policies.LAMBDA), names.execution)
    _role(names, names.schedule_role, policies.trust(policies.SCHEDULER, ACCOUNT), names.scheduling)
    _functions(names)
    _schedules(names)


def _bucket(names: Names) -> None:
    s3, bucket = client("s3"), names.bucket
    s3.create_bucket(
        Bucket=bucket,
        ObjectOwnership="BucketOwnerEnforced",
        CreateBucketConfiguration={"LocationConstraint": REGION},
    )
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tagged(names)})
    blocked = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=dict.fromkeys(blocked, True))
    encryption = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=encryption)
    s3.put_bucket_policy(Bucket=bucket, Policy=policies.tls_only(bucket))
    rule = {
        "ID": "expire", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": EXPIRE_DAYS},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": EXPIRE_DAYS},
    }  # fmt: skip
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [rule]})


def _role(names: Names, role: str, trust: str, document: str) -> None:
    iam = client("iam")
    iam.create_role(
        RoleName=role, Path=names.path, PermissionsBoundary=BOUNDARY, AssumeRolePolicyDocument=trust,
        Tags=tagged(names),
    )  # fmt: skip
    iam.put_role_policy(RoleName=role, PolicyName="own", PolicyDocument=document)


def _functions(names: Names) -> None:
    logs, lambda_ = client("logs"), client("lambda")
    for each in functions():
        group = names.log_group(each.name)
        logs.create_log_group(logGroupName=group, tags=names.tags)
        logs.put_retention_policy(logGroupName=group, retentionInDays=each.retention)
        wanted = {
            "FunctionName": names.function(each.name), "Runtime": "python3.12", "Handler": "handler.main",
            "Role": names.role_arn(names.role), "Code": {"ZipFile": zipped(each.folder)},
            "MemorySize": each.memory, "Timeout": each.timeout, "Layers": each.layers, "Tags": names.tags,
            "Environment": {"Variables": names.variables},
            "LoggingConfig": {"LogFormat": "Text", "LogGroup": group},
        }  # fmt: skip
        _patiently(lambda wanted=wanted: lambda_.create_function(**wanted))  # type: ignore[misc]
    for each in functions():
        _until_active(lambda_, names.function(each.name))


def _schedules(names: Names) -> None:
    scheduler = client("scheduler")
    for each in functions():
        target = {"Arn": names.arn(each.name), "RoleArn": names.role_arn(names.schedule_role)}
        scheduler.create_schedule(
            Name=names.function(each.name), ScheduleExpression=each.schedule, State="DISABLED",
            FlexibleTimeWindow={"Mode": "OFF"}, Target=target,
        )  # fmt: skip


def _patiently(call: Callable[[], object]) -> None:
    """IAM's changes take some seconds to be seen."""
    deadline = time.monotonic() + LONGEST
    while True:
        try:
            call()
            return
        except ClientError as error:
            if "assume" not in str(error) or time.monotonic() > deadline:
                raise
        time.sleep(PAUSE)


def _until_active(lambda_: Any, function: str) -> None:
    deadline = time.monotonic() + LONGEST
    while time.monotonic() < deadline:
        found = lambda_.get_function_configuration(FunctionName=function)
        if found["State"] == "Active" and found.get("LastUpdateStatus") != "InProgress":
            return
        time.sleep(PAUSE)
    raise TimeoutError(function)


def code(names: Names) -> None:
    """Put the code of the function that was changed."""
    lambda_ = client("lambda")
    for each in functions():
        lambda_.update_function_code(FunctionName=names.function(each.name), ZipFile=zipped(each.folder))
        _until_active(lambda_, names.function(each.name))


def down(names: Names) -> None:
    """Remove all of it; the bucket's objects a thousand a call."""
    scheduler, lambda_, logs, iam = (client(name) for name in ("scheduler", "lambda", "logs", "iam"))
    for each in functions():
        scheduler.delete_schedule(Name=names.function(each.name))
        lambda_.delete_function(FunctionName=names.function(each.name))
        logs.delete_log_group(logGroupName=names.log_group(each.name))
    empty(names)
    client("s3").delete_bucket(Bucket=names.bucket)
    for role in (names.role, names.schedule_role):
        iam.delete_role_policy(RoleName=role, PolicyName="own")
        iam.delete_role(RoleName=role)
    client("resource-groups").delete_group(Group=names.group)


def empty(names: Names) -> None:
    """Remove the bucket's objects."""
    s3 = client("s3")
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=names.bucket):
        if keys := [{"Key": found["Key"]} for found in page.get("Contents", [])]:
            s3.delete_objects(Bucket=names.bucket, Delete={"Objects": keys, "Quiet": True})


if __name__ == "__main__":
    {"up": up, "code": code, "down": down}[sys.argv[1]](Names(sys.argv[2]))
