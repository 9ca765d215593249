"""What the roles of an environment may do, as IAM policy documents.

The language: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html; which action
takes which resource: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

Statement = dict[str, Any]

READ_OBJECT = ("s3:GetObject",)
LIST_BUCKET = ("s3:ListBucket",)
FIND_BUCKET = ("s3:GetBucketLocation",)
LIST_OWN = ("s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads")
WRITE_OWN = (
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:GetObject",
    "s3:ListMultipartUploadParts",
    "s3:PutObject",
)
WRITE_LOGS = ("logs:CreateLogStream", "logs:PutLogEvents")
WRITE_TABLES = (
    "glue:CreateTable",
    "glue:DeleteTable",
    "glue:GetDatabase",
    "glue:GetTable",
    "glue:GetTables",
    "glue:UpdateTable",
)
INVOKE = ("lambda:InvokeFunction",)
SEND = ("sqs:SendMessage",)
LAMBDA = "lambda.amazonaws.com"
SCHEDULER = "scheduler.amazonaws.com"


def execution(sources: Iterable[str], bucket: str, logs: str, databases: Sequence[str] = ()) -> str:
    """Return what an environment's functions may do, as JSON.

    sources: ARNs of the buckets that are read, each with a prefix or without: "arn:aws:s3:::lake/flights/".
    bucket: name of the environment's own bucket, which is read and written.
    logs: ARN of the environment's log groups, "arn:aws:logs:<region>:<account>:log-group:/mayfly/<env>/*".
    databases: ARNs of its clones' databases of Glue, which decides on a table and on all that it lies in.
    """
    own = f"arn:aws:s3:::{bucket}"
    return _document(
        *_reads(_by_bucket(sources)),
        _allow("ListOwn", LIST_OWN, [own]),
        _allow("WriteOwn", WRITE_OWN, [f"{own}/*"]),
        _allow("WriteLogs", WRITE_LOGS, [logs]),
        *([_allow("WriteTables", WRITE_TABLES, _with_tables(databases))] if databases else ()),
    )


def _with_tables(databases: Sequence[str]) -> list[str]:
    """Return the ARNs of the catalog, of databases in it, and of what is in these."""
    catalog = databases[0].partition("database/")[0] + "catalog"
    return [catalog, *databases, *(f"{each.replace(':database/', ':table/')}/*" for each in databases)]


def scheduling(functions: Iterable[str]) -> str:
    """Return what an environment's schedules may do, as JSON: invoke these functions, given by their ARNs."""
    return _document(_allow("InvokeOwn", INVOKE, sorted(functions)))


def reaping(function: str, queue: str) -> str:
    """Return what a reaper's schedule may do, as JSON: call its function, and tell of calls that failed.

    function, queue: ARNs.
    """
    return _document(_allow("InvokeOwn", INVOKE, [function]), _allow("TellOfFailures", SEND, [queue]))


def trust(service: str, account: str | None = None) -> str:
    """Return a trust policy, as JSON: only a service may assume the role, and only for `account` if given.

    A service that acts for many accounts says for which: without the condition, another account's schedule
    could be given this role (https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html).
    """
    statement: Statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
    }
    if account is not None:
        statement["Condition"] = {"StringEquals": {"aws:SourceAccount": account}}
    return _document(statement)


def tls_only(bucket: str) -> str:
    """Return a bucket's policy, as JSON, that refuses every request that is not encrypted on its way."""
    own = f"arn:aws:s3:::{bucket}"
    return _document(
        {
            "Sid": "TlsOnly",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [own, f"{own}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    )


def _by_bucket(sources: Iterable[str]) -> dict[str, set[str]]:
    """Return the prefixes that are read, by their bucket's ARN; {""} for a bucket that is read whole."""
    found: dict[str, set[str]] = {}
    for source in sources:
        bucket, _, prefix = source.partition("/")
        found.setdefault(bucket, set()).add(prefix)
    return {bucket: {""} if "" in prefixes else prefixes for bucket, prefixes in sorted(found.items())}


def _reads(prefixes: dict[str, set[str]]) -> Iterator[Statement]:
    """Yield the statements for reading: find each bucket, list and read below its prefixes only."""
    if not prefixes:
        return
    whole = [bucket for bucket, below in prefixes.items() if below == {""}]
    objects = [f"{bucket}/{prefix}*" for bucket, below in prefixes.items() for prefix in sorted(below)]
    yield _allow("FindSources", FIND_BUCKET, list(prefixes))
    yield _allow("ReadSources", READ_OBJECT, objects)
    if whole:
        yield _allow("ListSources", LIST_BUCKET, whole)
    parts = [(bucket, below) for bucket, below in prefixes.items() if bucket not in whole]
    for number, (bucket, below) in enumerate(parts, start=1):
        condition = {"StringLike": {"s3:prefix": [f"{prefix}*" for prefix in sorted(below)]}}
        yield {**_allow(f"ListSources{number}", LIST_BUCKET, [bucket]), "Condition": condition}


def _allow(sid: str, actions: Iterable[str], resources: list[str]) -> Statement:
    return {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": resources}


def _document(*statements: Statement) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
