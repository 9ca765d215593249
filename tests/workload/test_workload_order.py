"""References, their order, and cycles."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayfly.errors import BadInput
from mayfly.workload import factory
from tests.workload.conftest import to

KEYS = [
    "pipeline/x",
    "dataset/x",
    "linkedService/x",
    "trigger/x",
    "dataflow/x",
    "integrationRuntime/x",
    "credential/x",
    "managedVirtualNetwork/x",
]

wrapping = st.recursive(
    st.sampled_from(KEYS).map(to),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.text(max_size=5), inner, max_size=3),
        inner.map(lambda reference: {"type": "X", "typeProperties": {"a": 1, "b": [reference, None, "c"]}}),
    ),
    max_leaves=10,
)


def _leaves(value: Any) -> list[str]:
    if isinstance(value, dict) and "referenceName" in value:
        return [next(key for key in KEYS if to(key) == value)]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [key for item in inner for key in _leaves(item)]


@given(wrapping)
def test_every_reference_is_found_wherever_it_stands(document: Any) -> None:
    found = factory.references(json.dumps({"name": "a", "properties": {"a": document}}))
    assert found == list(dict.fromkeys(_leaves(document)))


def test_references_of_all_kinds() -> None:
    document = {
        "properties": {
            "pipelines": [{"pipelineReference": to("pipeline/x")}],
            "typeProperties": {
                "dependsOn": [
                    {"type": "TumblingWindowTriggerDependencyReference", "referenceTrigger": to("trigger/x")}
                ],
                "dataFlow": to("dataflow/x"),
                "sources": [{"dataset": to("dataset/x"), "linkedService": to("linkedService/x")}],
                "credential": to("credential/x"),
            },
            "connectVia": to("integrationRuntime/x"),
            "managedVirtualNetwork": to("managedVirtualNetwork/x"),
        }
    }
    assert sorted(factory.references(json.dumps(document))) == sorted(KEYS)


def test_a_reference_within_a_reference_is_found() -> None:
    outer = {**to("dataset/x"), "parameters": {"a": to("linkedService/x")}}
    assert factory.references(json.dumps({"a": outer})) == ["dataset/x", "linkedService/x"]


def _documents(graph: dict[str, list[str]]) -> dict[str, str]:
    return {
        f"pipeline/{name}": json.dumps(
            {"name": name, "properties": {"a": [to(f"pipeline/{n}") for n in others]}}
        )
        for name, others in graph.items()
    }


def test_levels_are_the_order() -> None:
    documents = _documents({"d": ["b", "c"], "c": ["a"], "b": ["a"], "a": [], "e": ["outside"]})
    assert factory.levels(documents) == [
        ["pipeline/a", "pipeline/e"],
        ["pipeline/b", "pipeline/c"],
        ["pipeline/d"],
    ]
    assert factory.levels({}) == []


@given(st.dictionaries(st.integers(0, 20), st.lists(st.integers(0, 20), max_size=4), max_size=20))
def test_what_is_referred_to_comes_first(numbers: dict[int, list[int]]) -> None:
    graph = {str(n): [str(other) for other in others if other < n] for n, others in numbers.items()}
    levels = factory.levels(_documents(graph))
    level = {key: depth for depth, keys in enumerate(levels) for key in keys}
    assert sorted(level) == sorted(f"pipeline/{name}" for name in graph)
    for name, others in graph.items():
        for other in others:
            assert level.get(f"pipeline/{other}", -1) < level[f"pipeline/{name}"]


@pytest.mark.parametrize(
    ("graph", "paths"),
    [
        ({"a": ["a"]}, ["pipeline/a → pipeline/a"]),
        ({"a": ["b"], "b": ["c"], "c": ["a"]}, ["pipeline/a → pipeline/b → pipeline/c → pipeline/a"]),
        ({"x": ["a"], "a": ["b"], "b": ["a"]}, ["pipeline/a → pipeline/b → pipeline/a"]),
        (
            {"a": ["b"], "b": ["a"], "c": ["d", "a"], "d": ["c"]},
            ["pipeline/a → pipeline/b → pipeline/a", "pipeline/c → pipeline/d → pipeline/c"],
        ),
    ],
)
def test_cycles_are_told_with_their_path(graph: dict[str, list[str]], paths: list[str]) -> None:
    with pytest.raises(BadInput) as error:
        factory.levels(_documents(graph))
    assert sorted(problem.what for problem in error.value.problems) == [
        f"refers to itself: {path}" for path in paths
    ]
    assert all(problem.where.startswith("pipeline/") for problem in error.value.problems)


@given(st.dictionaries(st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdef"), max_size=3)))
def test_a_cycles_path_is_one(graph: dict[str, list[str]]) -> None:
    try:
        factory.levels(_documents(graph))
    except BadInput as error:
        for problem in error.problems:
            path = [
                key.partition("/")[2] for key in problem.what.removeprefix("refers to itself: ").split(" → ")
            ]
            assert path[0] == path[-1]
            assert all(there in graph[here] for here, there in itertools.pairwise(path))
