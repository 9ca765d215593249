"""What a provider server needs to know of the provider it stands for."""

from __future__ import annotations

import threading
from typing import Protocol, TypeVar

from pulumi.runtime.proto import provider_pb2 as messages

from localcloud.engine.values import Properties

Connection = TypeVar("Connection")


class Backend(Protocol[Connection]):
    """A provider: its configuration, its resources, its functions. All calls may come at once.

    version: the official provider's release whose behaviour is followed. `stop` is set when nobody waits for
    the call any longer. What is raised becomes the message of the resource's error.
    """

    version: str

    def configure(self, request: messages.ConfigureRequest) -> Connection:
        """A provider instance."""

    def check(self, at: Connection, request: messages.CheckRequest) -> messages.CheckResponse:
        """Defaults and what is missing."""

    def diff(self, request: messages.DiffRequest) -> messages.DiffResponse:
        """What an update changes."""

    def create(
        self, at: Connection, request: messages.CreateRequest, stop: threading.Event
    ) -> messages.CreateResponse:
        """Make a resource. Raises HalfMade if it was made, but not to the end."""

    def update(
        self, at: Connection, request: messages.UpdateRequest, stop: threading.Event
    ) -> messages.UpdateResponse:
        """Change a resource."""

    def read(self, at: Connection, request: messages.ReadRequest) -> messages.ReadResponse:
        """What is there now."""

    def delete(self, at: Connection, request: messages.DeleteRequest, stop: threading.Event) -> None:
        """Remove a resource. Fine if it is not there."""

    def invoke(self, at: Connection, token: str, arguments: Properties) -> Properties:
        """Call a function."""

    def close(self) -> None:
        """Give up the connections that are kept open."""
