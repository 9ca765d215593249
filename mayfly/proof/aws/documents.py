"""Reads IAM policy documents: what a role may do beyond its environment, and what it may read there.

Source: IAM User Guide, "IAM JSON policy element reference". Conditions only narrow a statement and are not
weighed: what is too much without them is told. Nothing is called here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

READS = frozenset({"s3:getobject", "s3:listbucket", "s3:getbucketlocation"})
"""What an environment may do outside of itself, in lower case."""

OBJECTS = re.compile(r"arn:aws:s3:::([a-z0-9.-]+)/(.*?)\*?")
"""Objects of one bucket, below a prefix; a bucket's name with a wildcard in it stands for no one bucket."""

BUCKET = re.compile(r"arn:aws:s3:::[a-z0-9.-]+(/.*)?")


def beyond(document: object, own: Sequence[str]) -> list[str]:
    """What a policy allows beyond its environment's own and reads of buckets that it names, in words.

    document: as IAM gives it. own: what the ARNs of the environment's own things begin with.
    """
    found = []
    for statement in _allowing(document):
        if "NotAction" in statement or "NotResource" in statement:
            found.append(str(statement))
            continue
        for resource in _texts(statement.get("Resource")):
            wrong = [action for action in _texts(statement.get("Action")) if not _is_read(action, resource)]
            if wrong and not resource.startswith(tuple(own)):
                found.append(f"{', '.join(wrong)} on {resource}")
    return found


def read(document: object, own: Sequence[str]) -> set[tuple[str, str]]:
    """The buckets and prefixes outside of the environment whose objects a policy lets read."""
    return {
        (named[1], named[2])
        for statement in _allowing(document)
        for resource in _texts(statement.get("Resource"))
        if not resource.startswith(tuple(own)) and (named := OBJECTS.fullmatch(resource))
        if any(fnmatchcase("s3:getobject", action.lower()) for action in _texts(statement.get("Action")))
    }


def trusted(document: object) -> list[str]:
    """Who a role's trust policy admits; a statement's text where it is of a kind that we never write."""
    return sorted(who for statement in _allowing(document) for who in _admitted(statement))


def of_account(service: str, account: str) -> str:
    """A service that acts for one account alone, as `trusted` writes it."""
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
    """Statements that allow; a document of another form is one statement, told whole."""
    if not isinstance(document, dict) or not isinstance(document.get("Statement"), dict | list):
        return [{"NotAction": document}]
    statements = document["Statement"]
    listed = [statements] if isinstance(statements, dict) else statements
    return [statement for statement in listed if statement.get("Effect") != "Deny"]


def _is_read(action: str, resource: str) -> bool:
    return action.lower() in READS and bool(BUCKET.fullmatch(resource))


def _texts(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else [] if value is None else [str(value)]
