"""The variables of a shell that works in the local clouds, and can reach no other."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from mayfly.cli.local import aws, azure, clouds
from mayfly.cli.local.clouds import Cloud

if TYPE_CHECKING:
    from localcloud import Status

OF = {Cloud.AZURE: azure, Cloud.AWS: aws}

REAL_CLOUD = tuple(sorted((*azure.LEADING_ELSEWHERE, *aws.LEADING_ELSEWHERE, "PULUMI_CONFIG_PASSPHRASE")))
"""Variables that would lead a tool to a real cloud; a prepared shell has none of them."""

DEBUG_PROVIDERS = "PULUMI_DEBUG_PROVIDERS"
"""With it the Pulumi engine takes provider servers for its plugins: `name:port,…`."""

NO_PROXY = ("NO_PROXY", "no_proxy")
"""Two spellings of one variable; where they differ, each tool takes another, so both get the same."""


def variables(found: Mapping[Cloud, Status], principal: str, *, official: bool = False) -> dict[str, str]:
    """Return the variables of a principal's shell in these clouds.

    official: for Pulumi's own plugins; otherwise provider servers of the local clouds replace them.
    """
    first = str(Path(sys.executable).parent)  # this Python's own programs, such as mayfly and pulumi
    rest = [folder for folder in os.environ.get("PATH", os.defpath).split(os.pathsep) if folder != first]
    path = os.pathsep.join([first, *rest])
    values = {**aws.NOWHERE, **azure.trusting(next(iter(found.values())).ca)}
    for cloud, status in found.items():
        values |= OF[cloud].variables(status, principal)
    values |= {**dict.fromkeys(NO_PROXY, past_proxies()), **clouds.backend_variables(), "PATH": path}
    if not official:
        ports = [
            f"{OF[cloud].PROVIDER}:{status.engines[principal]}"
            for cloud, status in found.items()
            if principal in status.engines  # the janitor makes nothing, and has none
        ]
        if ports:
            values[DEBUG_PROVIDERS] = ",".join(ports)
    return values


def unset(values: Mapping[str, str]) -> list[str]:
    """Return the variables to unset: those of real clouds, and of a local cloud that does not exist."""
    own = (name for module in OF.values() for name in module.OWN)
    services = (name for name in os.environ if name.startswith(aws.SERVICE_ENDPOINTS))
    return sorted({*REAL_CLOUD, *own, *services, DEBUG_PROVIDERS} - values.keys())


def configuration(found: Mapping[Cloud, Status], principal: str) -> dict[str, str]:
    """Return the Pulumi configuration with which the official plugins reach these clouds."""
    return {
        key: value
        for cloud, status in found.items()
        for key, value in OF[cloud].official(status, principal).items()
    }


def past_proxies() -> str:
    """Return the hosts that this shell reaches without a proxy, and the local clouds' own."""
    from localcloud import HOST

    named = ",".join(os.environ.get(name, "") for name in NO_PROXY).split(",")
    return ",".join(dict.fromkeys([*filter(None, (host.strip() for host in named)), HOST]))
