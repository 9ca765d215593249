"""`mayfly up`: makes an environment, or brings it up to date."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mayfly import preflight, registry
from mayfly.cli import project
from mayfly.cli.arguments import Environment, Json, WorkloadFolder
from mayfly.cli.output import Output, transient
from mayfly.engine import recovery
from mayfly.engine.inline import Program
from mayfly.engine.progress import Progress, summary
from mayfly.engine.pulumi import NoStack, Pulumi, PulumiFailed
from mayfly.errors import MayflyError, Problem, require, told_once
from mayfly.naming import stamp
from mayfly.workload.factory import Factory
from mayfly.workload.functions import Functions
from mayfly.workload.loading import load

if TYPE_CHECKING:
    from pathlib import Path

    from mayfly.engine.pulumi import Update
    from mayfly.preflight import Checked
    from mayfly.settings import EnvironmentSettings
    from mayfly.workload.factory.reach import Reach
    from mayfly.workload.loading import Workload


CUT_SHORT = (
    "the cloud has things of {environment} that this stack's state does not know, as after a teardown that"
    " was cut short: `mayfly down {environment}` removes them, and then an `up` makes all anew"
)


NoWait = Annotated[
    bool,
    typer.Option(
        "--no-wait",
        help="Do not wait until new permissions are effective; a run right after it may be refused.",
    ),
]

Ttl = Annotated[
    str | None,
    typer.Option(
        "--ttl",
        metavar="DURATION",
        envvar="MAYFLY_TTL",
        help="How long it lives from now, such as 72h, up to the fabric's longest. Later an `up` only ever "
        "lengthens its life.",
        show_default=False,
    ),
]
ExpiresAt = Annotated[
    str | None,
    typer.Option(
        "--expires-at",
        metavar="TIME",
        envvar="MAYFLY_EXPIRES_AT",
        help="When it ends, such as 2026-11-28T18:00:00Z, in place of --ttl.",
        show_default=False,
    ),
]

MISSING = ("what", "where", "got")

UNUSABLE = (
    "{environment} is up and not yet usable: its permissions are not effective after {seconds:.0f} s. Give it"
    " time: `mayfly prove {environment}` waits on and tells what each permission is"
)


def up(
    environment: Environment,
    workload: WorkloadFolder = None,
    ttl: Ttl = None,
    expires_at: ExpiresAt = None,
    no_wait: NoWait = False,
    as_json: Json = False,
) -> int:
    """Make an environment, or bring it up to date: everything is checked first, then Pulumi does it.

    It ends when the environment's identity can read its sources and write its sinks, where an update gave it
    a permission. The exit code is 1 when it cannot after minutes.
    """
    output, (root, environ) = Output(as_json), project.with_workload(workload)
    environ = project.with_expiry(environ, ttl, expires_at)
    os.environ.update(environ)  # the program runs in this process
    wanted, runs = load(root, environment, environ)
    require("pulumi", wanted.fabric.cloud)
    with output.working(f"checking {environment}") as now:
        pulumi, progress = Pulumi(root, environ), Progress(output.line, transient(now))
        program = inline(root, wanted, runs)
        try:
            update = attempt(pulumi, environment, program, progress, now)
            made: set[str] | None = update.made
        except PulumiFailed as failure:
            checked = program.checked()  # what is wrong beforehand is told in its own words
            if not take_up(pulumi, wanted, output.line):
                raise explained(failure, pulumi, environment, checked) from None
            program = inline(root, wanted, runs)  # the cloud has more by now than it said
            update, made = pulumi.up(environment, progress, refresh=True, new=False, program=program), None
        checked = program.checked()
        notes, elsewhere = beside(checked)
        waited = time.monotonic()
        cloud = registry.of(wanted.fabric.cloud)
        missing = [] if no_wait else cloud.await_access(wanted, made, now)
        seconds = time.monotonic() - waited
    for line in told_once(notes):
        output.line(f"note: {line}")
    for reach in elsewhere:
        output.line(f"can reach elsewhere: {reach}")
    output.table(("output", "value"), [[name, as_text(value)] for name, value in update.outputs.items()])
    output.text(f"{environment} is up: {summary(update.changes)} in {update.seconds:.0f} s")
    if missing:
        output.table(MISSING, [(row.what, row.where, row.got) for row in missing])
        output.line(UNUSABLE.format(environment=environment, seconds=seconds))
    output.document(
        "up",
        {
            "environment": environment,
            "outputs": update.outputs,
            "changes": update.changes,
            "seconds": update.seconds,
            "sources": {name: str(where) for name, where in checked.wanted.variables.sources.items()},
            "expires": stamp(checked.life.expires) if checked.life.expires else None,
            "notes": [vars(note) for note in notes],
            "elsewhere": [vars(reach) for reach in elsewhere],
            "usable": None if no_wait else not missing,
        },
    )
    return 1 if missing else 0


def beside(checked: Checked) -> tuple[Sequence[Problem], Sequence[Reach]]:
    """What is to be known of a workload's folder: what is not sent or lies open, and what reaches elsewhere.

    Of functions the event sources that are not made. Their code can reach anything, which `prove` says.
    """
    runs = checked.workload
    if isinstance(runs, Functions):
        return runs.notes, ()
    if not isinstance(runs, Factory):
        return (), ()
    return runs.notes, runs.elsewhere(checked.wanted.variables.containers)


def inline(root: Path, wanted: EnvironmentSettings, runs: Workload) -> Program:
    """The project's program, to be run by this process. It asks the cloud nothing that this asks."""
    cloud = registry.of(wanted.fabric.cloud)
    return Program(root, cloud.load, lambda: preflight.check(wanted, runs, cloud.preflight))


