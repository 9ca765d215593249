"""What a failed `up` does about the state that it finds."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from mayfly.cli.pulumi import Pulumi, PulumiFailed
from mayfly.cli.up import take_up
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
