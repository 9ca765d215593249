"""`mayfly keep`: holds an environment past its expiry, with who and why; no sweep removes it meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from mayfly.cli import project
from mayfly.cli.arguments import Environment, Json
from mayfly.cli.living import read
from mayfly.cli.output import Output
from mayfly.errors import BadInput, Problem
from mayfly.naming import stamp, times
from mayfly.settings import rules
from mayfly.settings.invalid import InvalidValue

Until = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="Until when, such as 2026-12-24T18:00:00Z.", show_default=False),
]
Why = Annotated[
    str | None,
    typer.Option(
        metavar="TEXT", help="Why, for everybody who asks what it is still there for.", show_default=False
    ),
]
Release = Annotated[bool, typer.Option("--release", help="Keep it no longer; its expiry counts again.")]


def keep(
    environment: Environment,
    until: Until = None,
    why: Why = None,
    release: Release = False,
    as_json: Json = False,
) -> None:
    """Hold an environment past its expiry, also past the fabric's longest life. Who, as the cloud names you,
    and why stand in its group's tags; `list` and `sweep` show them.
    """
    output, now = Output(as_json), datetime.now(UTC)
    wanted = _checked(until, why, release, now)
    living = read(project.root(), environment)
    if wanted is None:
        life = living.tagged({}, times.KEPT)
        output.text(
            f"{environment} is kept no longer; it expires at {life.told(now) or 'no time that is told'}"
        )
    else:
        who = living.cloud.caller(living.target)
        tags = {times.KEPT_UNTIL: stamp(wanted), times.KEPT_BY: who, times.KEPT_WHY: why or ""}
        life = living.tagged(tags)
        output.text(f"{environment} is {life.told(now)}")
    kept = life.keep
    content = {
        "environment": environment,
        "expires": stamp(life.expires) if life.expires else None,
        "kept_until": stamp(kept.until) if kept else None,
        "kept_by": kept.by if kept else None,
        "kept_why": kept.why if kept else None,
    }
    output.document("keep", content)


def _checked(until: str | None, why: str | None, release: bool, now: datetime) -> datetime | None:
    """Return until when it is to be kept, None for no longer. Raises BadInput with all that is wrong."""
    if release:
        if until is not None or why is not None:
            fix = "give --release alone, or leave it out"
            raise BadInput([Problem("--release", "ends a keep, and --until or --why is given as well", fix)])
        return None
    problems, time = [], None
    try:
        time = rules.moment(until)
        if time <= now:
            problems.append(Problem("--until", f"{stamp(time)} is past", f"a time after {stamp(now)}"))
    except InvalidValue as refused:
        problems.append(Problem("--until", refused.what, refused.fix))
    if why is None or not why.strip():
        problems.append(Problem("--why", "is missing", "a line for whoever asks what it is still there for"))
    if problems:
        raise BadInput(problems)
    return time
