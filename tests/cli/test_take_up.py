"""What a failed `up` does about the state that it finds."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from mayfly.cli import up
from mayfly.cli.up import take_up
from mayfly.engine.pulumi import Pulumi, PulumiFailed, PulumiRefused
from mayfly.settings import EnvironmentSettings


class NoStack:
    """The Pulumi CLI, of a stack that could not be made: there is no state to ask for."""

    def state(self, stack: str) -> dict[str, Any]:
        raise PulumiFailed(f"no stack named '{stack}' found")


def test_where_there_is_no_stack_nothing_is_taken_up_and_the_first_failure_is_told() -> None:
    wanted = cast(EnvironmentSettings, SimpleNamespace(name="qa-1"))
    said: list[str] = []
    assert not take_up(cast(Pulumi, NoStack()), wanted, said.append)
    assert said == []


class Stack:
    """The Pulumi CLI, of a stack whose state holds resources of these types."""

    def __init__(self, *types: str) -> None:
        self.types = types

    def state(self, stack: str) -> dict[str, Any]:
        return {"deployment": {"resources": [{"type": type} for type in self.types]}}


@pytest.mark.parametrize(
    ("types", "exists", "cut_short"),
    [
        (["mayfly:aws:Group"], True, True),
        (["mayfly:aws:Group"], False, False),
        (["mayfly:aws:Group", "aws:resourcegroups/group:Group"], True, False),
    ],
    ids=["cut short", "nothing there", "its own"],
)
def test_a_teardown_that_was_cut_short_is_told_with_the_way_out(
    types: list[str], exists: bool, cut_short: bool
) -> None:
    checked, stack = cast(Any, SimpleNamespace(exists=exists)), cast(Pulumi, Stack(*types))
    told = up.explained(PulumiRefused("it exists"), stack, "awsqa-1", checked)
    assert (told.exit_code, str(told).startswith("it exists")) == (PulumiRefused.exit_code, True)
    assert ("`mayfly down awsqa-1`" in str(told)) == cut_short


def test_where_the_state_cannot_be_read_the_first_failure_is_told() -> None:
    failure = PulumiFailed("first")
    assert up.explained(failure, cast(Pulumi, NoStack()), "awsqa-1", cast(Any, None)) is failure
