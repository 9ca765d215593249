"""The documents of a factory: their keys, what they must look like, and when two of them are the same."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mayfly.workload.factory.secrets import held

# Folder of ADF Studio's Git layout → type in the Resource Manager id (api-version 2018-06-01).
TYPES = {
    "pipeline": "pipelines",
    "dataset": "datasets",
    "linkedService": "linkedservices",
    "trigger": "triggers",
    "dataflow": "dataflows",
    "integrationRuntime": "integrationRuntimes",
    "credential": "credentials",
    "managedVirtualNetwork": "managedVirtualNetworks",
    "managedPrivateEndpoint": "managedPrivateEndpoints",
}
# Source: "Data Factory - naming rules", and the patterns of the REST API's specification.
NAME = re.compile(r"[A-Za-z0-9_][^<>*#.%&:\\+?/\x00-\x1f]{0,259}")
TRIGGER = "trigger/"


def path(key: str) -> str:
    """A key as the end of a resource id: "pipeline/flights" → "pipelines/flights". ValueError for a bad key.

    A managed private endpoint lies in a network: "managedVirtualNetwork/default/managedPrivateEndpoint/lake".
    """
    parts = key.split("/")
    pairs = list(zip(parts[::2], parts[1::2], strict=False))
    if len(parts) % 2 or not pairs:
        raise ValueError("a key is a folder and a name, such as pipeline/flights")
    return "/".join(f"{_type(kind)}/{_name(name)}" for kind, name in pairs)


def _type(kind: str) -> str:
    if kind not in TYPES:
        raise ValueError(f"'{kind}' is not a folder of a factory: one of {', '.join(TYPES)}")
    return TYPES[kind]


def _name(name: str) -> str:
    if not NAME.fullmatch(name) or name != name.strip():
        raise ValueError(f"'{name}' cannot be a name: 1-260 characters, none of < > * # . % & : \\ + ? /")
    return name


def properties(text: str) -> dict[str, Any]:
    """The part of a document that is sent, as it stands."""
    found: dict[str, Any] = json.loads(text)["properties"]
    return found


def same(one: str, other: str) -> bool:
    """Whether two texts are the same document; line ends, indents and the order of keys do not count."""
    return one == other or _canonical(one) == _canonical(other)


def _canonical(text: str) -> str:
    return json.dumps(properties(text), sort_keys=True)


def same_but_for_state(one: str, other: str) -> bool:
    """Whether two texts are the same but for runtimeState, which the cloud writes into a trigger itself."""
    first, second = properties(one), properties(other)
    first.pop("runtimeState", None)
    second.pop("runtimeState", None)
    return json.dumps(first, sort_keys=True) == json.dumps(second, sort_keys=True)


def is_trigger(key: str) -> bool:
    """Whether a key names a trigger."""
    return key.startswith(TRIGGER)


def wants_to_run(text: str) -> bool:
    """Whether a trigger's file lets it run: all but those that say runtimeState Stopped or Disabled."""
    return properties(text).get("runtimeState", "Started") not in ("Stopped", "Disabled")


def holds_secret(text: str) -> bool:
    """Whether a document carries a secret in the open, such as a key or a signed URL. Not JSON: False."""

    try:
        return bool(held(json.loads(text)))
    except ValueError:
        return False


def problems(documents: Mapping[str, str | None]) -> Iterator[tuple[str, str]]:
    """What is wrong with the documents, as (key, reason); None stands for a text not known yet.

    Never tells a document's content: it may hold secrets.
    """
    for key, text in documents.items():
        yield from ((key, reason) for reason in _wrong(key, text))
    yield from _twins(documents)


def _wrong(key: str, text: str | None) -> Iterator[str]:
    try:
        path(key)
    except ValueError as error:
        yield str(error)
        return
    if text is not None and (reason := _wrong_text(key.rsplit("/", 1)[-1], text)):
        yield reason


def _wrong_text(name: str, text: str) -> str | None:
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


def _twins(keys: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Names are case-insensitive in the cloud: of two that differ by case alone, one would undo the other."""
    seen: dict[str, str] = {}
    for key in keys:
        first = seen.setdefault(key.lower(), key)
        if first != key:
            yield key, f"differs from '{first}' by case alone"
