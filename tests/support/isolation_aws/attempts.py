"""What a pipeline's deployer could try, to get at more than its own stages; each one call on a place.

Those that make something differ in one respect from what the deployer may do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mayfly.naming import aws
from tests.support.isolation_aws import documents
from tests.support.isolation_aws.operations import Call
from tests.support.isolation_aws.places import Place

Attempt = Callable[[Place, Place], Call]
"""A call, given the deployer's own place and a foreign one."""


def call(service: str, operation: str, **arguments: Any) -> Call:
    """One call."""
    return {"service": service, "operation": operation, "arguments": arguments}


def role(own: Place, **changes: Any) -> Call:
    """A role as the deployer makes it, with some of its arguments otherwise; None leaves one out."""
    tags = {"managed-by": "mayfly", "mayfly-env": own.environment, "mayfly-fabric": "awsqa"}
    made = {
        "RoleName": own.probe,
        "Path": own.path,
        "PermissionsBoundary": aws.boundary_arn(own.account),
        "AssumeRolePolicyDocument": documents.TRUSTING,
        "Tags": [{"Key": key, "Value": value} for key, value in (tags | changes.pop("tags", {})).items()],
        **changes,
    }
    return call("iam", "CreateRole", **{name: value for name, value in made.items() if value is not None})


def function(own: Place, name: str, role_arn: str) -> Call:
    """A function as the deployer makes it, with a role."""
    code = {"S3Bucket": own.bucket, "S3Key": "code.zip"}
    return call(
        "lambda", "CreateFunction", FunctionName=name, Role=role_arn, Code=code, Runtime="python3.12",
        Handler="probe.handler", Tags={"managed-by": "mayfly", "mayfly-env": own.environment},
    )  # fmt: skip


def schedule(own: Place, name: str, role_arn: str) -> Call:
    """A schedule as the deployer makes it, with a role."""
    target = {"Arn": own.function_arn, "RoleArn": role_arn}
    return call(
        "scheduler", "CreateSchedule", Name=name, ScheduleExpression="rate(1 days)", State="DISABLED",
        FlexibleTimeWindow={"Mode": "OFF"}, Target=target,
    )  # fmt: skip


def documented(own: Place) -> list[Call]:
    """What the deployer may do: a role, and a function and a schedule that it is passed to."""
    return [
        role(own, RoleName=own.role),
        function(own, own.function, own.role_arn),
        schedule(own, own.probe, own.role_arn),
    ]


def removal(own: Place) -> Iterator[Call]:
    """What takes away again what `documented` made."""
    yield call("scheduler", "DeleteSchedule", Name=own.probe)
    yield call("lambda", "DeleteFunction", FunctionName=own.function)
    yield call("iam", "DeleteRole", RoleName=own.role)


def _tagged(value: str) -> list[dict[str, str]]:
    return [{"Key": "mayfly-env", "Value": value}]


MAKING_ROLES: Mapping[str, Attempt] = {
    "a role without the boundary": lambda own, _: role(own, PermissionsBoundary=None),
    "a role with another boundary": lambda own, _: role(own, PermissionsBoundary=documents.ADMINISTRATOR),
    "a role outside the path": lambda own, _: role(own, Path=None),
    "a role under another path": lambda own, _: role(own, Path="/elsewhere/"),
    "a role under a foreign stage's path": lambda own, foreign: role(own, Path=foreign.path),
    "a role with a foreign stage's tag": lambda own, foreign: role(
        own, tags={"mayfly-env": foreign.environment}
    ),
    "a role without a tag": lambda own, _: role(own, Tags=None),
}

