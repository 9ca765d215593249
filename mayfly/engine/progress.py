"""Turns the engine's events into a line a resource."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

DONE = {
    "create": "created",
    "update": "updated",
    "delete": "deleted",
    "replace": "replaced",
    "create-replacement": "created anew",
    "delete-replaced": "deleted the old",
    "read": "read",
    "discard-replaced": "deleted the old",
}
"""Operations worth a line, in the past tense; "same" is not among them."""

DOING = {
    "create": "creating",
    "update": "updating",
    "delete": "deleting",
    "create-replacement": "creating anew",
    "delete-replaced": "deleting the old",
    "read": "reading",
}


SAID = re.compile(r"^(?:info: )?mayfly: (.+)$", re.MULTILINE)
"""A line of the program (`stacks.preflight.say`): a message of its own, or one of several on stderr."""


def summary(changes: Mapping[str, int]) -> str:
    """ "9 created, 2 unchanged": what an update changed."""
    words = [f"{number} {DONE.get(kind, 'unchanged')}" for kind, number in sorted(changes.items())]
    return ", ".join(words) or "no change"


@dataclass
class Progress:
    """Says what the engine does: what ended as a line, what goes on in the spinner.

    line: says a line. now: changes what is shown as going on.
    """

    line: Callable[[str], None]
    now: Callable[[str], None]
    started: dict[str, float] = field(default_factory=dict)

    def __call__(self, event: Mapping[str, Any]) -> None:
        """Take one engine event."""
        if metadata := event.get("resourcePreEvent", {}).get("metadata"):
            self._starts(metadata)
        elif metadata := event.get("resOutputsEvent", {}).get("metadata"):
            self._ends(metadata, DONE.get(metadata["op"]))
        elif metadata := event.get("resOpFailedEvent", {}).get("metadata"):
            self._ends(metadata, "FAILED")
        elif diagnostic := event.get("diagnosticEvent"):
            self._tells(diagnostic)

    def _starts(self, metadata: Mapping[str, Any]) -> None:
        self.started[metadata["urn"]] = time.monotonic()
        if (doing := DOING.get(metadata["op"])) and _in_the_cloud(metadata):
            self.now(f"{doing} {_name(metadata)}")

    def _ends(self, metadata: Mapping[str, Any], done: str | None) -> None:
        took = time.monotonic() - self.started.pop(metadata["urn"], time.monotonic())
        if done and _in_the_cloud(metadata):
            self.line(f"  {done:<10} {_name(metadata)}  {took:.1f} s")

    def _tells(self, diagnostic: Mapping[str, Any]) -> None:
        """A warning about a resource, and what the program says itself; errors are shown whole at the end."""
        for said in SAID.findall(diagnostic["message"]):
            self.line(f"  {said}")
        if diagnostic["severity"] == "warning" and diagnostic.get("urn"):
            self.line(f"  {diagnostic.get('prefix', '')}{diagnostic['message']}".rstrip())


def _in_the_cloud(metadata: Mapping[str, Any]) -> bool:
    """Whether it is a resource that a provider makes: the stack, components and providers have none."""
    return bool(metadata.get("provider"))


def _name(metadata: Mapping[str, Any]) -> str:
    """The type's short form and the resource's name: "storage:BlobContainer qa-7-curated", "s3:Bucket …"."""
    package, _, kind = metadata["type"].partition(":")
    short = re.sub("/[^:]*", "", kind) if package in ("azure-native", "aws") else metadata["type"]
    return f"{short} {metadata['urn'].rsplit('::', 1)[-1]}"
