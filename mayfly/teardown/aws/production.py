"""Whether production's bucket policies name an environment. None should.

An environment reads production by one static statement that production owns. No verb and no component writes
a source's policy, and the deployer may not. So a statement that names the environment was written by hand,
and the receipt counts it.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterable
from dataclasses import dataclass
from typing import Any

from mayfly.clouds.aws import Aws, CloudError, translated
from mayfly.clouds.concurrent import concurrently
from mayfly.naming import aws
from mayfly.settings.sources import BucketArn
from mayfly.teardown.receipt import Grants


@dataclass(frozen=True)
class Principal:
    """A role of the environment. id: AROA…, which replaces its ARN in a policy when the role is gone."""

    arn: str
    id: str


def principals(cloud: Aws, environment: str, arns: Container[str]) -> tuple[Principal, ...]:
    """The environment's roles, while they are there. arns: those that are its own. Raises CloudError."""
    with translated(f"list the roles of {environment}"):
        pages = cloud.client("iam").get_paginator("list_roles").paginate(PathPrefix=aws.iam_path(environment))
        roles = [role for page in pages for role in page["Roles"]]
    return tuple(Principal(role["Arn"], role["RoleId"]) for role in roles if role["Arn"] in arns)


def proof(
    cloud: Aws, environment: str, sources: Iterable[str] | None, principals: Iterable[Principal]
) -> Grants:
    """Count the statements of the sources' bucket policies that name the environment.

    sources: ARNs of buckets, with or without a prefix; None when nobody knows them. principals: whom the
    statements could name.
    """
    buckets, roles = sorted({BucketArn(source).bucket for source in sources or ()}), tuple(principals)
    read = concurrently(lambda bucket: _statements(cloud, bucket), buckets) if sources is not None else [None]
    texts = None if None in read else [text for found in read for text in found or ()]
    return Grants(
        scopes=tuple(f"arn:aws:s3:::{bucket}" for bucket in buckets),
        principals=tuple(role.arn for role in roles),
        by_principal=_count(texts, [name for role in roles for name in (f'"{role.arn}"', f'"{role.id}"')]),
        by_description=_count(texts, [f":role{aws.iam_path(environment)}"]),
        given=False,
    )


def _count(texts: list[str] | None, names: list[str]) -> int | None:
    return None if texts is None else sum(any(name in text for name in names) for text in texts)


def _statements(cloud: Aws, bucket: str) -> list[str] | None:
    """A bucket's statements as JSON, None when its policy cannot be read.

    S3 never shows it to another account: it answers MethodNotAllowed (API reference of GetBucketPolicy).
    """
    try:
        with translated(f"GetBucketPolicy {bucket}"):
            policy: Any = json.loads(cloud.client("s3").get_bucket_policy(Bucket=bucket)["Policy"])
    except CloudError as error:
        return [] if error.code in ("NoSuchBucketPolicy", "NoSuchBucket") else None
    found = policy.get("Statement", [])
    return [json.dumps(statement) for statement in (found if isinstance(found, list) else [found])]
