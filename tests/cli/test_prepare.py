"""What `mayfly up` does before it makes anything: asks the cloud, and makes the stack meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mayfly import registry
from mayfly.cli import project, up
from mayfly.engine import locks
from mayfly.engine.inline import Program
from mayfly.engine.pulumi import STACK_NOT_FOUND, NoStack, Pulumi, PulumiFailed
from mayfly.errors import BadInput, Problem

UP = {"summaryEvent": {"resourceChanges": {"same": 1}}}


@dataclass(frozen=True)
class Backend(Pulumi):
    """A backend that has the stack or not, and a checkout that has used it or not.

    calls: of the CLI, in the order in which each begins to work.
    """

    root: Path = Path("/nowhere")
    environ: Mapping[str, str] = field(default_factory=lambda: {"PULUMI_DEBUG_PROVIDERS": "mayfly:1"})
    used: bool = False
    there: set[str] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)
    failure: str = ""

    def known(self, stack: str) -> bool:
        return self.used

    def _project(self) -> str:
        return "flights"

    def _run(
        self,
        arguments: Any,
        on_event: Any = None,
        when_started: Callable[[], None] = lambda: None,
        held: bool = False,
    ) -> tuple[int, str, str]:
        if held:
            when_started()
        verb = " ".join(arguments[: 2 if arguments[0] == "stack" else 1])
        self.calls.append(verb)
        if not held:
            when_started()
        had = "qa-1" in self.there
        if verb == "stack init":
            self.there.add("qa-1")
            return (255, "", "it is there") if had else (0, "", "")
        if verb == "stack rm":
            self.there.clear()
        elif not had:
            return STACK_NOT_FOUND, "", "no stack"
        elif self.failure:
            return 1, "", self.failure
        else:
            on_event(UP)
        return 0, "", ""


@pytest.fixture(autouse=True)
def _no_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "settle", lambda *_: None)


@pytest.fixture
def asked() -> list[str]:
    """How often the cloud was asked."""
    return []


def program(asked: list[str], exists: bool | BadInput) -> Any:
    def check() -> Any:
        asked.append("the cloud")
        if isinstance(exists, BadInput):
            raise exists
        return SimpleNamespace(exists=exists)

    return Program(Path("/nowhere"), lambda: None, check)


def attempt(backend: Pulumi, runs: Any) -> Any:
    nothing: Any = lambda _: None  # noqa: E731
    return up.attempt(backend, "qa-1", runs, nothing, nothing)


WRONG = BadInput([Problem("account", "taken", "another")])


def test_a_new_environments_stack_is_made_while_the_cloud_is_asked_once(asked: list[str]) -> None:
    backend = Backend()
    assert attempt(backend, program(asked, exists=False)).changes == {"same": 1}
    assert (backend.calls, asked) == (["stack init", "up"], ["the cloud"])


def test_an_environment_whose_state_is_elsewhere_gets_no_empty_stack(asked: list[str]) -> None:
    backend = Backend()
    with pytest.raises(NoStack, match="needs no state"):
        attempt(backend, program(asked, exists=True))
    assert (backend.calls, backend.there) == (["stack init", "stack rm"], set())


@pytest.mark.parametrize("exists", [True, False], ids=["exists", "absent"])
def test_a_stack_that_the_backend_has_stays(asked: list[str], exists: bool) -> None:
    backend = Backend(there={"qa-1"})
    assert attempt(backend, program(asked, exists)).changes == {"same": 1}
    assert backend.calls == ["stack init", "up"]


def test_of_a_stack_that_was_used_here_the_cloud_is_asked_once_while_the_engine_starts(
    asked: list[str],
) -> None:
    backend, runs = Backend(used=True, there={"qa-1"}), program(asked, exists=True)
    assert attempt(backend, runs).changes == {"same": 1}
    assert runs.checked().exists
    assert (backend.calls, asked) == (["up"], ["the cloud"])


@pytest.mark.parametrize("exists", [True, False], ids=["exists", "absent"])
def test_a_stack_that_the_backend_lost_is_made_anew_for_what_is_not_there(
    asked: list[str], exists: bool
) -> None:
    backend, runs = Backend(used=True), program(asked, exists)
    if exists:  # its state is elsewhere: nothing is made over it
        with pytest.raises(NoStack):
            attempt(backend, runs)
    else:
        assert attempt(backend, runs).changes == {"same": 1}
    assert backend.calls == (["up"] if exists else ["up", "stack init", "up"])
    assert asked == ["the cloud"]


@pytest.mark.parametrize("there", [True, False])
def test_what_is_wrong_is_told_and_leaves_no_stack_behind(asked: list[str], there: bool) -> None:
    backend = Backend(there={"qa-1"} if there else set())
    with pytest.raises(BadInput, match="taken"):
        attempt(backend, program(asked, WRONG))
    assert backend.there == ({"qa-1"} if there else set())
    assert "up" not in backend.calls


def test_what_the_program_was_told_is_told_as_bad_input(
    monkeypatch: pytest.MonkeyPatch, asked: list[str], tmp_path: Path
) -> None:
    wanted = SimpleNamespace(name="qa-1", fabric=SimpleNamespace(cloud="azure"))
    backend = Backend(used=True, there={"qa-1"}, failure="the program ended")
    monkeypatch.setattr(project, "root", lambda: tmp_path)
    monkeypatch.setattr(up, "load", lambda *_: (wanted, None))
    monkeypatch.setattr(up, "Pulumi", lambda *_: backend)
    monkeypatch.setattr(registry, "of", lambda _: SimpleNamespace(refusals=()))
    monkeypatch.setattr(up, "inline", lambda *_: program(asked, WRONG))
    with pytest.raises(BadInput, match="taken"):
        up.up("qa-1")
    assert asked == ["the cloud"]


def test_a_failure_that_the_cloud_did_not_foresee_is_the_engines(asked: list[str]) -> None:
    backend = Backend(used=True, there={"qa-1"}, failure="the program ended")
    with pytest.raises(PulumiFailed, match="the program ended"):
        attempt(backend, program(asked, exists=True))
