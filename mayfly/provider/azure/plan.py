"""Plans the steps that bring a factory from one content to another. Nothing is called here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from mayfly.provider.azure import documents as docs
from mayfly.workload import factory

Documents = Mapping[str, str]
RUNNING = "running"


@dataclass(frozen=True)
class Content:
    """A factory's content. triggers: "stopped" or "running"; None when nothing was ever made."""

    documents: Documents = field(default_factory=dict)
    etags: Mapping[str, str] = field(default_factory=dict)
    triggers: str | None = None


@dataclass(frozen=True)
class Plan:
    """Steps, in this order. send, remove: levels, each of which may be done all at once.

    stop: started triggers that are about to change, go, or rest. start: those to run afterwards.
    """

    stop: tuple[str, ...]
    send: tuple[tuple[str, ...], ...]
    remove: tuple[tuple[str, ...], ...]
    start: tuple[str, ...]


def changed(before: Documents, after: Documents) -> list[str]:
    """Keys of `after` that are new or differ."""
    return [key for key, text in after.items() if key not in before or not docs.same(before[key], text)]


def removed(before: Documents, after: Documents) -> list[str]:
    """Keys of `before` to remove. One that comes back under another case is the same thing to the cloud."""
    kept = {key.lower() for key in after}
    return [key for key in before if key.lower() not in kept]


def concerned(before: Content, after: Content) -> list[str]:
    """Return the triggers whose state in the cloud the plan depends on."""
    keys = {*changed(before.documents, after.documents), *removed(before.documents, after.documents)}
    if before.triggers != after.triggers:
        keys.update(after.documents)
    return sorted(key for key in keys if docs.is_trigger(key))


def plan(before: Content, after: Content, started: Mapping[str, bool | None]) -> Plan:
    """The steps from `before` to `after`.

    started: for each trigger that `concerned` names, whether it runs; None when it is not in the cloud.
    """
    send = changed(before.documents, after.documents)
    remove = removed(before.documents, after.documents)
    start = [key for key in started if _shall_run(key, before, after, started[key])]
    stop = [key for key, runs in started.items() if runs and (key in {*send, *remove} or key not in start)]
    return Plan(
        stop=tuple(stop),
        send=_levels(after.documents, send),
        remove=tuple(reversed(_levels(before.documents, remove))),
        start=tuple(key for key in start if key in stop or not started[key]),
    )


def _shall_run(key: str, before: Content, after: Content, runs: bool | None) -> bool:
    """Whether a trigger is to run in the end.

    A known trigger that does not run was stopped by hand; it stays stopped unless its file or the fabric
    changed.
    """
    text = after.documents.get(key)
    if text is None or after.triggers != RUNNING or not docs.wants_to_run(text):
        return False
    known = before.documents.get(key)
    return bool(runs) or known is None or not docs.wants_to_run(known) or before.triggers != RUNNING


def _levels(documents: Documents, keys: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """The given keys in the order that references ask: each level needs only what lies in earlier ones."""

    wanted = set(keys)
    levels = factory.levels(dict(documents)) if wanted else []
    found = (tuple(key for key in level if key in wanted) for level in levels)
    return tuple(level for level in found if level)
