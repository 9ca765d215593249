"""The permissions boundary: what no role of an environment can do, whatever is attached to it."""

from __future__ import annotations

from collections.abc import Iterable

from mayfly.clouds.aws.permissions.statements import (
    OBJECT_WRITES,
    READS,
    Document,
    allow,
    condition,
    deny,
    document,
)
from mayfly.naming.tagging import ENVIRONMENT

OWN = f"${{aws:PrincipalTag/{ENVIRONMENT}}}"
"""The environment that a role is tagged with. The deployer sets it, to its own stages alone."""

OWN_OBJECTS = f"arn:aws:s3:::{OWN}--*/*"
"""A bucket's name is its environment's, two hyphens and more: no environment's name has two in a row."""

OWN_LOGS = f"arn:aws:logs:*:*:log-group:/mayfly/{OWN}/*"
LOG_WRITES = ("logs:CreateLogStream", "logs:PutLogEvents")
INVOKE = ("lambda:InvokeFunction",)
DECRYPT = ("kms:Decrypt",)


def boundary(buckets: Iterable[str] | None = None) -> Document:
    """The managed policy `mayfly-boundary`, one an account, made by its owner and by nobody changed.

    A boundary gives nothing: it is the most that a role's own policies can give. What it does not allow,
    those cannot; what it denies, not even the policy of a bucket that names the role's session can.

    buckets: names of the only ones that may be read, besides the environment's own; None for every one that a
        role's own policies name, so that a new source asks for no change here.
    """
    readable = ["*"] if buckets is None else [f"arn:aws:s3:::{OWN}--*", *_with_objects(buckets)]
    same = {f"aws:ResourceTag/{ENVIRONMENT}": OWN}
    return document(
        [
            allow("Read", READS, readable),
            allow("ReadEncrypted", DECRYPT, "*", **condition(StringLike={"kms:ViaService": "s3.*"})),
            allow("WriteOwnObjects", OBJECT_WRITES, OWN_OBJECTS),
            allow("WriteOwnLogs", LOG_WRITES, OWN_LOGS),
            allow("InvokeOwnFunctions", INVOKE, "*", **condition(StringEquals=same)),
            deny(
                "NothingElse",
                NotAction=sorted([*READS, *DECRYPT, *OBJECT_WRITES, *LOG_WRITES, *INVOKE]),
                Resource="*",
            ),
            deny(
                "NothingOfOthers",
                Action=sorted([*OBJECT_WRITES, *LOG_WRITES]),
                NotResource=[OWN_LOGS, OWN_OBJECTS],
            ),
            deny("NoFunctionOfOthers", Action=list(INVOKE), Resource="*", **condition(StringNotEquals=same)),
            # A variable without a value may make its whole statement void, a Deny's too.
            deny(
                "NothingWithoutTheTag",
                Action="*",
                Resource="*",
                **condition(Null={f"aws:PrincipalTag/{ENVIRONMENT}": "true"}),
            ),
            # Whoever assumes a role may be let to set tags of the session, which count before the role's own.
            # The path is the role's, and nobody's choice then.
            deny(
                "NothingUnderAnotherPath",
                Action="*",
                Resource="*",
                **condition(ArnNotLike={"aws:PrincipalArn": f"arn:aws:iam::*:role/mayfly/{OWN}/*"}),
            ),
        ]
    )


def _with_objects(buckets: Iterable[str]) -> list[str]:
    return [
        arn for name in sorted(set(buckets)) for arn in (f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*")
    ]
