"""The leak test in short (`./scripts/torture` is all of it): after a fault and a sweep all is as it was."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.torture.cases import Case, left, outcome
from tests.torture.worlds import World, world


@pytest.fixture(scope="module", params=["aws", "azure"])
def tortured(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(request.param, tmp_path_factory.mktemp("leaks")) as made:
        yield made


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


def test_after_a_fault_and_a_sweep_nothing_is_left(tortured: World) -> None:
    before = tortured.everything()
    for index, case in enumerate(CASES[tortured.cloud]):
        found = outcome(tortured, case, f"{tortured.fabric}-leak{index}", before)
        assert (found.reached, found.wrong) == (True, ()), case


def test_what_is_left_is_told(tortured: World) -> None:
    """The control: something that no sweep may remove, made after the look at what there was."""
    before = tortured.everything()
    del before[next(iter(before))]
    assert any(line.startswith("left: ") for line in left(tortured, before))
