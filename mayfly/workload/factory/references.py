"""Finds what a document refers to, wherever in it a reference stands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mayfly.workload.factory.kinds import BUILT_IN, REFERENCES


@dataclass(frozen=True)
class Reference:
    """One reference. at: its field's path, `properties.activities[0].inputs[0]`. key: what it points to."""

    at: str
    key: str


def walk(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """Every object and text of a document with its path, outer before inner, in the order of the file."""
    stack = [(at, value)]
    while stack:
        place, item = stack.pop()
        if isinstance(item, dict):
            yield place, item
            stack += [(f"{place}.{key}" if place else key, inner) for key, inner in reversed(item.items())]
        elif isinstance(item, list):
            stack += [(f"{place}[{n}]", item[n]) for n in range(len(item) - 1, -1, -1)]
        elif isinstance(item, str):
            yield place, item


def found(document: Any) -> list[Reference]:
    """Every reference of a parsed document but those to what every factory has."""
    seen = []
    for at, item in walk(document):
        if isinstance(item, dict) and isinstance(item.get("referenceName"), str):
            kind = REFERENCES.get(item["type"]) if isinstance(item.get("type"), str) else None
            key = f"{kind}/{item['referenceName']}"
            if kind and key not in BUILT_IN:
                seen.append(Reference(at, key))
    return seen


def references(text: str) -> list[str]:
    """The keys (`dataset/flights_csv`) that a document's text refers to, each once, in its own order.

    Raises ValueError when the text is not JSON.
    """
    return list(dict.fromkeys(reference.key for reference in found(json.loads(text))))


def is_expression(text: str) -> bool:
    """Whether Data Factory evaluates a text: it starts with @ (not @@), or has @{ in it."""
    return (text.startswith("@") and not text.startswith("@@")) or "@{" in text.replace("@@{", "")
