from __future__ import annotations

import json

import pytest

from mayfly.provider.azure import documents as docs


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("pipeline/flights", "pipelines/flights"),
        ("linkedService/lake", "linkedservices/lake"),
        ("dataset/Copy data 1", "datasets/Copy data 1"),
    ],
)
def test_a_key_becomes_the_end_of_a_resource_id(key: str, path: str) -> None:
    assert docs.path(key) == path


@pytest.mark.parametrize(
    "key",
    [
        "",
        "pipeline",
        "pipeline/",
        "pipeline/..",
        "pipeline/a/b",
        "pipeline/a?b",
        "pipelines/a",
        "x/a",
        "pipeline/ a",
    ],
)
def test_a_key_that_could_lead_elsewhere_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match=r"key|folder|name"):
        docs.path(key)


def text(**properties: object) -> str:
    return json.dumps({"name": "x", "properties": properties})


def test_formatting_and_the_order_of_keys_are_no_change() -> None:
    assert docs.same(
        '{"name":"x","properties":{"a":1,"b":[1,2]}}',
        '{\n "properties": {"b": [1, 2],\n "a": 1}, "name": "x"}',
    )


@pytest.mark.parametrize(("one", "other"), [(1, True), (1, "1"), (0, False), ([1, 2], [2, 1]), (None, "")])
def test_values_that_python_takes_for_equal_may_differ(one: object, other: object) -> None:
    assert not docs.same(text(a=one), text(a=other))


def test_all_problems_are_told_and_no_content() -> None:
    found = list(
        docs.problems(
            {
                "pipeline/x": '{"name": "y", "properties": {}}',
                "pipeline/broken": '{"properties": \n  {"password": "hunter2"',
                "dataset/list": "[]",
                "trigger/a": '{"properties": {}}',
                "trigger/A": '{"properties": {}}',
                "nonsense/a": None,
            }
        )
    )
    assert [key for key, _ in found] == [
        "pipeline/x",
        "pipeline/broken",
        "dataset/list",
        "nonsense/a",
        "trigger/A",
    ]
    assert "line 2" in dict(found)["pipeline/broken"]
    assert "hunter2" not in str(found)


def test_a_trigger_runs_unless_its_file_says_otherwise() -> None:
    assert docs.wants_to_run(text())
    assert docs.wants_to_run(text(runtimeState="Started"))
    assert not docs.wants_to_run(text(runtimeState="Stopped"))
