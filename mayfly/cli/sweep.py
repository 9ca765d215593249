"""`mayfly sweep`: shows what is over, half made or left behind; with --execute it removes that."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mayfly import settings
from mayfly.cli import project
from mayfly.cli.arguments import Json
from mayfly.cli.down import IncludeForeign, Stack
from mayfly.cli.list import everywhere, lines
from mayfly.cli.output import Output
from mayfly.cli.receipt import FOLDER
from mayfly.engine.pulumi import Pulumi
from mayfly.engine.receipts import SharedReceipts
from mayfly.errors import BadInput, Busy, Leftovers, MayflyError, Problem
from mayfly.life.sweep import SweepRules
from mayfly.nearest import choices
from mayfly.registry import ENTRIES
from mayfly.settings.ids import environment_id
from mayfly.settings.invalid import InvalidValue
from mayfly.settings.rules import duration, in_words
from mayfly.sweep import Outcome, Sweep, find, sources
from mayfly.teardown.stack import NoStack

if TYPE_CHECKING:
    from mayfly import teardown
    from mayfly.listing import Listing
    from mayfly.settings import Fabric
    from mayfly.sweep import SweepItem

CALLS = 4
"""Calls of the Pulumi CLI at a time: each takes half a second of a processor, and 100 MiB."""

MOST_TOLD = 10
"""Lines of --open-ids that are told to be wrong."""

COLUMNS = ("environment", "cloud", "what", "why")

Execute = Annotated[
    bool, typer.Option("--execute", help="Remove what is due; without it nothing is removed.")
]
Fabrics = Annotated[
    list[str] | None,
    typer.Option(
        "--fabric", metavar="NAME", help="Environments of this fabric alone; repeatable.", show_default=False
    ),
]
CloudName = Annotated[
    str | None,
    typer.Option(
        "--cloud", metavar="NAME", help="Fabrics of this cloud alone: azure or aws.", show_default=False
    ),
]
Most = Annotated[
    int | None,
    typer.Option(
        "--max", min=1, help="Remove this many at most, the most overdue first.", show_default=False
    ),
]
OpenIds = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="The ids of the one --fabric whose pull requests are open, one a line: its others go too.",
        show_default=False,
    ),
]
NoneOpen = Annotated[bool, typer.Option("--none-open", help="An empty --open-ids is meant: none is open.")]
Grace = Annotated[
    str,
    typer.Option(
        metavar="DURATION", help="How old what is half made or left behind has to be; 0m for any age."
    ),
]


def sweep(
    execute: Execute = False,
    fabric: Fabrics = None,
    cloud: CloudName = None,
    most: Most = None,
    open_ids: OpenIds = None,
    none_open: NoneOpen = False,
    grace: Grace = "1h",
    include_foreign: IncludeForeign = False,
    as_json: Json = False,
) -> int:
    """Show what is expired, half made, or left behind without its group, from the clouds' own records.

    With --execute it goes, each environment on its own, with a receipt. What is permanent, kept, of another
    project or holds resources of others is left alone, with the reason. The exit code is 4 when anything that
    was due remains.
    """
    output, root, started = Output(as_json), project.root(), time.monotonic()
    known = settings.fabrics(root)
    wanted, open_now, old = _asked(known, fabric, cloud, open_ids, none_open, grace)
    rules = SweepRules(settings.project(root), known, datetime.now(UTC), old, open_now)
    shared = SharedReceipts(rules.project, os.environ)
    with output.working("looking for environments") as now:
        read, unknown = sources(root, wanted.values())
        listing = everywhere(wanted.values(), closely={id for ids in read.values() for id in ids})
        listing.unread |= {f"sources of {name}": why for name, why in unknown.items()}
        rows = [row for row in listing.found if not (fabric or cloud) or row.fabric_name in wanted]
        stacks, no_backend = _stacks(root)
        theirs = {name: time for name, time in stacks.items() if name.partition("-")[0] in wanted}
        items = find(rules, rows, theirs, bool(listing.unread))
        if execute:
            stack = stack_of(root, {*stacks})
            Sweep(root, rules, root / FOLDER, read, stack, now, include_foreign, shared.keep).run(items, most)
    if shared.note:
        listing.notes.append(shared.note)
    for line in lines(listing):
        output.line(line)
    for note in listing.notes:
        output.line(f"note: {note}")
    if no_backend:
        output.line(f"note: stacks are not looked at, and stay: {no_backend}")
    _show(output, items, execute)
    seconds = round(time.monotonic() - started, 1)
    output.document(
        "sweep",
        {
            "executed": execute,
            "environments": [item.document() for item in items],
            "unread": listing.unread,
            "notes": listing.notes,
            "stacks_unread": no_backend,
            "seconds": seconds,
        },
    )
    return exit_code(items, listing, execute)


def exit_code(items: Sequence[SweepItem], listing: Listing, execute: bool) -> int:
    """4 when anything that was due remains, 5 when others only work on it, 1 when a place was not read."""
    left = [item.outcome for item in items if item.is_left_over]
    if left:
        return Busy.exit_code if {*left} == {Outcome.BUSY} else Leftovers.exit_code
    return 1 if execute and listing.unread else 0


def _asked(
    known: Mapping[str, Fabric],
    names: Sequence[str] | None,
    cloud: str | None,
    open_ids: Path | None,
    none_open: bool,
    grace: str,
) -> tuple[dict[str, Fabric], dict[str, set[str]] | None, Any]:
    """The fabrics that are meant, what is open, and the grace. Raises BadInput with all that is wrong."""
    from datetime import timedelta

    problems = [
        Problem("--fabric", f"there is no fabric {name!r}", choices(name, known))
        for name in names or ()
        if name not in known
    ]
    if cloud is not None and cloud not in ENTRIES:
        problems.append(Problem("--cloud", f"got {cloud!r}", choices(cloud, ENTRIES)))
    old = timedelta(0)
    try:
        old = old if grace == "0m" else duration(grace)
    except InvalidValue as refused:
        problems.append(Problem("--grace", refused.what, f"{refused.fix}; or 0m"))
    opened = None
    if open_ids is None and none_open:
        problems.append(Problem("--none-open", "there is no --open-ids", "give the file that is empty, too"))
    if open_ids is not None:
        if len(names or ()) != 1:
            fix = "give the one fabric whose ids these are"
            problems.append(Problem("--open-ids", f"got {len(names or ())} of --fabric", fix))
        found, wrong = _open(open_ids, none_open)
        problems += wrong
        name = (names or [""])[0]
        opened = {name: found | {id.removeprefix(f"{name}-") for id in found}}  # qa-142 for 142 keeps it, too
    wanted = {
        name: one
        for name, one in known.items()
        if (not names or name in names) and cloud in (None, one.cloud)
    }
    if not wanted and not problems:
        what = f"none of {', '.join(names or known)} is of the cloud {cloud!r}"
        problems.append(Problem("--cloud", what, "leave it out, or name a fabric of that cloud"))
    if problems:
        raise BadInput(problems)
    return wanted, opened, old


def _open(path: Path, none_open: bool) -> tuple[set[str], list[Problem]]:
    """The ids in a file, and what is wrong with it. An empty one closes everything: it has to be meant."""
    where = f"--open-ids {path}"
    try:
        lines = [line.strip() for line in path.read_text().splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        return set(), [Problem(where, f"cannot be read: {error}", "a file with an id a line")]
    found, problems = set(), []
    for number, line in enumerate(lines, 1):
        if line:
            try:
                found.add(environment_id(line))
            except InvalidValue as refused:
                problems.append(Problem(f"{where}:{number}", refused.what, refused.fix))
    if more := len(problems[MOST_TOLD:]):  # such as of a page that is no list at all
        problems[MOST_TOLD:] = [Problem(where, f"{more} more lines are no ids", "a file with an id a line")]
    if not found and not problems and not none_open:
        problems.append(
            Problem(where, "is empty, and all environments would go", "give --none-open if it is meant")
        )
    return found, problems


def _stacks(root: Path) -> tuple[dict[str, datetime | None], str]:
    """The backend's stacks, and why it cannot be asked, "" when it can."""
    try:
        return Pulumi(root, os.environ).all_stacks(), ""
    except MayflyError as error:
        return {}, str(error).partition("\n")[0]


