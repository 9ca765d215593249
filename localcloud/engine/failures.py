"""How an operation on a resource can fail."""

from __future__ import annotations

from localcloud.engine.values import Properties


class HalfMade(Exception):
    """A resource that was made, but not to the end: the engine must know of it all the same."""

    def __init__(self, resource_id: str, inputs: Properties, outputs: Properties, reason: str) -> None:
        super().__init__(reason)
        self.resource_id = resource_id
        self.inputs = inputs
        self.outputs = outputs


class Abandoned(Exception):
    """The engine went away, or asked to stop, while an operation was under way."""
