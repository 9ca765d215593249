"""What an environment takes of a folder; what it cannot use is refused, what it leaves out is told."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mayfly.errors import Problem
from mayfly.workload.factory.bound import bound
from mayfly.workload.factory.kinds import file, is_store, kind
from mayfly.workload.factory.secrets import held

Documents = Mapping[str, Mapping[str, Any]]

EVENTS = ("BlobEventsTrigger", "CustomEventsTrigger")
"""Triggers that subscribe to events of an account or a topic."""


@dataclass
class Fit:
    """How a folder fits an environment. notes: what is told and stops nothing. left_out: keys not sent."""

    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    left_out: set[str] = field(default_factory=set)


def fit(documents: Documents, stores: Collection[str], permanent: bool | None) -> Fit:
    """Hold a folder's documents against the lifetime of the environment that they are for.

    stores: names of the variable group's. permanent: None where the fabric cannot be read.
    """
    found = Fit()
    for one in bound(documents, stores):
        refused = one.used and permanent is False
        (found.problems if refused else found.notes).append(one.problem)
    if permanent is False:
        found.left_out.update(_event_triggers(documents))
    found.notes += [_no_event_trigger(key) for key in sorted(found.left_out)]
    found.notes += _secrets({key: one for key, one in documents.items() if not is_store(key, stores)})
    return found


def _event_triggers(documents: Documents) -> Iterator[str]:
    """A stopped one needs the rights of a started one (azure-docs#29172), in production's account."""
    for key, document in documents.items():
        properties = document.get("properties")
        if kind(key) == "trigger" and isinstance(properties, dict) and properties.get("type") in EVENTS:
            yield key


def _no_event_trigger(key: str) -> Problem:
    what = "is not sent: an event trigger needs rights on what it listens to, stopped or not"
    return Problem(file(key), what, "start its pipeline by `mayfly run`; a permanent environment has it")


def _secrets(documents: Documents) -> Iterator[Problem]:
    for key, document in sorted(documents.items()):
        for one in held(document):
            what = f"holds what looks like {one.kind}: whoever runs a pipeline here can use it"
            fix = (
                "take it from a key vault, or let it sign in as the factory; here it is masked and encrypted"
            )
            yield Problem(f"{file(key)}: {one.at}", what, fix)
