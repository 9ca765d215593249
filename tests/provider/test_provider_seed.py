"""`mayfly:azure:Seed` as the engine asks for it. What it does in the cloud: test_azure_seeding."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from mayfly.clouds.azure import seeding
from mayfly.clouds.shared import Clouds
from mayfly.provider.azure import seed as module
from mayfly.provider.azure.seed import Seed
from mayfly.provider.resource import Call, Change, Unsupported
from mayfly.provider.wire import UNKNOWN

FACTORY = (
    "/subscriptions/6d617966-6c79-4000-8000-0000000000b0/resourceGroups/qa-7"
    "/providers/Microsoft.DataFactory/factories/f"
)
SEED = Seed(Clouds())


def bag(**changes: Any) -> dict[str, Any]:
    given = {"source": "https://a/x", "sink": "https://b/y", "paths": ["*"], "atMost": 5.0}
    return {"factoryId": FACTORY, **given, **changes}


def test_its_inputs_are_checked_all_at_once() -> None:
    assert SEED.check(bag())[1] == SEED.check(bag(factoryId=UNKNOWN, sink=UNKNOWN))[1] == []
    found = SEED.check(bag(factoryId="/x", sink=None, more=1))[1]
    assert [name for name, _ in found] == ["more", "sink", "factoryId"]


def test_another_cap_is_the_same_seed_and_anything_else_another() -> None:
    assert SEED.diff(bag(), bag()) == {}
    assert SEED.diff(bag(), bag(atMost=6.0)) == {"atMost": Change.UPDATE}
    for name, value in (("source", "https://a/z"), ("sink", UNKNOWN), ("paths", ["2013/*"])):
        assert SEED.diff(bag(), bag(**{name: value})) == {name: Change.REPLACE}


def test_it_copies_when_it_is_made_and_never_again(monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[seeding.Seed] = []

    def fill(cloud: object, seed: seeding.Seed, sleep: object) -> seeding.Amount:
        copied.append(seed)
        return seeding.Amount(3, 70)

    monkeypatch.setattr(module, "fill", fill)
    monkeypatch.setattr(Clouds, "azure", lambda *_: None)
    call = Call(threading.Event())
    made = SEED.create(bag(), call)
    assert (made.state["files"], made.state["bytes"]) == (3, 70)
    assert (copied[0].paths, copied[0].at_most) == (("*",), 5)
    after = SEED.update(made.state, bag(atMost=6.0), call)
    assert (after.state["files"], after.state["atMost"]) == (3, 6.0)
    read = SEED.read(made.id, made.state)
    assert read is not None
    assert read.inputs == bag()
    SEED.delete(made.state, call)
    assert len(copied) == 1
    with pytest.raises(Unsupported):
        SEED.read(made.id, {})
    assert SEED.preview(bag())["files"] is UNKNOWN


def test_an_engine_that_stops_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "fill", lambda cloud, seed, sleep: sleep(60))
    monkeypatch.setattr(Clouds, "azure", lambda *_: None)
    cancelled = threading.Event()
    cancelled.set()
    with pytest.raises(module.Cancelled, match="the next `up` copies it anew"):
        SEED.create(bag(), Call(cancelled))
