"""The permissions boundary: what no role of an environment can do, whatever is attached to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mayfly.clouds.aws.statements import (
    NOTHING_ELSE_READ,
    OBJECT_WRITES,
    READS,
    Document,
    Statement,
    allow,
    condition,
    deny,
    document,
)
from mayfly.naming.aws import bucket_prefix
from mayfly.naming.clones import NAMESPACE_TAG, NAMESPACES
from mayfly.naming.tagging import ENVIRONMENT

OWN = f"${{aws:PrincipalTag/{ENVIRONMENT}}}"
"""The environment that a role is tagged with. The deployer sets it, to its own stages alone."""

OWN_BUCKETS = f"arn:aws:s3:::{bucket_prefix(OWN)}*"
"""The buckets and all in them. No environment's name has the two hyphens in it that end it there."""

OWN_OBJECTS = f"{OWN_BUCKETS}/*"

LOG_WRITES = ("logs:CreateLogStream", "logs:PutLogEvents")
INVOKE = ("lambda:InvokeFunction",)
GLUE_TABLES = (
    "glue:CreateTable",
    "glue:DeleteTable",
    "glue:GetDatabase",
    "glue:GetTable",
    "glue:GetTables",
    "glue:UpdateTable",
)
"""What working with the tables of a database is. Not making, removing or changing the database."""

OWN_NAMESPACE = f"{NAMESPACES}${{aws:PrincipalTag/{NAMESPACE_TAG}}}__*"
"""The databases of an environment's clones."""

DECRYPT = ("kms:Decrypt",)

DECRYPTING = ["lambda.*", "s3.*"]
"""The services that decrypt as the role: a function's variables, an object.

Source: AWS Lambda Developer Guide, "Securing Lambda environment variables"; Amazon S3 User Guide, "SSE-KMS".
"""


def boundary(account: str, sources: Mapping[str, Iterable[str]], clones: bool = False) -> Document:
    """The managed policy `mayfly-boundary`, one an account, made by its owner and by nobody changed.

    A boundary gives nothing: it is the most that a role's own policies can give. What it does not allow,
    those cannot. What it denies, not even the policy of a resource can give that names the role's session or
    everybody; what is only not allowed, such a policy can. Source: IAM User Guide, "Policy evaluation logic".

    account: the one that the roles are in, 12 digits. sources: the only buckets that may be read besides the
        environment's own, each with its prefixes: "" for all of it, or ending in "/". clones: whether
        environments clone tables of Glue, which they then may write.
    """
    tables = GLUE_TABLES if clones else ()
    same = {f"aws:ResourceTag/{ENVIRONMENT}": OWN}
    own_logs = f"arn:aws:logs:*:{account}:log-group:/mayfly/{OWN}/*"
    functions = f"arn:aws:lambda:*:{account}:function:*"
    via = {"kms:ViaService": DECRYPTING}
    readable = [
        f"arn:aws:s3:::{bucket}{part}"
        for bucket, prefixes in sorted(sources.items())
        for part in ("", *(f"/{prefix}*" for prefix in sorted(set(prefixes))))
    ]
    return document(
        [
            allow("Read", READS, "*"),
            allow("ReadEncrypted", DECRYPT, "*", **condition(StringLike=via)),
            allow("WriteOwnObjects", OBJECT_WRITES, OWN_OBJECTS),
            allow("WriteOwnLogs", LOG_WRITES, own_logs),
            allow("InvokeOwnFunctions", INVOKE, functions, **condition(StringEquals=same)),
            *(_own_tables(account) if clones else ()),
            deny(
                "NothingElse",
                NotAction=sorted([*READS, *DECRYPT, *OBJECT_WRITES, *LOG_WRITES, *INVOKE, *tables]),
                Resource="*",
            ),
            deny(NOTHING_ELSE_READ, Action=list(READS), NotResource=[OWN_BUCKETS, *readable]),
            deny("NothingElseDecrypted", Action=list(DECRYPT), Resource="*", **condition(StringNotLike=via)),
            deny(
                "NothingOfOthers",
                Action=sorted([*OBJECT_WRITES, *LOG_WRITES]),
                NotResource=[own_logs, OWN_OBJECTS],
            ),
            # A bucket's ARN has no account, and anybody may have made one of a fitting name.
            deny(
                "NothingOfOtherAccounts",
                Action=list(OBJECT_WRITES),
                Resource="*",
                **condition(StringNotEquals={"aws:ResourceAccount": account}),
            ),
            deny("NoFunctionOfOthers", Action=list(INVOKE), Resource="*", **condition(StringNotEquals=same)),
            # The deployer chooses whom a role trusts. Data is for the code of functions, not for whom it lets
            # take the role. Source: Lambda Developer Guide, "Using source function ARN to control function
            # access behavior".
            deny(
                "NoDataOutsideFunctions",
                Action=sorted([*READS, *OBJECT_WRITES, *tables]),
                Resource="*",
                **condition(Null={"lambda:SourceFunctionArn": "true"}),
            ),
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
                **condition(ArnNotLike={"aws:PrincipalArn": f"arn:aws:iam::{account}:role/mayfly/{OWN}/*"}),
            ),
        ]
    )


def _own_tables(account: str) -> list[Statement]:
    """Glue decides on a table, its database and the catalog, so a denial of all but the own ones is whole."""
    own = [
        f"arn:aws:glue:*:{account}:{each}"
        for each in ("catalog", f"database/{OWN_NAMESPACE}", f"table/{OWN_NAMESPACE}/*")
    ]
    untagged = {f"aws:PrincipalTag/{NAMESPACE_TAG}": "true"}
    return [
        allow("WriteOwnTables", GLUE_TABLES, own),
        deny("NoTablesOfOthers", Action=list(GLUE_TABLES), NotResource=own),
        deny("NoTablesWithoutTheTag", Action=list(GLUE_TABLES), Resource="*", **condition(Null=untagged)),
    ]
