"""Which resources that a Pulumi state names are what the sweep removes: told by type and name alone.

What is wrongly taken for the environment's own lets the record go, and no more: nothing is done to it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping

from mayfly.naming import aws
from mayfly.teardown.aws.owner import Owner
from mayfly.teardown.stack import Claim


def is_own(claim: Claim, owner: Owner, seen: Container[str]) -> bool:
    """Whether a claim is about a thing of the environment, or a part of one. seen: handles of what was."""
    by_type = next((rule for start, rule in RULES.items() if claim.type.startswith(start)), None)
    return by_type is not None and (claim.id in seen or by_type(claim.id, owner))


def _in_bucket(id: str, owner: Owner) -> bool:
    """A bucket, or what is set on it or lies in it: "bucket", "bucket,account", "bucket/key"."""
    bucket = re.split("[,/]", id)[0]
    start = aws.bucket_prefix(owner.environment)
    end = aws.bucket_hash(owner.project, owner.environment, owner.account)
    return bucket.startswith(start) and bucket.endswith(end)


def _named(id: str, owner: Owner) -> bool:
    """A role, a function, what is a part of one ("role:policy")."""
    return id.startswith(f"{owner.environment}-")


def _schedule(id: str, owner: Owner) -> bool:
    """ "group/name"."""
    return _named(id.rpartition("/")[2], owner)


def _policy(id: str, owner: Owner) -> bool:
    return id.startswith(f"arn:aws:iam::{owner.account}:policy{aws.iam_path(owner.environment)}")


def _log_group(id: str, owner: Owner) -> bool:
    return id.startswith(aws.log_prefix(owner.environment))


def _parameter(id: str, owner: Owner) -> bool:
    return id.startswith(f"/mayfly/{owner.environment}/")


def _listing(id: str, owner: Owner) -> bool:
    return id == aws.resource_group(owner.environment)


def _group(id: str, owner: Owner) -> bool:
    """Our own: "account/region/environment"."""
    return id == f"{owner.account}/{owner.region}/{owner.environment}"


RULES: Mapping[str, Callable[[str, Owner], bool]] = {
    "aws:s3/bucket": _in_bucket,
    "aws:iam/role": _named,
    "aws:iam/policy:": _policy,
    "aws:lambda/": _named,
    "aws:scheduler/schedule:": _schedule,
    "aws:cloudwatch/logGroup:": _log_group,
    "aws:ssm/parameter:": _parameter,
    "aws:resourcegroups/group:": _listing,
    "mayfly:aws:Group": _group,
}
"""What a type begins with → whether an id of such a type is the environment's."""
