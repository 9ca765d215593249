"""The interface of a provider that a server runs, and the failures of its operations."""

from __future__ import annotations

import threading
from typing import Protocol, TypeVar

from pulumi.runtime.proto import provider_pb2 as messages

from localcloud.engine.values import Properties

Connection = TypeVar("Connection")


class HalfMade(Exception):
    """A resource was made, but not completed. The engine must keep it in the state."""

    def __init__(self, resource_id: str, inputs: Properties, outputs: Properties, reason: str) -> None:
        super().__init__(reason)
        self.resource_id = resource_id
        self.inputs = inputs
        self.outputs = outputs


class Abandoned(Exception):
    """The engine died, or asked to stop, during an operation."""


class Backend(Protocol[Connection]):
    """A provider. Calls may come from several threads at once.

    version: of the official provider that it follows. `stop` is set when nobody waits for the call any more.
    The message of an exception becomes the message of the resource's error.
    """

    version: str

    def configure(self, request: messages.ConfigureRequest) -> Connection:
        """Return a provider instance."""

    def check(self, at: Connection, request: messages.CheckRequest) -> messages.CheckResponse:
        """Add defaults and report missing inputs."""

    def diff(self, request: messages.DiffRequest) -> messages.DiffResponse:
        """Return the changes of an update."""

    def create(
        self, at: Connection, request: messages.CreateRequest, stop: threading.Event
    ) -> messages.CreateResponse:
        """Make a resource. Raises HalfMade when it was made and not completed."""

    def update(
        self, at: Connection, request: messages.UpdateRequest, stop: threading.Event
    ) -> messages.UpdateResponse:
        """Change a resource."""

    def read(self, at: Connection, request: messages.ReadRequest) -> messages.ReadResponse:
        """Read a resource."""

    def delete(self, at: Connection, request: messages.DeleteRequest, stop: threading.Event) -> None:
        """Remove a resource. Absent is fine."""

    def invoke(self, at: Connection, token: str, arguments: Properties) -> Properties:
        """Call a function."""

    def close(self) -> None:
        """Close the connections."""
