"""The parameters of `mayfly run`."""

from __future__ import annotations

from mayfly.cli import run


def test_values_of_parameters_are_json_else_text() -> None:
    given = ["year=2013", "name=x=y", "list=[1]", "flag=true", "empty="]
    assert run.parameters(given) == {"year": 2013, "name": "x=y", "list": [1], "flag": True, "empty": ""}
