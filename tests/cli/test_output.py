"""Tables on a terminal, plain lines elsewhere, one JSON document."""

from __future__ import annotations

import json
import time

import pytest

from mayfly.cli.output import Output


def test_plain_tables_are_aligned_and_never_cut(capsys: pytest.CaptureFixture[str]) -> None:
    Output().table(("name", "value"), [["a", "x" * 300], ["long name", "[bold]y[/bold]"]])
    assert capsys.readouterr().out.splitlines() == [
        "name       value",
        "a          " + "x" * 300,
        "long name  [bold]y[/bold]",
    ]


def test_an_empty_table_is_its_header(capsys: pytest.CaptureFixture[str]) -> None:
    Output().table(("name", "value"), [])
    assert capsys.readouterr().out == "name  value\n"


def test_json_is_one_document_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    shown = Output(as_json=True)
    shown.text("a line")
    shown.table(("a",), [["b"]])
    with shown.working("work") as now:
        now("more work")
    shown.document("up", {"environment": "qa-1"})
    captured = capsys.readouterr()
    assert json.loads(captured.out) == {"schema_version": 1, "verb": "up", "environment": "qa-1"}
    assert captured.err == "work\nmore work\n"


def test_progress_says_each_thing_once(capsys: pytest.CaptureFixture[str]) -> None:
    with Output().working("a") as now:
        for text in ("a", "a", "b", "b", "a"):
            now(text)
    assert capsys.readouterr().err == "a\nb\n"


def test_a_log_hears_of_a_long_deletion_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Output().working("down") as now:
        for second in range(25):
            monkeypatch.setattr(time, "monotonic", lambda second=second: 100.0 + second)
            now(f"deleting qa-1: {second} s")
    assert capsys.readouterr().err.splitlines() == ["down", *(f"deleting qa-1: {n} s" for n in (0, 10, 20))]
