"""The configuration of one connection: the access key, the region, the default tags."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.engine.aws.cloud import Cloud

PREFIX = "aws:config:"
REFUSED = ("assumeRoles", "assumeRoleWithWebIdentity", "profile", "token", "ignoreTags")
"""Settings that would change the result, and that this server does not implement."""


class Keys:
    """Clients for one endpoint, shared by all connections that use the same key in the same region."""

    def __init__(self, endpoint: str, ca: str, region: str, key_id: str, secret: str) -> None:
        self.region = region
        self._endpoint = endpoint
        self._ca = ca
        self._own = key_id, secret
        self._lock = threading.Lock()
        self._clouds: dict[tuple[str, str, str], Cloud] = {}

    def cloud(self, region: str, key: tuple[str, str] | None = None) -> Cloud:
        """Return the clients of a region. key: access key and secret; this server's by default."""
        wanted = (region, *(key or self._own))
        with self._lock:
            if wanted not in self._clouds:
                self._clouds[wanted] = Cloud(self._endpoint, self._ca, *wanted)
            return self._clouds[wanted]

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            for cloud in self._clouds.values():
                cloud.close()


@dataclass(frozen=True)
class Connection:
    """A provider instance. default_tags: are put on everything that it makes."""

    keys: Keys
    key: tuple[str, str] | None
    region: str
    default_tags: Mapping[str, str]

    def cloud(self, region: object = None) -> Cloud:
        """Return the clients of a resource's region; of the provider's by default."""
        return self.keys.cloud(region if isinstance(region, str) and region else self.region, self.key)


def connect(keys: Keys, variables: Mapping[str, str]) -> Connection:
    """Return the provider instance of a configuration.

    Endpoints and the official provider's `skip…` settings have no effect, since there is one endpoint. Raises
    ValueError for a forbidden account and for an unknown setting.
    """
    config = {name.removeprefix(PREFIX): _value(value) for name, value in variables.items()}
    for name in REFUSED:
        if config.get(name):
            raise ValueError(f"the local provider server does not know aws:{name}")
    key = (str(config["accessKey"]), str(config.get("secretKey", ""))) if config.get("accessKey") else None
    tags = (config.get("defaultTags") or {}).get("tags") or {}
    at = Connection(keys, key, str(config.get("region") or keys.region), tags)
    _check_account(at, config.get("allowedAccountIds") or [], config.get("forbiddenAccountIds") or [])
    return at


def _value(text: str) -> Any:
    """Parse a setting: lists and objects come as JSON, and texts sometimes do."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, list | dict | str) else text


def _check_account(at: Connection, allowed: list[str], forbidden: list[str]) -> None:
    if not allowed and not forbidden:
        return
    account = at.cloud().account
    if account in forbidden or (allowed and account not in allowed):
        raise ValueError(f"AWS account ID not allowed: {account}")
