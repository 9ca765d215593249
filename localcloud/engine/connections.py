"""The configuration of each engine's connection, and its calls under way."""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import Generic, TypeVar

import grpc

Connection = TypeVar("Connection")


class Connections(Generic[Connection]):
    """Provider instances by connection. Each provider of each engine opens a connection of its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_peer: dict[str, Connection] = {}
        self._stops: defaultdict[str, set[threading.Event]] = defaultdict(set)

    def keep(self, peer: str, connection: Connection) -> None:
        """Keep a provider's configuration."""
        with self._lock:
            self._by_peer[peer] = connection

    def of(self, context: grpc.ServicerContext) -> Connection:
        """Return the provider instance of a call."""
        connection = self._by_peer.get(context.peer())
        if connection is None:
            raise RuntimeError("this connection's provider has not been configured")
        return connection

    def stop_event(self, context: grpc.ServicerContext) -> threading.Event:
        """Return an event that is set when the engine no longer waits for the call: cancelled, or dead."""
        stop, peer = threading.Event(), context.peer()

        def over() -> None:
            stop.set()
            with self._lock:
                self._stops[peer].discard(stop)
                if not self._stops[peer]:
                    del self._stops[peer]

        with self._lock:
            self._stops[peer].add(stop)
        if not context.add_callback(over):
            over()
        return stop

    def cancel(self, peer: str) -> None:
        """Stop all calls of a connection."""
        with self._lock:
            for stop in self._stops.get(peer, ()):
                stop.set()
