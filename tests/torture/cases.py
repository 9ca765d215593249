"""One case: a call of a verb goes wrong, the verb ends as it can, and one sweep follows."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

from localcloud import faults
from tests.support.checkout import Finished
from tests.support.moments import wait_for
from tests.torture.worlds import World

VERBS = ("up", "run", "down")
LONGEST = 180.0
"""Seconds after which a verb counts as one that hangs."""

HELD = ("held before", "held after")

READS = ("GET ", "HEAD ", "Get", "Head", "List", "Describe", "Filter")


class Case(NamedTuple):
    """The nth call of an operation, in a verb, and what happens to it."""

    verb: str
    call: str
    nth: int
    effect: faults.Effect


@dataclass(frozen=True)
class Outcome:
    """What came of a case.

    cloud: the world's. code: the verb's exit code; negative: it was killed. reached: whether the call was
    made. seconds: how long the verb took. wrong: what must not be, in words; none for a case that passed.
    """

    cloud: str
    case: Case
    code: int
    reached: bool
    seconds: float
    wrong: tuple[str, ...]

    @classmethod
    def read(cls, fields: dict[str, Any]) -> Outcome:
        """Read one as `asdict` gives it, through JSON."""
        return cls(**{**fields, "case": Case(*fields["case"]), "wrong": tuple(fields["wrong"])})


def calls(world: World) -> dict[str, list[str]]:
    """All calls that each verb makes when nothing goes wrong, in their order."""
    environment, found = f"{world.fabric}-clean", {}
    for verb in VERBS:
        with faults.recording(world.folder) as found[verb]:
            world.checkout.run(*command(world, verb, environment)).ok()
    return found


def cases(found: dict[str, list[str]]) -> Iterator[Case]:
    """Every effect on every call that changes something, and on the first and the last of those that read."""
    for verb, made in found.items():
        for call, count in Counter(made).items():
            reads = call.startswith("GET") or call.partition(" ")[2].startswith(READS)
            for nth in sorted({1, count} if reads else range(1, count + 1)):
                for effect in faults.EFFECTS:
                    if effect != "stuck" or not reads:
                        yield Case(verb, call, nth, effect)


def command(world: World, verb: str, environment: str) -> tuple[str, ...]:
    """A verb as one types it."""
    return ("mayfly", verb, environment, *(world.run if verb == "run" else ()))


def outcome(world: World, case: Case, environment: str, before: dict[str, Any]) -> Outcome:
    """Carry a case out on an environment of its own, clean up by one sweep, and compare the whole cloud.

    before: `everything()` of the world without this environment.
    """
    if case.verb != "up":
        world.checkout.run(*command(world, "up", environment)).ok()
    started = time.monotonic()
    with faults.inject(world.folder, *case[1:]) as reached:
        verb = world.checkout.start("setsid", *command(world, case.verb, environment))
        ended = finished(verb, case.effect, reached)
        came = reached()
    seconds = time.monotonic() - started
    wrong = [*ended_badly(case.effect, ended), *left(world, before)]
    return Outcome(world.cloud, case, ended.code, came, round(seconds, 1), tuple(wrong))


def finished(
    verb: subprocess.Popen[str], effect: faults.Effect | None, reached: Callable[[], bool] | None
) -> Finished:
    """Wait for a verb. One whose call is held is killed with all that it started, as is one that hangs."""
    if reached and effect in HELD:
        wait_for(reached, verb)
        _kill(verb)
    try:
        stdout, stderr = verb.communicate(timeout=LONGEST)
        return Finished("", verb.returncode, stdout, stderr)
    except subprocess.TimeoutExpired:
        _kill(verb)
        stdout, stderr = verb.communicate()
        return Finished("", -signal.SIGALRM, stdout, stderr)


def _kill(verb: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(verb.pid, signal.SIGKILL)


def ended_badly(effect: faults.Effect | None, ended: Finished) -> Iterator[str]:
    """What no verb may do, whatever goes wrong."""
    if ended.code == -signal.SIGALRM:
        yield f"hung for {LONGEST:.0f} s: {ended.stdout[-500:]}{ended.stderr[-500:]}"
    elif ended.code < 0 and effect not in HELD:
        yield f"ended by signal {-ended.code}"
    if "Traceback" in ended.stderr:
        yield f"a traceback: {ended.stderr[-1500:]}"


def left(world: World, before: dict[str, Any]) -> Iterator[str]:
    """Sweep once, and tell what differs from before."""
    none_open = world.folder / "none.open"
    none_open.touch()
    closed = ("--fabric", world.fabric, "--open-ids", str(none_open), "--none-open", "--grace", "0m")
    swept = world.checkout.run("mayfly", "sweep", "--execute", *closed, principal="janitor")
    if swept.code:
        yield f"the sweep ended with {swept.code}: {swept.stdout[-1500:]}{swept.stderr[-1500:]}"
    after = world.everything()
    yield from (f"left: {name}" for name in after.keys() - before.keys())
    yield from (f"gone: {name}" for name in before.keys() - after.keys())
    yield from (f"changed: {name}" for name in before.keys() & after.keys() if before[name] != after[name])
    yield from (f"left in the backend: {name}" for name in world.stacks())
