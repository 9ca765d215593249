"""Finds the references in documents, and orders documents by them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from mayfly.errors import BadInput, Problem
from mayfly.workload.factory.document_kinds import BUILT_IN, NETWORK, REFERENCES, file, kind_of


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


def find_references(document: Any) -> list[Reference]:
    """Every reference of a parsed document but those to what every factory has."""
    seen = []
    for at, item in walk(document):
        if isinstance(item, dict) and isinstance(item.get("referenceName"), str):
            kind = REFERENCES.get(item["type"]) if isinstance(item.get("type"), str) else None
            key = f"{kind}/{item['referenceName']}"
            if kind and key.lower() not in BUILT_IN:
                seen.append(Reference(at, key))
    return seen


def references(text: str) -> list[str]:
    """The keys (`dataset/flights_csv`) that a document's text refers to, each once, in its own order.

    Raises ValueError when the text is not JSON.
    """
    return list(dict.fromkeys(reference.key for reference in find_references(json.loads(text))))


def is_expression(text: str) -> bool:
    """Whether Data Factory evaluates a text: it starts with @ (not @@), or has @{ in it."""
    return (text.startswith("@") and not text.startswith("@@")) or "@{" in text.replace("@@{", "")


Graph = Mapping[str, Collection[str]]


def levels(documents: Mapping[str, str]) -> list[list[str]]:
    """Return the keys in levels: each document refers only to earlier levels, so a level goes at once.

    documents: key to JSON text. References to what is not among them do not count.

    Raises BadInput for cycles, ValueError for a text that is not JSON.
    """
    graph = {key: [*targets] for key, targets in _targets(documents).items()}
    problems = list(cycles(graph))
    if problems:
        raise BadInput(problems)
    sorter = TopologicalSorter(graph)
    sorter.prepare()
    found = []
    while sorter.is_active():
        ready = sorter.get_ready()
        found.append(sorted(ready))
        sorter.done(*ready)
    return found


def _targets(documents: Mapping[str, str]) -> dict[str, list[str]]:
    """Each document's key → the keys of those that it refers to, as the folder spells them.

    Upper and lower case are alike in references. A private endpoint lies in its network and names it nowhere.
    """
    keys = {key.lower(): key for key in documents}
    found = {}
    for key, text in documents.items():
        named = [*references(text), *([NETWORK] if kind_of(key) == "managedPrivateEndpoint" else [])]
        found[key] = [keys[to.lower()] for to in named if to.lower() in keys]
    return found


def cycles(graph: Graph) -> Iterator[Problem]:
    """Yield a problem for each cycle; of cycles that share a document, for one.

    graph: key to the keys that it refers to.
    """
    left = {key: set(to) for key, to in graph.items()}
    while path := _cycle(left):
        start = min(path)
        turn = path.index(start)
        ring = [*path[turn:], *path[:turn], start]
        yield Problem(
            file(start), f"refers to itself: {' → '.join(ring)}", "take one of these references out"
        )
        left = {key: to - set(path) for key, to in left.items() if key not in path}


def _cycle(graph: Graph) -> list[str]:
    """The keys of one cycle, each referring to the next; empty when there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        ring: list[str] = error.args[1]
        return ring[:0:-1]  # graphlib tells it from what is referred to, with the first repeated at the end
    return []