CHANGING_ROLES: Mapping[str, Attempt] = {
    "tag a role for a foreign stage": lambda own, foreign: call(
        "iam", "TagRole", RoleName=own.role, Tags=_tagged(foreign.environment)
    ),
    "take a role's tag": lambda own, _: call("iam", "UntagRole", RoleName=own.role, TagKeys=["mayfly-env"]),
    "take a role's boundary": lambda own, _: call("iam", "DeleteRolePermissionsBoundary", RoleName=own.role),
    "give a role another boundary": lambda own, _: call(
        "iam", "PutRolePermissionsBoundary", RoleName=own.role, PermissionsBoundary=documents.ADMINISTRATOR
    ),
    "attach a policy to a role": lambda own, _: call(
        "iam", "AttachRolePolicy", RoleName=own.role, PolicyArn=documents.ADMINISTRATOR
    ),
    "change whom a role trusts": lambda own, _: call(
        "iam", "UpdateAssumeRolePolicy", RoleName=own.role, PolicyDocument=documents.trust(own)
    ),
    "take a role": lambda own, _: call("sts", "AssumeRole", RoleArn=own.role_arn, RoleSessionName="probe"),
    "change a foreign role's policy": lambda _, foreign: call(
        "iam", "PutRolePolicy", RoleName=foreign.role, PolicyName="probe", PolicyDocument=documents.EVERYTHING
    ),
    "let a user in": lambda own, _: call("iam", "CreateAccessKey", UserName=own.probe),
    "widen itself": lambda own, _: call(
        "iam", "PutUserPolicy", UserName=own.probe, PolicyName="probe", PolicyDocument=documents.EVERYTHING
    ),
}

THE_BOUNDARY: Mapping[str, Attempt] = {
    "a new version of the boundary": lambda _, foreign: call(
        "iam", "CreatePolicyVersion", PolicyArn=foreign.boundary, PolicyDocument=documents.EVERYTHING,
        SetAsDefault=True,
    ),
    "another version of the boundary": lambda _, foreign: call(
        "iam", "SetDefaultPolicyVersion", PolicyArn=foreign.boundary, VersionId="v1"
    ),
    "no version of the boundary": lambda _, foreign: call(
        "iam", "DeletePolicyVersion", PolicyArn=foreign.boundary, VersionId="v1"
    ),
    "no boundary": lambda _, foreign: call("iam", "DeletePolicy", PolicyArn=foreign.boundary),
    "tag the boundary": lambda own, foreign: call(
        "iam", "TagPolicy", PolicyArn=foreign.boundary, Tags=_tagged(own.environment)
    ),
}  # fmt: skip

PASSING_ROLES: Mapping[str, Attempt] = {
    "a function with a foreign role": lambda own, foreign: function(
        own, f"{own.probe}-new", foreign.role_arn
    ),
    "a function with an administrator's role": lambda own, _: function(
        own, f"{own.probe}-new", administrator(own)
    ),
    "give a function a foreign role": lambda own, foreign: call(
        "lambda", "UpdateFunctionConfiguration", FunctionName=own.function, Role=foreign.role_arn
    ),
    "a schedule with a foreign role": lambda own, foreign: schedule(
        own, f"{own.probe}-new", foreign.role_arn
    ),
    "give a schedule a foreign role": lambda own, foreign: {
        **schedule(own, own.probe, foreign.role_arn),
        "operation": "UpdateSchedule",
    },
}

LETTING_OTHERS_IN: Mapping[str, Attempt] = {
    "let anybody call a function": lambda own, _: call(
        "lambda", "AddPermission", FunctionName=own.function, StatementId="probe",
        Action="lambda:InvokeFunction", Principal="*",
    ),
    "give a function an address": lambda own, _: call(
        "lambda", "CreateFunctionUrlConfig", FunctionName=own.function, AuthType="NONE"
    ),
    "change the lake's policy": lambda _, foreign: call(
        "s3", "PutBucketPolicy", Bucket=foreign.bucket, Policy=documents.on_bucket(foreign)
    ),
    "take the lake's policy": lambda _, foreign: call("s3", "DeleteBucketPolicy", Bucket=foreign.bucket),
    "read the lake": lambda _, foreign: call("s3", "GetObject", Bucket=foreign.bucket, Key=foreign.key),
    "list the lake": lambda _, foreign: call(
        "s3", "ListObjectsV2", Bucket=foreign.bucket, Prefix=foreign.folder
    ),
}  # fmt: skip

ATTEMPTS: Mapping[str, Attempt] = {
    **MAKING_ROLES, **CHANGING_ROLES, **THE_BOUNDARY, **PASSING_ROLES, **LETTING_OTHERS_IN
}  # fmt: skip


def administrator(own: Place) -> str:
    """ARN of a role of the account that is no environment's."""
    return f"arn:aws:iam::{own.account}:role/administrator"
