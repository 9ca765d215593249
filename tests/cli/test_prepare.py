"""What `mayfly up` does before it makes anything: asks the cloud, and makes the stack meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from mayfly.cli import up
from mayfly.engine.pulumi import NoStack, PulumiFailed
from mayfly.errors import BadInput, Problem

WANTED: Any = SimpleNamespace(name="qa-1")
RUNS: Any = None


@dataclass
class FakePulumi:
    """A backend that has the stack or not, and a checkout that has used it or not."""

    has: bool = False
    used: bool = False
    removed: list[str] = field(default_factory=list)
    failure: PulumiFailed | None = None
    ups: list[bool] = field(default_factory=list)

    def up(self, _: str, progress: object, new: bool) -> str:
        """ "updated"; `ups` notes whether it was to make the stack first."""
        self.ups.append(new)
        if self.failure:
            raise self.failure
        if not (self.has or new):
            raise NoStack("no such stack")
        return "updated"

    def known(self, _: str) -> bool:
        return self.used

    def make(self, _: str) -> bool:
        had, self.has = self.has, True
        return not had

    def remove(self, stack: str) -> None:
        self.has = False
        self.removed.append(stack)


@pytest.fixture(params=[True, False], ids=["exists", "absent"])
def exists(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the cloud has the environment's group."""
    monkeypatch.setattr(up, "check", lambda wanted, runs: request.param)
    return bool(request.param)


def test_a_new_environments_stack_is_made_meanwhile(exists: bool) -> None:
    pulumi: Any = FakePulumi()
    assert up.prepare(pulumi, WANTED, RUNS) is False
    assert pulumi.has is not exists  # an environment whose state is elsewhere gets no empty stack


def test_a_stack_that_the_backend_has_stays(exists: bool) -> None:
    pulumi: Any = FakePulumi(has=True)
    assert up.prepare(pulumi, WANTED, RUNS) is not exists
    assert pulumi.removed == []


def test_of_a_stack_that_was_used_here_the_program_alone_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(up, "check", lambda wanted, runs: pytest.fail("it is the program's to ask"))
    pulumi: Any = FakePulumi(has=True, used=True)
    assert attempt(pulumi) == "updated"
    assert pulumi.ups == [False]


def test_a_stack_that_the_backend_lost_is_made_anew_for_what_is_not_there(exists: bool) -> None:
    pulumi: Any = FakePulumi(used=True)
    if exists:  # its state is elsewhere: nothing is made over it
        with pytest.raises(NoStack):
            attempt(pulumi)
    else:
        assert attempt(pulumi) == "updated"
    assert pulumi.ups == ([False] if exists else [False, True])


def test_what_the_program_was_told_is_told_as_bad_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(up, "check", wrong)
    with pytest.raises(BadInput, match="taken"):
        attempt(FakePulumi(has=True, used=True, failure=PulumiFailed("the program ended")))


def attempt(pulumi: Any) -> Any:
    nothing: Any = lambda _: None  # noqa: E731
    return up.attempt(pulumi, WANTED, RUNS, nothing, nothing)


def wrong(*_: object) -> bool:
    raise BadInput([Problem("account", "taken", "another")])


@pytest.mark.parametrize("has", [True, False])
def test_what_is_wrong_is_told_and_leaves_no_stack_behind(has: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(up, "check", wrong)
    pulumi: Any = FakePulumi(has=has)
    with pytest.raises(BadInput, match="taken"):
        up.prepare(pulumi, WANTED, RUNS)
    assert pulumi.has is has
