"""Roles under the path of all environments that belong to none, and what of others' buckets they may read.

Production's statement admits whatever lies under a stage's path, so such a role is a reader of the lake that
no environment's `down` will ever meet.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import Any

from mayfly.clouds.aws.client import Aws
from mayfly.clouds.aws.errors import CloudError, translated
from mayfly.clouds.concurrent import run_concurrently
from mayfly.naming.aws import ROLES_PATH, bucket_prefix

BUCKET = "arn:aws:s3:::"


@dataclass(frozen=True)
class Role:
    """A role under an environment's path. reads: ARNs, with wildcards, of what is in buckets of others that
    its own policies name; None where these may not be read.
    """

    arn: str
    environment: str
    reads: tuple[str, ...] | None


def without_environment(cloud: Aws, environments: Container[str]) -> list[Role]:
    """The roles of environments that are not among these, in order of ARN: one query, and one for each found.

    Raises CloudError.
    """
    with translated(f"list the roles under {ROLES_PATH}"):
        pages = cloud.client("iam").get_paginator("list_roles").paginate(PathPrefix=ROLES_PATH)
        roles = {role["Arn"]: _environment(role["Path"]) for page in pages for role in page["Roles"]}
    lost = sorted((arn, name) for arn, name in roles.items() if name not in environments)
    found = run_concurrently(lambda one: _role(cloud, *one), lost)
    return [role for role in found if role is not None]


def _environment(path: str) -> str:
    return path.removeprefix(ROLES_PATH).partition("/")[0]


def _role(cloud: Aws, arn: str, environment: str) -> Role | None:
    """None for one that only the list still names."""
    role, own = arn.rpartition("/")[2], f"{BUCKET}{bucket_prefix(environment)}"
    try:
        with translated(f"read the policies of {role}"):
            cloud.client("iam").get_role(RoleName=role)  # of one that is gone, nothing else may be asked
            found = {each for text in _policies(cloud, role) for each in _allowed(text)}
    except CloudError as error:
        return None if error.tells_absence else Role(arn, environment, None)
    return Role(arn, environment, tuple(sorted(each for each in found if not each.startswith(own))))


def _policies(cloud: Aws, role: str) -> Iterator[Any]:
    iam = cloud.client("iam")
    for page in iam.get_paginator("list_role_policies").paginate(RoleName=role):
        for name in page["PolicyNames"]:
            document: Any = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
            yield json.loads(document) if isinstance(document, str) else document


def _allowed(policy: Any) -> Iterator[str]:
    """What of S3, or of everything, it allows anything on."""
    for statement in _many(policy["Statement"]):
        if statement["Effect"] == "Allow":
            resources = _many(statement.get("Resource", "*"))
            yield from (each for each in resources if each == "*" or each.startswith(BUCKET))


def _many(given: Any) -> list[Any]:
    return given if isinstance(given, list) else [given]
