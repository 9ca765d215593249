"""What `mayfly up` asks of Azure: is anything wrong, and what did a killed run make."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from mayfly.errors import BadInput, Problem

if TYPE_CHECKING:
    from mayfly.cli.clouds import Finder
    from mayfly.settings import EnvironmentSettings


def check(wanted: EnvironmentSettings, runs: object) -> bool:
    """Whether the environment's group exists. Raises BadInput with all that is known to be wrong."""
    from mayfly import naming
    from mayfly.clouds.azure.client import Azure
    from mayfly.clouds.azure.preflight import preflight

    names = naming.names(wanted)
    request = {
        "subscription": wanted.azure.subscription,
        "group": names.group,
        "account": names.account,
        "sources": {name: str(id) for name, id in wanted.variables.sources.items()},
        "project": wanted.project,
        "environment": wanted.name,
    }
    found = preflight(Azure.from_environment(os.environ), request)
    if found["problems"]:
        raise BadInput([Problem(**problem) for problem in found["problems"]])
    return bool(found["group_tags"])


def finder(wanted: EnvironmentSettings) -> Finder:
    """What settles the creates that a killed `up` left pending."""
    from mayfly.cli.azure import recovery
    from mayfly.clouds.azure.client import Azure

    return recovery.finder(Azure.from_environment(os.environ), wanted.azure.subscription)
