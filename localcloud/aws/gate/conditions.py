"""Condition keys that our policies use and MiniStack does not know.

Source: Service Authorization Reference, "Condition keys" of AWS Identity and Access Management, of AWS Lambda
and of Amazon EventBridge Scheduler.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from localcloud.aws.gate import emulator, sessions

PASSING = {
    ("lambda", "CreateFunction"): ("Role",),
    ("lambda", "UpdateFunctionConfiguration"): ("Role",),
    ("scheduler", "CreateSchedule"): ("Target", "RoleArn"),
    ("scheduler", "UpdateSchedule"): ("Target", "RoleArn"),
}
"""Where a request names a role that it passes to a service."""


def keys(service: str, operation: str | None, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """`iam:PermissionsBoundary`: of the role that is being made, given another, or changed."""
    if service != "iam" or "RoleName" not in parameters:
        return {}
    boundary: str | None
    if operation in ("CreateRole", "PutRolePermissionsBoundary"):
        boundary = _one(parameters, "PermissionsBoundary")
    else:
        boundary = (emulator.iam._roles.get(_one(parameters, "RoleName")) or {}).get("PermissionsBoundary")
    found = {"iam:permissionsboundary": boundary, "iam:policyarn": _one(parameters, "PolicyArn")}
    return {name: value for name, value in found.items() if value}


def mapping(service: str, path: str) -> dict[str, Any]:
    """`lambda:FunctionArn`: of an event source mapping, whose own ARN says nothing of its function."""
    if service != "lambda" or "/event-source-mappings" not in path:
        return {}
    known = emulator.lambda_svc._esms.get(path.rstrip("/").rpartition("/")[2]) or {}
    return {"lambda:functionarn": known["FunctionArn"]} if "FunctionArn" in known else {}


def source_function(key: str) -> dict[str, str]:
    """`lambda:SourceFunctionArn`: in what a function's code asks, with its credentials.

    Source: AWS Lambda Developer Guide, "Using source function ARN to control function access behavior".
    """
    function = sessions.function_of(key)
    return {"lambda:sourcefunctionarn": function} if function else {}


CANNOT_ASSUME = {
    "lambda": (
        "InvalidParameterValueException",
        "The role defined for the function cannot be assumed by Lambda.",
    ),
    "scheduler": (
        "ValidationException",
        "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.",
    ),
}
"""Code and message for a role that is not there, or does not trust the service."""


def trusts(role: str, service: str) -> bool:
    """Whether a role is there, and lets a service take it. service: `lambda.amazonaws.com`."""
    found = emulator.iam._roles.get(role.rpartition("/")[2])
    if not found or found["Arn"] != role:
        return False
    statements = json.loads(found["AssumeRolePolicyDocument"])["Statement"]
    allowed = [one for one in _listed(statements) if one["Effect"] == "Allow" and one["Principal"] != "*"]
    return any(service in _listed(one["Principal"].get("Service", [])) for one in allowed)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def passed(service: str, operation: str | None, body: bytes) -> tuple[str, str] | None:
    """The role's ARN and the service that gets it."""
    where = PASSING.get((service, operation or ""))
    if where is None:
        return None
    try:
        value = json.loads(body)
        for name in where:
            value = value[name]
    except (ValueError, KeyError, TypeError):
        return None
    return (str(value), f"{service}.amazonaws.com") if value else None


def resource_tags(arn: str) -> dict[str, str]:
    """`aws:ResourceTag/…` of what the request is about. A version or an alias has its function's."""
    parts = arn.split(":")
    whole = ":".join(parts[:7]) if parts[2:3] == ["lambda"] else arn
    return {
        f"aws:resourcetag/{name}".lower(): value
        for name, value in (emulator.tagging.resource_tags(whole) or {}).items()
    }


def _one(parameters: Mapping[str, Any], name: str) -> str:
    value = parameters.get(name, "")
    return str(value[0] if isinstance(value, list) else value)
