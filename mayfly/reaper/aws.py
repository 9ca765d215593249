"""What the reaper's function runs on AWS: `mayfly.sweep`, with its findings in the function's log."""

from __future__ import annotations

import json
import tempfile
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mayfly import reaper, registry, settings
from mayfly.errors import Leftovers
from mayfly.life.sweep import SweepRules
from mayfly.sweep import Sweep, SweepItem, find, sources
from mayfly.teardown.stack import NoStack

STACK = "reaper-aws"
PROJECT = Path(__file__).parents[2] / "project"
"""Where the project's settings lie in the function's package."""


def handler(event: object, context: object) -> dict[str, Any]:
    """Sweep once. event: not looked at: nobody who may call it tells it what to remove.

    Raises Leftovers when anything that was due remains, or something could not be read: a failed call is
    what Lambda counts, tries again twice, and puts into the dead-letter queue.
    """
    with tempfile.TemporaryDirectory() as receipts:
        return sweep(PROJECT, datetime.now(UTC), Path(receipts))


def sweep(root: Path, now: datetime, receipts: Path) -> dict[str, Any]:
    """Sweep the environments of the reaper's account and region, and return how many had which outcome.

    root: the folder with the project's settings. now: the one clock reading. receipts: a folder for them;
    each is printed, too. Stacks are not looked at: they stay, until a `mayfly sweep` finds that nothing else
    is left of their environments. Raises Leftovers.
    """
    known = settings.fabrics(root)
    rules = SweepRules(settings.project(root), known, now)
    fabrics = [*reaper.load(root, STACK).fabrics(known)]
    read, unknown = sources(root, fabrics)
    listing = registry.of("aws").environments(fabrics, closely={id for ids in read.values() for id in ids})
    listing.unread |= {f"sources of {name}": why for name, why in unknown.items()}
    items = find(rules, listing.found, {}, unread=bool(listing.unread))
    Sweep(root, rules, receipts, read, lambda _: nullcontext(NoStack()), say=_say).run(items)
    for item in items:
        _tell({"environment": {**item.document(), "receipt": None}})  # its file goes with this call
        if item.receipt is not None:
            _tell({"receipt": json.loads(item.receipt.read_text())})
    outcomes = [str(item.outcome) for item in items if item.is_due]
    found = {
        "environments": len(items),
        "outcomes": {outcome: outcomes.count(outcome) for outcome in sorted({*outcomes})},
        "unread": listing.unread,
        "stacks": "not looked at: they stay until the next `mayfly sweep --execute`",
    }
    _tell(found)
    left = [_left(item) for item in items if item.is_left_over]
    left += [f"{place} could not be read: {why}" for place, why in listing.unread.items()]
    if left:
        raise Leftovers("; ".join(left))
    return found


def _left(item: SweepItem) -> str:
    return f"{item.environment} {item.outcome}: {item.told}"


def _say(text: str) -> None:
    _tell({"say": text})


def _tell(line: dict[str, Any]) -> None:
    """One line of the function's log, which CloudWatch Logs Insights reads as JSON."""
    print(json.dumps(line), flush=True)  # noqa: T201 - the log of a function is what it prints
