"""The configuration of one connection: the principal, the subscription, the location."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace

from localcloud.engine.azure_native.arm import Arm, Credentials

PREFIX = "azure-native:config:"


@dataclass(frozen=True)
class Connection:
    """A provider instance."""

    arm: Arm
    subscription: str
    location: str | None


class Principals:
    """Connections to one Resource Manager, one a principal."""

    def __init__(self, credentials: Credentials, arm_url: str, ca: str) -> None:
        self._credentials = credentials
        self._arm_url = arm_url
        self._ca = ca
        self._lock = threading.Lock()
        self._arms: dict[Credentials, Arm] = {}

    def connect(self, variables: Mapping[str, str]) -> Connection:
        """Return the instance of a configuration. Without credentials it acts as the server's principal."""
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
        return Connection(self._arm(credentials), subscription, config.get("location"))

    def close(self) -> None:
        """Close all connections: a server of Resource Manager waits for them when it stops."""
        with self._lock:
            for arm in self._arms.values():
                arm.close()

    def _arm(self, credentials: Credentials) -> Arm:
        key = replace(credentials, subscription_id="")
        with self._lock:
            if key not in self._arms:
                self._arms[key] = Arm(key, self._arm_url, self._ca)
            return self._arms[key]