def attempt(
    pulumi: Pulumi,
    environment: str,
    program: Program,
    progress: Callable[[Mapping[str, Any]], None],
    now: Callable[[str], None],
) -> Update:
    """One update, before which the cloud is asked what is wrong.

    A stack that this checkout has not used is made meanwhile, and one that the backend has lost is made anew.
    Neither is made where the cloud has the environment: its state is elsewhere.
    """

    def exists() -> bool:
        found = program.checked().exists
        now(f"making {environment}")
        return found

    known = pulumi.known(environment)
    if known:
        now(f"making {environment}")
    try:
        return pulumi.up(environment, progress, new=not known, program=program, exists=exists)
    except NoStack:
        if not known or exists():
            raise
    return pulumi.up(environment, progress, new=True, program=program)


def take_up(pulumi: Pulumi, wanted: EnvironmentSettings, line: Callable[[str], None]) -> bool:
    """Bring what a killed `up` made into the state; False when there is nothing of the kind."""
    try:
        state = pulumi.state(wanted.name)
    except PulumiFailed:  # There is no stack; why it could not be made is the failure to tell.
        return False
    if not recovery.pending_creates(state):
        return False
    line("an earlier run was cut short; taking up what it made")
    find = registry.of(wanted.fabric.cloud).finder(wanted)
    pulumi.replace_state(wanted.name, recovery.adopted(state, find))
    return True


def explained(failure: PulumiFailed, pulumi: Pulumi, environment: str, checked: Checked) -> PulumiFailed:
    """The failure, with the way out where a teardown that was cut short is in the way.

    The engine forgets what goes with a group before that has gone, so its state knows less than there is.
    """
    try:
        if recovery.knows_group(pulumi.state(environment)) or not checked.exists:
            return failure
    except MayflyError:  # The first failure is the one to tell.
        return failure
    return type(failure)(f"{failure}\n{CUT_SHORT.format(environment=environment)}")


def as_text(value: Any) -> str:
    """An output as one cell."""
    return value if isinstance(value, str) else json.dumps(value)
