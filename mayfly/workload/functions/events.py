"""A recorded event, rewritten so that it names an environment's stores and not production's."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, urlsplit

from mayfly.settings import EnvironmentSettings
from mayfly.workload.functions.variables import addresses

S3 = "s3://"
ARN = "arn:aws:s3:::"


@dataclass(frozen=True)
class StorePlace:
    """Where a store is. bucket: its name. prefix: of its keys, "" or ending in a slash."""

    bucket: str
    prefix: str

    @classmethod
    def of(cls, address: str) -> StorePlace:
        """As an environment variable has it: `s3://bucket/prefix/`."""
        parts = urlsplit(address)
        return cls(parts.netloc, parts.path.lstrip("/"))


Moves = Mapping[StorePlace, StorePlace]


def moves(
    wanted: EnvironmentSettings, bucket: str, others: Iterable[tuple[EnvironmentSettings, str]]
) -> dict[StorePlace, StorePlace]:
    """Return where each store of production is → where the environment has it, where that differs.

    bucket: the environment's own. others: permanent environments of the same workload, each with its own
    bucket.
    """
    here = {store: StorePlace.of(address) for store, address in addresses(wanted.variables, bucket).items()}
    found = {}
    for other, its_bucket in others:
        for store, address in addresses(other.variables, its_bucket).items():
            there = StorePlace.of(address)
            if store in here and here[store] != there:
                found[there] = here[store]
    return found


def rewritten(event: Any, moved: Moves) -> tuple[Any, int]:
    """Return an event with the environment's stores in the place of production's, and how many were replaced.

    Known are records of S3 and of EventBridge (a bucket with its key), and texts that are an address of S3 or
    the ARN of a bucket or an object. A text that is JSON itself, such as a message's body, is looked into.
    """
    if isinstance(event, list):
        parts = [rewritten(part, moved) for part in event]
        return [part for part, _ in parts], sum(count for _, count in parts)
    if isinstance(event, dict):
        return _mapping(event, moved)
    if isinstance(event, str):
        return _text(event, moved)
    return event, 0


def _mapping(event: Mapping[str, Any], moved: Moves) -> tuple[dict[str, Any], int]:
    bucket, thing = event.get("bucket"), event.get("object")
    if isinstance(bucket, dict) and isinstance(thing, dict) and isinstance(thing.get("key"), str):
        # Records of S3 have keys as in a query, those of EventBridge as they are.
        spelled = quote_plus if "s3SchemaVersion" in event else str
        if (place := _moved(str(bucket.get("name")), thing["key"], moved, spelled)) is not None:
            name, key = place
            arn = {"arn": f"{ARN}{name}"} if "arn" in bucket else {}
            named = {"bucket": {**bucket, "name": name, **arn}, "object": {**thing, "key": key}}
            return {**event, **named}, 1
    parts = {key: rewritten(value, moved) for key, value in event.items()}
    return {key: value for key, (value, _) in parts.items()}, sum(count for _, count in parts.values())


def _text(text: str, moved: Moves) -> tuple[str, int]:
    for start in (S3, ARN):
        if text.startswith(start):
            name, slash, key = text.removeprefix(start).partition("/")
            if (place := _moved(name, key, moved, str)) is not None:
                return f"{start}{place[0]}{slash}{place[1]}", 1
    if text.lstrip()[:1] in ("{", "["):
        try:
            inner, count = rewritten(json.loads(text), moved)
        except ValueError:
            return text, 0
        return (json.dumps(inner), count) if count else (text, 0)
    return text, 0


def _moved(bucket: str, key: str, moved: Moves, spelled: Callable[[str], str]) -> tuple[str, str] | None:
    """Bucket and key in the environment; None for those of no store. The longest prefix decides."""
    for there in sorted(moved, key=lambda place: len(place.prefix), reverse=True):
        start = _spelled(there.prefix, spelled)
        if bucket == there.bucket and key.startswith(start):
            here = moved[there]
            return here.bucket, _spelled(here.prefix, spelled) + key.removeprefix(start)
    return None


def _spelled(prefix: str, spelled: Callable[[str], str]) -> str:
    return "/".join(spelled(part) for part in prefix.split("/"))
