"""One case: a call of a verb goes wrong, the verb ends as it can, and one sweep follows."""

from __future__ import annotations

import re
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from localcloud import faults
from tests.support.checkout import Finished
from tests.torture.verbs import Verb
from tests.torture.worlds import World

VERBS = ("up", "run", "down")
LONGEST = 1500.0
"""Seconds after which a verb counts as one that hangs. The slowest ask a list that fails ten times, each time
with their client's own tries."""

HELD = ("held before", "held after")

EMPTY, UP = "empty", "up"
"""What is kept of a world: without an environment, and with a clean one."""

READS = re.compile(r"(GET|HEAD|POST token|POST .*/query\w*|\S+ (Get|Head|List|Describe|Filter)\w*)\b")
"""Calls that change nothing, as the clouds name them."""


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
    made. seconds: how long the case took. wrong: what must not be, in words; none for a case that passed.
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
    """All calls that each verb makes when nothing goes wrong, in their order.

    The world is kept before and after `up`, and the verbs' modules are learnt.
    """
    world.keep(EMPTY)
    found: dict[str, list[str]] = {}
    for verb in VERBS:
        with faults.recording(world.folder) as found[verb]:
            world.start(*words(world, verb, environment(world))).finished().ok()
        if verb == "up":
            world.keep(UP)
    world.verbs.learn(world.cloud)
    return found


def cases(found: Mapping[str, list[str]]) -> Iterator[Case]:
    """Every effect on every call that changes something, and on the first and the last of those that read."""
    for verb, made in found.items():
        for call, count in Counter(made).items():
            reads = READS.match(call) is not None
            for nth in sorted({1, count} if reads else range(1, count + 1)):
                for effect in faults.EFFECTS:
                    if effect != "stuck" or not reads:
                        yield Case(verb, call, nth, effect)


def environment(world: World) -> str:
    """The name of the one that is in the world that is kept."""
    return f"{world.fabric}-t"


def words(world: World, verb: str, environment: str) -> tuple[str, ...]:
    """A verb as one types it."""
    return (verb, environment, *(world.run if verb == "run" else ()))


def outcome(world: World, case: Case, before: dict[str, Any]) -> Outcome:
    """Carry a case out on an environment, clean up by one sweep, and compare the whole cloud.

    before: `everything()` of the world without an environment.
    """
    world.restore(EMPTY if case.verb == "up" else UP)
    started = time.monotonic()
    with faults.inject(world.folder, *case[1:]) as reached:
        verb = world.start(*words(world, case.verb, environment(world)))
        ended = finished(verb, case.effect, reached)
        came = reached()
    wrong = [*ended_badly(case.effect, ended), *left(world, before)]
    seconds = time.monotonic() - started
    return Outcome(world.cloud, case, ended.code, came, round(seconds, 1), tuple(wrong))


def finished(
    verb: Verb,
    effect: faults.Effect | None = None,
    reached: Callable[[], bool] | None = None,
    alone: bool = False,
) -> Finished:
    """Wait for a verb. One whose call is held is killed with all that it started, as is one that hangs.

    alone: what it started lives on.
    """
    if reached and effect in HELD:
        verb.wait_for(reached)
        verb.kill(alone)
    if verb.wait(LONGEST):
        return verb.finished()
    verb.kill()
    return replace(verb.finished(), code=-signal.SIGALRM)


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
    swept = finished(world.start("sweep", "--execute", *closed, principal="janitor"))
    if swept.code:
        yield f"the sweep ended with {swept.code}: {swept.stdout[-1500:]}{swept.stderr[-1500:]}"
    after = world.everything()
    yield from (f"left: {name}" for name in after.keys() - before.keys())
    yield from (f"gone: {name}" for name in before.keys() - after.keys())
    yield from (f"changed: {name}" for name in before.keys() & after.keys() if before[name] != after[name])
    yield from (f"left in the backend: {name}" for name in world.stacks())
