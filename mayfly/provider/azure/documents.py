"""The documents of a factory: keys, validation, and when two of them are equal."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from mayfly.naming.limits import LIMITS
from mayfly.workload.factory.document_kinds import DOCUMENT_KINDS
from mayfly.workload.factory.secrets import find_secrets

TRIGGER = "trigger/"


def path(key: str) -> str:
    """Return a key as the end of a resource id: "pipeline/flights" → "pipelines/flights".

    Raises ValueError for a key that is not the folder of a kind and a name.
    """
    folder, slash, name = key.partition("/")
    if not slash or "/" in name:
        raise ValueError("a key is a folder and a name, such as pipeline/flights")
    if folder not in DOCUMENT_KINDS:
        raise ValueError(f"'{folder}' is not a folder of a factory: one of {', '.join(DOCUMENT_KINDS)}")
    limit = LIMITS[DOCUMENT_KINDS[folder].type]
    if not limit.allows(name) or name != name.strip():
        raise ValueError(f"'{name}' cannot be a name: {limit.allowed}")
    return f"{DOCUMENT_KINDS[folder].collection}/{name}"


def properties(text: str) -> dict[str, Any]:
    """Return the part of a document that is sent, unchanged."""
    found: dict[str, Any] = json.loads(text)["properties"]
    return found


def same(one: str, other: str) -> bool:
    """Return whether two texts are the same document; white space and the order of keys do not count."""
    return one == other or _canonical(properties(one)) == _canonical(properties(other))


def _canonical(properties: dict[str, Any]) -> str:
    """As text, since Python takes 1 and true for equal."""
    return json.dumps(properties, sort_keys=True)


def same_but_for_state(one: str, other: str) -> bool:
    """Return whether two texts are equal but for runtimeState, which the cloud writes into a trigger."""
    first, second = properties(one), properties(other)
    first.pop("runtimeState", None)
    second.pop("runtimeState", None)
    return _canonical(first) == _canonical(second)


def is_trigger(key: str) -> bool:
    """Return whether a key names a trigger."""
    return key.startswith(TRIGGER)


def wants_to_run(text: str) -> bool:
    """Return whether a trigger's file lets it run: unless its runtimeState is Stopped or Disabled."""
    return properties(text).get("runtimeState", "Started") not in ("Stopped", "Disabled")


def holds_secret(text: str) -> bool:
    """Return whether a document holds a plain secret, such as a key; False if it is not JSON."""

    try:
        return bool(find_secrets(json.loads(text)))
    except ValueError:
        return False


def problems(documents: Mapping[str, str | None]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the documents, as (key, reason). None stands for a text not known yet.

    No reason repeats a document's content: it may hold secrets.
    """
    for key, text in documents.items():
        try:
            path(key)
        except ValueError as error:
            yield key, str(error)
            continue
        if text is not None and (reason := _text_problem(key.partition("/")[2], text)):
            yield key, reason
    seen: dict[str, str] = {}
    for key in documents:
        # Names are case-insensitive in the cloud: of two keys that differ by case, one would undo the other.
        first = seen.setdefault(key.lower(), key)
        if first != key:
            yield key, f"differs from '{first}' by case alone"


def _text_problem(name: str, text: str) -> str | None:
    try:
        document = json.loads(text)
    except ValueError as error:
        place = (
            f"line {error.lineno}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        )
        return f"is not JSON: {place}"
    if not isinstance(document, dict) or not isinstance(document.get("properties"), dict):
        return 'is not a document: {"name": …, "properties": {…}} is asked for'
    if document.get("name", name) != name:
        return f"its name is '{document['name']}', its key says '{name}'"
    return None
