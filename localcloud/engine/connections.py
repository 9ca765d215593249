"""What one connection of an engine was configured with, and the calls it has under way."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

import grpc

from localcloud.engine.arm import Arm, Credentials

PREFIX = "azure-native:config:"


@dataclass(frozen=True)
class Connection:
    """A provider instance: who it acts as, and where."""

    arm: Arm
    subscription: str
    location: str | None


class Connections:
    """Provider instances by connection: each engine, and each provider in its program, dials us anew."""

    def __init__(self, credentials: Credentials, arm_url: str, ca: str) -> None:
        self._credentials = credentials
        self._arm_url = arm_url
        self._ca = ca
        self._lock = threading.Lock()
        self._arms: dict[Credentials, Arm] = {}
        self._by_peer: dict[str, Connection] = {}
        self._stops: defaultdict[str, set[threading.Event]] = defaultdict(set)

    def configure(self, peer: str, variables: Mapping[str, str]) -> None:
        """Take a provider's configuration: without credentials it acts as this server's principal."""
        config = {name.removeprefix(PREFIX): value for name, value in variables.items()}
        credentials = self._credentials
        if config.get("clientId"):
            credentials = Credentials(
                tenant_id=config.get("tenantId", credentials.tenant_id),
                client_id=config["clientId"],
                client_secret=config.get("clientSecret", ""),
                subscription_id=credentials.subscription_id,
            )
        subscription = config.get("subscriptionId") or credentials.subscription_id
        connection = Connection(self._arm(credentials), subscription, config.get("location"))
        with self._lock:
            self._by_peer[peer] = connection

    def of(self, context: grpc.ServicerContext) -> Connection:
        """The instance behind a call."""
        connection = self._by_peer.get(context.peer())
        if connection is None:
            raise RuntimeError("this connection's provider has not been configured")
        return connection

    def stop_event(self, context: grpc.ServicerContext) -> threading.Event:
        """Set when the call is over for the engine: it was cancelled, or the engine has died."""
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
        """Give up waiting in all calls of a connection."""
        with self._lock:
            for stop in self._stops.get(peer, ()):
                stop.set()

    def close(self) -> None:
        """Give up all connections to Resource Manager: its server waits for them when it stops."""
        with self._lock:
            for arm in self._arms.values():
                arm.close()

    def _arm(self, credentials: Credentials) -> Arm:
        key = replace(credentials, subscription_id="")
        with self._lock:
            if key not in self._arms:
                self._arms[key] = Arm(key, self._arm_url, self._ca)
            return self._arms[key]
