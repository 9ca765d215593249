"""`mayfly status`: everything about one environment on one screen."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mayfly import registry, settings
from mayfly.cli import project
from mayfly.cli.arguments import Environment, Json
from mayfly.cli.output import Output
from mayfly.cli.target import find, unknown
from mayfly.engine import backend, locks
from mayfly.engine.shared_backend import is_shared
from mayfly.errors import BadInput, MayflyError, Problem
from mayfly.life import Lifespan
from mayfly.naming import stamp, tagging, times

if TYPE_CHECKING:
    from mayfly.clouds.thing import Thing
    from mayfly.status import EnvironmentStatus

DRIFT = "not told: that takes the program; `pulumi preview --refresh --stack {environment}` tells"


def status(environment: Environment, as_json: Json = False) -> None:
    """Show an environment: resources, expiry, lock, last runs and proof, grants on production, cost class.

    The cloud's own records tell it all: no program runs, and no state is read.
    """
    output, root, now = Output(as_json), project.root(), datetime.now(UTC)
    target = find(root, environment, may_be_permanent=True)
    with output.working(f"asking for {environment}"):
        found = registry.of(target.cloud).status(target)
    if found.group is None and not found.resources and not found.granted:
        what = unknown(root, target)
        raise BadInput([Problem(f"environment {environment!r}", what, "`mayfly up` makes it")])
    rules = settings.fabric_of(root, environment).life if settings.has_fabric(root, environment) else None
    life = Lifespan.of(found.group.tags if found.group else {}, rules)
    lock, free = _lock(settings.project(root), environment)
    drift = DRIFT.format(environment=environment)
    facts = {**facts_of(found, life, now), "lock": lock or free, "drift": drift}
    output.table((environment, target.cloud), [fact for fact in facts.items() if fact[1]])
    runs = [(run.name, run.status, seconds(run.started), seconds(run.ended), run.id) for run in found.runs]
    if runs:
        output.table(("last runs", "", "started", "ended", "id"), runs)
    output.table(("resource", "type", ""), [*rows(found.resources)])
    for why in found.unread:
        output.line(f"could not be read: {why}")
    output.document(
        "status",
        {
            "environment": environment,
            "cloud": target.cloud,
            "group": found.group.id if found.group else None,
            "state": found.state,
            **document(found, life),
            "lock": lock or None,
            "drift": None,
            "unread": [*found.unread],
        },
    )


def _lock(project: str, environment: str) -> tuple[str, str]:
    """Who holds the stack, "" for nobody, and what is to be said then."""
    if backend.folder(os.environ) is None and not is_shared(os.environ):
        return "", "not told: this backend keeps its locks to itself"
    try:
        held = locks.all_of(os.environ, project, environment)
    except MayflyError as error:
        return "", f"not told: {error}"
    return "; ".join(f"{one}: {one.owner}" for one in held), "nobody holds it"


def facts_of(found: EnvironmentStatus, life: Lifespan, now: datetime) -> dict[str, str]:
    """What is known of an environment, a line each."""
    tags: Mapping[str, str] = found.group.tags if found.group else {}
    origin = [tags.get(tag, "") for tag in (tagging.REPOSITORY, tagging.COMMIT)]
    workload = [tags.get(tag, "") for tag in (tagging.WORKLOAD_REPOSITORY, tagging.WORKLOAD_COMMIT)]
    costs = ", ".join(f"{number} {each.value}" for each, number in found.costs.items())
    return {
        "group": f"{found.group.name} {found.state or ''}".strip() if found.group else "none is left",
        "owner": tags.get(tagging.OWNER, ""),
        "created": stamp(life.created) if life.created else "",
        "expires": life.told(now) or "never",
        "platform": " ".join(part for part in origin if part),
        "workload": " ".join(part for part in workload if part),
        "on production": grants(found),
        "last run": _last(found),
        "last proof": "; ".join(part for part in (seconds(found.proved), found.proved_unknown) if part),
        "costs": f"{found.cost_class} ({costs})" if costs else "",
    }


def grants(found: EnvironmentStatus) -> str:
    """What production grants it."""
    if found.grants is None:
        return "unknown"
    counts = (found.grants.by_principal, found.grants.by_description)
    by_principal, by_description = ("unknown" if count is None else str(count) for count in counts)
    if not found.grants.given:
        return f"statements that name its roles: {by_principal}, its path: {by_description}"
    held = "; ".join(thing.detail for thing in found.granted)
    return f"{by_principal} by principal, {by_description} by description{f': {held}' if held else ''}"


def _last(found: EnvironmentStatus) -> str:
    if not found.runs:
        return found.runs_unknown or "none is remembered"
    run = found.runs[0]
    return f"{run.name} {run.status}, {seconds(run.ended or run.started)}"


def seconds(time: str | None) -> str:
    """A time to the second, for people; "" for none."""
    return stamp(times.parse(time)) if time else ""


def rows(resources: Sequence[Thing]) -> Iterator[tuple[str, str, str]]:
    """The resources in the order of their types: name, type, and what else is to be said."""
    for thing in sorted(resources, key=lambda thing: (thing.type, thing.id)):
        name = thing.id.replace(":", "/").rpartition("/")[2]
        yield name, thing.type, "" if thing.detail.endswith(name) else thing.detail


def document(found: EnvironmentStatus, life: Lifespan) -> dict[str, Any]:
    """The fields of `--json` that are more than a text."""
    keep = life.keep
    return {
        "tags": dict(found.group.tags) if found.group else {},
        "created": stamp(life.created) if life.created else None,
        "expires": stamp(life.expires) if life.expires else None,
        "latest": stamp(life.cap) if life.cap else None,
        "kept": {"until": stamp(keep.until), "by": keep.by, "why": keep.why} if keep else None,
        "resources": [thing.model_dump() for thing in found.resources],
        "runs": [asdict(run) for run in found.runs],
        "runs_unknown": found.runs_unknown or None,
        "proved": found.proved,
        "proved_unknown": found.proved_unknown or None,
        "grants": found.grants.model_dump() if found.grants else None,
        "granted": [thing.model_dump() for thing in found.granted],
        "costs": {each.name.lower(): number for each, number in found.costs.items()},
        "cost_class": found.cost_class.name.lower() if found.cost_class else None,
    }
