"""`mayfly up`: makes an environment, or brings it up to date."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mayfly import registry
from mayfly.cli import project
from mayfly.cli.arguments import Environment, Json, WorkloadFolder
from mayfly.cli.output import Output, transient
from mayfly.errors import MayflyError, Problem

if TYPE_CHECKING:
    from mayfly.engine.pulumi import Pulumi, PulumiFailed, Update
    from mayfly.settings import EnvironmentSettings
    from mayfly.workload.factory.outside import Reach
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

MISSING = ("what", "where", "got")

UNUSABLE = (
    "{environment} is up and not yet usable: its permissions are not effective after {seconds:.0f} s. Give it"
    " time: `mayfly prove {environment}` waits on and tells what each permission is"
)


def up(
    environment: Environment, workload: WorkloadFolder = None, no_wait: NoWait = False, as_json: Json = False
) -> int:
    """Make an environment, or bring it up to date: everything is checked first, then Pulumi does it.

    It ends when the environment's identity can read its sources and write its sinks, where an update gave it
    a permission. The exit code is 1 when it cannot after minutes.
    """
    from mayfly.engine.progress import Progress
    from mayfly.engine.pulumi import Pulumi, PulumiFailed
    from mayfly.workload.loading import load

    output, (root, environ) = Output(as_json), project.with_workload(workload)
    wanted, runs = load(root, environment, environ)
    with output.working(f"checking {environment}") as now:
        pulumi, progress = Pulumi(root, environ), Progress(output.line, transient(now))
        try:
            update = attempt(pulumi, wanted, runs, progress, now)
            made: set[str] | None = update.made
        except PulumiFailed as failure:
            if not take_up(pulumi, wanted, output.line):
                raise told(failure, pulumi, wanted, runs) from None
            update, made = pulumi.up(environment, progress, refresh=True, new=False), None
        notes, elsewhere = beside(wanted, runs)
        waited = time.monotonic()
        cloud = registry.of(wanted.fabric.cloud)
        missing = [] if no_wait else cloud.await_access(wanted, made, now)
        seconds = time.monotonic() - waited
    for note in notes:
        output.line(f"note: {note}")
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
            "notes": [vars(note) for note in notes],
            "elsewhere": [vars(reach) for reach in elsewhere],
            "usable": None if no_wait else not missing,
        },
    )
    return 1 if missing else 0


def beside(wanted: EnvironmentSettings, runs: Workload) -> tuple[Sequence[Problem], Sequence[Reach]]:
    """What is to be known of a factory's folder: what is not sent or lies open, and what can reach elsewhere.

    Of functions nothing: their code can reach anything, which `prove` says.
    """
    from mayfly.workload import takeover
    from mayfly.workload.factory import Factory

    if not isinstance(runs, Factory):
        return (), ()
    complete = registry.complete(wanted)
    if complete is not wanted:
        runs = takeover.factory(wanted, runs, complete.variables.sources)[1]
    return runs.notes, runs.elsewhere(complete.variables.containers)


def attempt(
    pulumi: Pulumi,
    wanted: EnvironmentSettings,
    runs: Workload,
    progress: Callable[[Mapping[str, Any]], None],
    now: Callable[[str], None],
) -> Update:
    """One update, before which the cloud is asked what is wrong.

    By the program, as always, before it makes anything; by us as well while a stack is made, which takes as
    long. Of a stack that this checkout has used we ask when the program has failed, for words of our own.
    """
    from mayfly.engine.pulumi import NoStack, PulumiFailed

    known = pulumi.known(wanted.name)
    new = not known and prepare(pulumi, wanted, runs)
    now(f"making {wanted.name}")
    try:
        return pulumi.up(wanted.name, progress, new=new)
    except PulumiFailed as failure:
        exists = not known or check(wanted, runs)
        if exists or not isinstance(failure, NoStack):
            raise
    return pulumi.up(wanted.name, progress, new=True)


def prepare(pulumi: Pulumi, wanted: EnvironmentSettings, runs: Workload) -> bool:
    """Ask the cloud what is wrong, and meanwhile make the stack.

    Returns whether the stack still has to be made. A stack that turns out to be of no use goes again: when
    something is wrong (BadInput), or when the environment exists and this backend has just not its state.
    """
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        checked = pool.submit(check, wanted, runs)
        made = pulumi.make(wanted.name)
    exists = True
    try:
        exists = checked.result()
    finally:
        if made and exists:
            pulumi.remove(wanted.name)
    return not (made or exists)


def check(wanted: EnvironmentSettings, runs: Workload) -> bool:
    """Whether the environment's group exists.

    Raises BadInput, or Denied, with everything that can be known to be wrong before anything is made.
    """
    return registry.of(wanted.fabric.cloud).check(wanted, runs)


def take_up(pulumi: Pulumi, wanted: EnvironmentSettings, line: Callable[[str], None]) -> bool:
    """Bring what a killed `up` made into the state; False when there is nothing of the kind."""
    from mayfly.engine import recovery
    from mayfly.engine.pulumi import PulumiFailed

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


def told(failure: PulumiFailed, pulumi: Pulumi, wanted: EnvironmentSettings, runs: Workload) -> PulumiFailed:
    """The failure, with the way out where a teardown that was cut short is in the way.

    The engine forgets what goes with a group before that has gone, so its state knows less than there is.
    """
    from mayfly.engine import recovery

    try:
        if recovery.knows_group(pulumi.state(wanted.name)) or not check(wanted, runs):
            return failure
    except MayflyError:  # The first failure is the one to tell.
        return failure
    return type(failure)(f"{failure}\n{CUT_SHORT.format(environment=wanted.name)}")


def as_text(value: Any) -> str:
    """An output as one cell."""
    return value if isinstance(value, str) else json.dumps(value)


def summary(changes: Mapping[str, int]) -> str:
    """ "9 created, 2 unchanged": what an update changed."""
    from mayfly.engine.progress import DONE

    words = [f"{number} {DONE.get(kind, 'unchanged')}" for kind, number in sorted(changes.items())]
    return ", ".join(words) or "no change"
