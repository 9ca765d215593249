"""Reads IAM policy documents: what a role may do beyond its environment, and what it may read there.

Conditions only narrow a statement, so they are ignored: what is too wide without them is reported.
Source: IAM User Guide, "IAM JSON policy element reference". Nothing is called here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

READS = frozenset({"s3:getobject", "s3:listbucket", "s3:getbucketlocation"})
"""The actions that an environment may use outside itself, in lower case."""

OBJECTS = re.compile(r"arn:aws:s3:::([a-z0-9.-]+)/(.*?)\*?")
"""Objects of one bucket below a prefix. A bucket's name with a wildcard names no single bucket."""

BUCKET = re.compile(r"arn:aws:s3:::[a-z0-9.-]+(/.*)?")


def beyond(document: object, own: Sequence[str]) -> list[str]:
    """Return, in words, what a policy allows beyond the environment and reads of named buckets.

    document: as IAM gives it. own: prefixes of the ARNs of the environment's own resources.
    """
    found = []
    for statement in _allowing(document):
        if "NotAction" in statement or "NotResource" in statement:
            found.append(str(statement))
            continue
        for resource in _texts(statement.get("Resource")):
            bucket = BUCKET.fullmatch(resource)
            actions = _texts(statement.get("Action"))
            wrong = [action for action in actions if not (bucket and action.lower() in READS)]
            if wrong and not resource.startswith(tuple(own)):
                found.append(f"{', '.join(wrong)} on {resource}")
    return found


def read(document: object, own: Sequence[str]) -> set[tuple[str, str]]:
    """Return the buckets and prefixes outside the environment whose objects a policy lets a role read."""
    return {
        (named[1], named[2])
        for statement in _allowing(document)
        for resource in _texts(statement.get("Resource"))
        if not resource.startswith(tuple(own)) and (named := OBJECTS.fullmatch(resource))
        if any(fnmatchcase("s3:getobject", action.lower()) for action in _texts(statement.get("Action")))
    }


def trusted(document: object) -> list[str]:
    """Return who may assume a role by its trust policy; an unknown form of statement is returned as text."""
    return sorted(who for statement in _allowing(document) for who in _admitted(statement))


def of_account(service: str, account: str) -> str:
    """Return a service that acts for one account only, as `trusted` writes it."""
    return f"{service} of {account}"


def _admitted(statement: Mapping[str, Any]) -> Iterator[str]:
    principal, conditions = statement.get("Principal"), statement.get("Condition")
    services = principal.get("Service") if isinstance(principal, dict) and len(principal) == 1 else None
    if services is None or statement.get("Action") != "sts:AssumeRole":
        yield str(statement)
        return
    account = (conditions or {}).get("StringEquals", {}).get("aws:SourceAccount")
    for service in _texts(services):
        yield of_account(service, account) if isinstance(account, str) else service


def _allowing(document: object) -> Iterable[Mapping[str, Any]]:
    """The statements that allow; a document of another form counts as one that allows everything."""
    if not isinstance(document, dict) or not isinstance(document.get("Statement"), dict | list):
        return [{"NotAction": document}]
    statements = document["Statement"]
    listed = [statements] if isinstance(statements, dict) else statements
    return [statement for statement in listed if statement.get("Effect") != "Deny"]


def _texts(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else [] if value is None else [str(value)]
