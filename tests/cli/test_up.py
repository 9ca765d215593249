"""What `up` says in the end of the environment's permissions."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from mayfly import registry
from mayfly.cli import project, up
from mayfly.engine import pulumi
from mayfly.engine.pulumi import Update
from mayfly.life import LifePlan
from mayfly.proof.verdict import Outcome, Row

ROLE = "azure-native:authorization:RoleAssignment"
REFUSED = Row("it", "list blobs", "lake", "allowed", "403", Outcome.NO)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the cloud was asked to wait for; it waits in vain."""
    told: list[Any] = []

    def await_access(_wanted: object, made: object, _tell: object) -> list[Row]:
        told.append(made)
        return [REFUSED]

    sources = SimpleNamespace(sources={"lake": "the lake"})
    wanted = SimpleNamespace(name="qa-1", fabric=SimpleNamespace(cloud="azure"), variables=sources)
    monkeypatch.setattr(project, "root", lambda: None)
    monkeypatch.setattr(up, "load", lambda *_: (wanted, None))
    monkeypatch.setattr(registry, "of", lambda _: SimpleNamespace(await_access=await_access))
    monkeypatch.setattr(up, "Pulumi", lambda *_: SimpleNamespace(up=lambda *_, **__: Update()))
    monkeypatch.setattr(up, "attempt", lambda *_: Update(made={ROLE}))
    planned = LifePlan(datetime(2026, 11, 21, tzinfo=UTC), None, {})
    checked = SimpleNamespace(wanted=wanted, workload=None, answer={"group_tags": {}}, life=planned)
    monkeypatch.setattr(up, "inline", lambda *_: SimpleNamespace(checked=lambda: checked))
    return told


def test_permissions_that_are_not_effective_in_the_end_are_told_with_1(
    asked: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert up.up("qa-1") == 1
    captured = capsys.readouterr()
    assert asked == [{ROLE}]
    assert "qa-1 is up: " in captured.out
    assert "list blobs  lake   403" in captured.out
    assert "qa-1 is up and not yet usable" in captured.err
    assert up.up("qa-1", as_json=True) == 1
    assert json.loads(capsys.readouterr().out)["usable"] is False


def test_no_wait_asks_nothing(asked: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert up.up("qa-1", no_wait=True, as_json=True) == 0
    assert json.loads(capsys.readouterr().out)["usable"] is None
    assert asked == []


def test_what_a_killed_up_made_is_waited_for_too(
    asked: list[Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its permissions are as young, and are none of what the second one made."""

    def fail(*_: object) -> Update:
        raise pulumi.PulumiFailed("it exists")

    monkeypatch.setattr(up, "attempt", fail)
    monkeypatch.setattr(up, "take_up", lambda *_: True)
    assert up.up("qa-1") == 1
    assert asked == [None]


@pytest.mark.parametrize(
    ("op", "made"),
    [("create", {ROLE}), ("create-replacement", {ROLE}), ("same", set()), ("update", set()), ("read", set())],
)
def test_the_engines_events_tell_what_was_made(op: str, made: set[str]) -> None:
    update = Update()
    update.take({"resOutputsEvent": {"metadata": {"op": op, "type": ROLE, "new": {}}}})
    assert update.made == made
