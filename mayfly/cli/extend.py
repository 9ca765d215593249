"""`mayfly extend`: lets an environment live longer, up to its fabric's longest life."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from mayfly.cli import project
from mayfly.cli.arguments import Environment, Json
from mayfly.cli.living import read
from mayfly.cli.output import Output
from mayfly.errors import BadInput, Problem
from mayfly.naming import stamp, times
from mayfly.settings import rules
from mayfly.settings.invalid import InvalidValue, shown

By = Annotated[
    str,
    typer.Argument(
        metavar="BY",
        help="How much longer, such as 24h or 7d; or the time itself, such as 2026-11-28T18:00:00Z.",
        show_default=False,
    ),
]


def extend(environment: Environment, by: By, as_json: Json = False) -> None:
    """Let an environment live longer: its group's tag says until when. Past the fabric's longest is refused.

    The same duration given twice adds twice; a time does not.
    """
    output, now = Output(as_json), datetime.now(UTC)
    wanted = _parsed(by)
    living = read(project.root(), environment)
    to = living.life.extended(wanted, now)
    life = living.tagged({times.EXPIRES_AT: stamp(to)})
    output.text(f"{environment} expires at {life.told(now)}; at the latest at {stamp(life.cap or to)}")
    before = living.life.expires
    content = {
        "environment": environment,
        "before": stamp(before) if before else None,
        "expires": stamp(life.expires or to),
        "latest": stamp(life.cap) if life.cap else None,
    }
    output.document("extend", content)


def _parsed(by: str) -> timedelta | datetime:
    for rule in (rules.duration, rules.moment):
        try:
            return rule(by)
        except InvalidValue:
            continue
    raise BadInput([Problem("BY", f"got {shown(by)}", f"{rules.DURATION}; or {rules.MOMENT}")])
