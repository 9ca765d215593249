"""Production's side: the static statements of a source's bucket, and what the deployer may see of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mayfly.clouds.aws.statements import (
    READS,
    Document,
    Statement,
    allow,
    condition,
    deny,
    document,
)
from mayfly.naming.aws import BUCKETS

PREFIX = "Mayfly"
"""What the Sids of our statements in a bucket's policy begin with, and no others do."""

LOOKS = ("s3:GetBucketPolicy",)
"""Whether a bucket is there, and where, HeadBucket tells everybody, in its refusal too."""


def production(bucket: str, prefixes: Iterable[str], stages: Mapping[str, Iterable[str]]) -> Document:
    """The statements that production's owner puts into the policy of a source's bucket, once (see `merged`).

    They name no environment: what admits a role is its stage's path, which only that stage's deployer can
    make roles under, and only with the boundary. An account as the principal lets that account's own policies
    decide who may, so a role needs both. Everything but reads, and everything to the environments of other
    stages, is denied, in the bucket's own account too.

    bucket: its name. prefixes: what may be read, each "" (all of it) or ending in "/".
    stages: the accounts that environments are made in, 12 digits each, with what `stage` makes.
    """
    arn = f"arn:aws:s3:::{bucket}"
    readable, accounts = sorted(set(prefixes)) or [""], sorted(stages)
    admitted = {
        "aws:PrincipalArn": [
            f"arn:aws:iam::{account}:role/mayfly/{stage}/*"
            for account in accounts
            for stage in sorted(set(stages[account]))
        ]
    }
    all_of_them = {"aws:PrincipalArn": [f"arn:aws:iam::{account}:role/mayfly/*" for account in accounts]}
    who = {"Principal": {"AWS": [f"arn:aws:iam::{account}:root" for account in accounts]}}
    objects, both = [f"{arn}/{prefix}*" for prefix in readable], [arn, f"{arn}/*"]
    statements = [
        {**allow(f"{PREFIX}Read", ["s3:GetObject*"], objects, **condition(ArnLike=admitted)), **who},
        {
            **allow(
                f"{PREFIX}Look",
                ["s3:GetBucketLocation", "s3:ListBucket*"],
                arn,
                **condition(ArnLike=admitted),
            ),
            **who,
        },
        _denied("NothingElse", all_of_them, NotAction=sorted(READS), Resource=both),
        _denied("NoOtherStage", all_of_them, {"ArnNotLike": admitted}, Action="s3:*", Resource=both),
    ]
    return document(
        statements if "" in readable else [*statements, *_within(arn, readable, objects, admitted)]
    )


def _within(arn: str, prefixes: list[str], objects: list[str], roles: Mapping[str, Any]) -> list[Statement]:
    """Nothing outside the prefixes, by whatever policy; a list without a prefix is of the whole bucket."""
    asked = {"s3:prefix": [f"{prefix}*" for prefix in prefixes]}
    lists = ["s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:ListBucketVersions"]
    return [
        _denied("NoOtherObjects", roles, Action="s3:GetObject*", NotResource=objects),
        _denied("NoOtherNames", roles, {"StringNotLike": asked}, Action=lists, Resource=arn),
    ]


def _denied(
    sid: str, roles: Mapping[str, Any], more: Mapping[str, Any] | None = None, **of: Any
) -> Statement:
    return deny(f"{PREFIX}{sid}", Principal="*", **of, **condition(ArnLike=roles, **(more or {})))


def merged(existing: Mapping[str, Any] | None, ours: Mapping[str, Any]) -> Document:
    """A bucket's policy with our statements in the place of those we put there before, and all others kept.

    existing: the bucket's policy, None when it has none. ours: what `production` made.
    """
    kept: list[Statement] = []
    if existing is not None:
        found = existing["Statement"]
        all_of_them = [found] if isinstance(found, dict) else found
        kept = [
            statement for statement in all_of_them if not str(statement.get("Sid", "")).startswith(PREFIX)
        ]
    return {**(existing or {}), "Version": "2012-10-17", "Statement": [*kept, *ours["Statement"]]}


def deployer_sources(buckets: Iterable[str], clones: bool = False) -> Document:
    """What the deployer may do with sources' buckets: see where they are and whom they admit, and no more.

    buckets: their names. clones: whether tables in them are cloned, for which it reads the files that
        describe tables: columns and versions, and no rows.
    """
    arns = [f"arn:aws:s3:::{bucket}" for bucket in sorted(set(buckets))]
    all_in_them = [arn for bucket in arns for arn in (bucket, f"{bucket}/*")]
    if not clones:
        nothing_else = deny("NothingElse", NotAction=sorted(LOOKS), Resource=all_in_them)
        return document([allow("SeeSources", LOOKS, arns), nothing_else])
    described = [f"{bucket}/*.metadata.json" for bucket in arns]
    read = ["s3:GetObject"]
    return document(
        [
            allow("SeeSources", LOOKS, arns),
            allow("ReadDescriptions", read, described),
            deny("NothingElse", NotAction=sorted([*LOOKS, *read]), Resource=all_in_them),
            deny("NoRows", Action=read, NotResource=[*described, f"arn:aws:s3:::{BUCKETS}*"]),
        ]
    )
