"""The order that references ask: what is referred to comes first. Cycles are told with their path."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from mayfly.errors import BadInput, Problem
from mayfly.workload.factory.kinds import file
from mayfly.workload.factory.references import references

Graph = Mapping[str, Collection[str]]


def levels(documents: Mapping[str, str]) -> list[list[str]]:
    """Return the keys in levels: each document refers only to earlier levels, so a level goes at once.

    documents: key to JSON text. References to what is not among them do not count.

    Raises BadInput for cycles, ValueError for a text that is not JSON.
    """
    graph = {key: [to for to in references(text) if to in documents] for key, text in documents.items()}
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


def cycles(graph: Graph) -> Iterator[Problem]:
    """One problem a cycle; of cycles that share a document, one is told.

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
