"""Roles under the path of environments that do not exist, and which buckets of others they may read.

Production's statement admits every role under a stage's path. So such a role may read the lake, and no
environment's `down` removes it.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mayfly.clouds.aws.client import Aws
from mayfly.clouds.aws.errors import CloudError, translated
from mayfly.clouds.concurrent import concurrently
from mayfly.naming.aws import ROLES_PATH, bucket_prefix, by_key

BUCKET = "arn:aws:s3:::"


@dataclass(frozen=True)
class Role:
    """A role under an environment's path. reads: ARNs, with wildcards, of what is in buckets of others that
    its own policies name; None where these may not be read. made: when. tags: its own.
    """

    arn: str
    environment: str
    reads: tuple[str, ...] | None
    made: datetime | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


def of_environments(cloud: Aws) -> list[Role]:
    """Every role under an environment's path, in order of ARN, as the list tells: without tags. One query.

    Raises CloudError.
    """
    with translated(f"list the roles under {ROLES_PATH}"):
        pages = cloud.client("iam").get_paginator("list_roles").paginate(PathPrefix=ROLES_PATH)
        found = [role for page in pages for role in page["Roles"]]
    listed = (
        Role(role["Arn"], role["Path"].removeprefix(ROLES_PATH).partition("/")[0], None, role["CreateDate"])
        for role in found
    )
    return sorted(listed, key=lambda role: role.arn)


def without_environment(cloud: Aws, listed: Sequence[Role], environments: Container[str]) -> list[Role]:
    """Those of listed roles whose environments are not among these; some calls for each.

    Raises CloudError.
    """
    lost = [role for role in listed if role.environment not in environments]
    read = concurrently(lambda one: _role(cloud, one.arn, one.environment), lost)
    return [role for role in read if role is not None]


def _role(cloud: Aws, arn: str, environment: str) -> Role | None:
    """None for one that only the list still names."""
    role, own = arn.rpartition("/")[2], f"{BUCKET}{bucket_prefix(environment)}"
    try:
        with translated(f"read the policies of {role}"):
            shown = cloud.client("iam").get_role(RoleName=role)["Role"]  # of one that is gone, nothing else
            found = {each for text in _policies(cloud, role) for each in _allowed(text)}
    except CloudError as error:
        return None if error.tells_absence else Role(arn, environment, None)
    reads = tuple(sorted(each for each in found if not each.startswith(own)))
    return Role(arn, environment, reads, shown["CreateDate"], by_key(shown.get("Tags", [])))


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
