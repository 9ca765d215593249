"""What IAM says of an environment's execution role: whatever is attached, the boundary holds it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from mayfly import naming
from mayfly.cli.clouds import Row
from mayfly.naming.tagging import ENVIRONMENT

if TYPE_CHECKING:
    from mypy_boto3_iam.type_defs import RoleTypeDef

    from mayfly.clouds.aws import Aws
    from mayfly.settings import EnvironmentSettings

WHO = "the execution role"
TRUSTED = ["lambda.amazonaws.com"]


def rows(cloud: Aws, wanted: EnvironmentSettings, role: RoleTypeDef, boundary: str) -> list[Row]:
    """The role as it stands. boundary: the ARN that it should have. Raises CloudError."""
    found = {
        "has the boundary": (boundary, role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")),
        "is under the path": (naming.aws.iam_path(wanted.name), role["Path"]),
        "is taken by": (TRUSTED, sorted(_trusted(role.get("AssumeRolePolicyDocument")))),
        "is tagged": (
            wanted.name,
            {tag["Key"]: tag["Value"] for tag in role.get("Tags", [])}.get(ENVIRONMENT),
        ),
        "has attached policies": ([], attached(cloud, role["RoleName"])),
    }
    return [_row(what, role["Arn"], expected, got) for what, (expected, got) in found.items()]


def attached(cloud: Aws, role: str) -> list[str]:
    """ARNs of the managed policies that somebody attached. Raises CloudError."""
    from mayfly.clouds.aws import translated

    pages = cloud.client("iam").get_paginator("list_attached_role_policies")
    with translated(f"ListAttachedRolePolicies {role}"):
        return [
            item["PolicyArn"] for page in pages.paginate(RoleName=role) for item in page["AttachedPolicies"]
        ]


def _trusted(document: Any) -> Iterator[str]:
    """Who a trust policy admits; a whole statement's text where it is of a kind that we never write."""
    statements = document.get("Statement", []) if isinstance(document, dict) else []
    for statement in statements if isinstance(statements, list) else [statements]:
        principal = statement.get("Principal")
        if set(principal or ()) == {"Service"} and statement.get("Action") == "sts:AssumeRole":
            services = principal["Service"]
            yield from [services] if isinstance(services, str) else services
        elif statement.get("Effect") != "Deny":
            yield str(statement)


def _row(what: str, where: str, expected: object, got: object) -> Row:
    return Row(WHO, what, where, _words(expected), _words(got), expected == got)


def _words(value: object) -> str:
    return ", ".join(value) if isinstance(value, list) and value else str(value or "none")