def stack_of(root: Path, known: set[str]) -> Callable[[str], Any]:
    """Return what gives an environment's stack. known: those in the backend; of others no CLI is started.

    However many environments go at once, CALLS of their stacks are read or removed at a time.
    """
    pulumi, turn = Pulumi(root, os.environ), threading.Semaphore(CALLS)

    def exported(environment: str) -> dict[str, Any] | None:
        with turn, pulumi.exporting(environment) as state:
            return state()

    @contextmanager
    def of(environment: str) -> Iterator[teardown.Stack]:
        if environment not in known:
            yield NoStack()
            return
        stack = Stack(pulumi, environment, lambda: exported(environment), turn)
        yield stack
        if stack.removed:
            stack.forget()

    return of


def _show(output: Output, items: Sequence[SweepItem], execute: bool) -> None:
    if items:
        output.table(COLUMNS, [cells(item) for item in items])
    else:
        output.text("no environment exists")
    for item in items:
        if item.decision.warning is not None:
            left = in_words(item.decision.warning)
            output.text(
                f"warning: {item.environment} ends in {left}; `mayfly extend {item.environment} 24h` holds it"
            )
    due = [item for item in items if item.is_due]
    if not execute:
        output.text(
            f"{len(due)} of {len(items)} are due; `mayfly sweep --execute` removes them"
            if due
            else "nothing is due"
        )
        return
    counts = {
        outcome: sum(item.outcome == outcome for item in due)
        for outcome in sorted({item.outcome or "" for item in due})
    }
    output.text(", ".join(f"{number} {outcome}" for outcome, number in counts.items()) or "nothing was due")


def cells(item: SweepItem) -> tuple[str, str, str, str]:
    """One environment for people."""
    what = str(item.outcome or item.decision.cause or "stays")
    why = f"{item.decision.why}; {item.told}" if item.told else item.decision.why
    return item.environment, item.cloud, what, why
