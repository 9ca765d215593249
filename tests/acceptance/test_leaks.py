"""The leak test in short (`./scripts/torture` is all of it): after a fault and a sweep all is as it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.torture import page
from tests.torture.cases import EMPTY, UP, Case, calls, left, outcome
from tests.torture.verbs import verbs
from tests.torture.worlds import World, world


@dataclass
class Tortured:
    """A world, what each verb calls in it, and all that is in it without an environment."""

    world: World
    calls: dict[str, list[str]]
    before: dict[str, Any]


@pytest.fixture(scope="module", params=["aws", "azure"])
def tortured(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tortured]:
    with world(request.param, tmp_path_factory.mktemp("leaks")) as made:
        found = calls(made)
        made.restore(EMPTY)
        yield Tortured(made, found, made.everything())


CASES = {
    "aws": [
        Case("up", "iam CreateRole", 1, "held after"),
        Case("down", "s3 DeleteBucket", 1, "lost"),
    ],
    "azure": [
        Case("up", "PUT Microsoft.Authorization/roleAssignments", 1, "held after"),
        Case("down", "DELETE Microsoft.Resources/subscriptions/resourceGroups", 1, "stuck"),
    ],
}


def test_after_a_fault_and_a_sweep_nothing_is_left(tortured: Tortured) -> None:
    for case in CASES[tortured.world.cloud]:
        found = outcome(tortured.world, case, tortured.before)
        assert (found.reached, found.wrong) == (True, ()), case


def test_each_call_of_a_clean_verb_has_a_row(tortured: Tortured) -> None:
    """In docs/reliability.md. A new call has none: `./scripts/torture` carries its cases out."""
    without = {
        verb: found
        for verb, made in tortured.calls.items()
        if (found := set(made) - page.rows(tortured.world.cloud, verb))
    }
    assert not without


def test_a_grant_that_is_not_revoked_is_found(
    tortured: Tortured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: with that bug the product itself says that all is well."""
    found = tortured.world
    found.restore(UP)
    with verbs(found.checkout.root, tmp_path / "verbs", bug=found.cloud) as wrong:
        monkeypatch.setattr(found, "verbs", wrong)
        told = [*left(found, tortured.before)]
    grant = {"aws": "left: role /mayfly/awsqa-t/", "azure": "/roleAssignments/"}[found.cloud]
    assert [line for line in told if grant in line]
    assert not [line for line in told if not line.startswith("left: ")]


def test_what_is_left_is_told(tortured: Tortured) -> None:
    """Something that no sweep may remove, made after the look at what there was."""
    tortured.world.restore(EMPTY)
    before = dict(tortured.before)
    del before[next(iter(before))]
    assert any(line.startswith("left: ") for line in left(tortured.world, before))
