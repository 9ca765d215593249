"""`mayfly receipt show`: the receipts of teardowns, as tables or as they are kept."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from contextlib import suppress
from itertools import groupby
from typing import TYPE_CHECKING, Annotated

import typer

from mayfly import settings
from mayfly.cli import project
from mayfly.cli.arguments import Json
from mayfly.cli.output import Output
from mayfly.engine import backend
from mayfly.engine.receipts import SharedReceipts
from mayfly.errors import BadInput, MayflyError, Problem
from mayfly.nearest import choices
from mayfly.settings import ids
from mayfly.teardown import receipt

if TYPE_CHECKING:
    from pathlib import Path

    from mayfly.clouds.thing import Thing
    from mayfly.teardown import Receipt

FOLDER = "receipts"
"""Where `mayfly down` keeps them, in the project's folder."""

COLUMNS = ("environment", "ended", "was", "gone", "remains", "on production", "complete")

Environment = Annotated[
    str | None,
    typer.Argument(
        metavar="[ENV]",
        help="An environment's whole name; without it, the latest of each.",
        show_default=False,
    ),
]
All = Annotated[bool, typer.Option("--all", help="Every receipt, not the latest alone; oldest first.")]


def show(environment: Environment = None, all: All = False, as_json: Json = False) -> None:
    """Show the latest receipt of an environment, or of each."""
    output, root = Output(as_json), project.root()
    if environment is not None:
        ids.parse(environment)
    shared = SharedReceipts(settings.project(root), os.environ)
    kept = receipt.kept(root / FOLDER, environment)
    claimed, lines = _claimed(shared, environment, all, root)
    for line in [*(f"{path}: {why}" for path, why in kept.unread), *lines]:
        output.line(line)
    receipts = sorted([*kept.found, *claimed], key=lambda each: each.ended)
    if environment is not None and not receipts:
        raise BadInput([_none(environment, root, shared)])
    found = receipts if all else latest(receipts)
    output.document("receipt show", {"receipts": [each.model_dump(mode="json") for each in found]})
    if environment is not None and not all:
        tell(output, found[0])
    elif found:
        output.table(COLUMNS, [cells(each) for each in found])
    else:
        output.text("there is no receipt")


def _claimed(
    shared: SharedReceipts, environment: str | None, all: bool, root: Path
) -> tuple[list[Receipt], list[str]]:
    """The receipts that the folder has not and the backend has, and what is to be told of them."""
    if not shared.where:
        if backend.folder(os.environ) is not None:
            return [], []
        what = f"receipts lie in {root / FOLDER} alone: only s3:// and azblob:// backends keep them, too"
        return [], [f"note: {what}, and this is {backend.shown(os.environ)}"]
    try:
        found, unread = shared.read(environment, all, {path.name for path in (root / FOLDER).glob("*.json")})
    except MayflyError as error:
        return [], [f"{shared.where} could not be read: {error}"]
    told = f"{len(found)} from {shared.where}: whoever may write to the backend may write a receipt"
    return found, [*unread, *([told] if found else [])]


def _none(environment: str, root: Path, shared: SharedReceipts) -> Problem:
    """Say that there is no receipt of an environment, and of which similar ones there is."""
    known = {each.environment for each in receipt.kept(root / FOLDER).found}
    with suppress(MayflyError):  # it was told
        known |= shared.environments()
    where = f"{root / FOLDER} has no receipt of it" + (f", nor {shared.where}" if shared.where else "")
    return Problem(f"environment {environment!r}", where, choices(environment, known, none="there are none"))


def latest(receipts: Iterable[Receipt]) -> tuple[Receipt, ...]:
    """The last one of each environment. receipts: oldest first."""
    return tuple({each.environment: each for each in receipts}.values())


def cells(receipt: Receipt) -> list[str]:
    """A receipt as one row of COLUMNS."""
    grants = receipt.production_grants
    numbers = (grants.by_principal, grants.by_description)
    return [
        receipt.environment,
        receipt.ended.strftime("%Y-%m-%d %H:%M:%S"),
        *(str(len(things)) for things in (receipt.was, receipt.gone, receipt.remains)),
        " + ".join("unknown" if number is None else str(number) for number in numbers),
        "yes" if receipt.complete else "NO",
    ]


def tell(output: Output, receipt: Receipt) -> None:
    """Tell a receipt to people."""
    for problem in receipt.problems:
        output.line(problem)
    if receipt.was:
        output.table(("what was there", "", "now"), rows(receipt))
    for remaining in receipt.remains:
        output.text(f"REMAINS {remaining.thing.id}: {remaining.why}")
    for thing in receipt.forgotten:
        output.text(f"forgotten, and not looked at: {thing.type} {thing.id}")
    for name in receipt.reserved:
        until = f"until {name.until:%Y-%m-%d}" if name.until else "for a while"
        output.text(f"not free at once: {name.name}, {until}: {name.why}")
    for caveat in receipt.caveats:
        output.text(f"note: {caveat}")
    output.text(receipt.verdict)


def rows(receipt: Receipt) -> list[tuple[str, str, str]]:
    """Return the receipt's rows for people: one for each thing, or a number for many of one type."""
    gone = {thing.id for thing in receipt.gone}
    found = []
    for (type_, is_gone), group in groupby(receipt.was, key=lambda thing: (_type(thing), thing.id in gone)):
        things = list(group)
        name = things[0].detail or re.split("[/:]", things[0].id)[-1]
        if len(things) > 1:
            name = f"{len(things)} of them"
        found.append((name, type_, "gone" if is_gone else "REMAINS"))
    return found


def _type(thing: Thing) -> str:
    """A type without its namespace: "factories/pipelines", "S3::Bucket"."""
    return thing.type.partition("/")[2] or thing.type.removeprefix("AWS::")
