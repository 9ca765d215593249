"""The clones of an environment, as their engines tell them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mayfly.cli import project
from mayfly.errors import BadInput, Problem

if TYPE_CHECKING:
    from mayfly.clones import Clone, Driver
    from mayfly.settings import EnvironmentSettings
    from mayfly.settings.tables import Tables


@dataclass(frozen=True)
class ClonedEntry:
    """An entry of the variable group, the clone of it, and who tells of it."""

    entry: str
    clone: Clone
    driver: Driver


def clones_of(environment: str) -> list[ClonedEntry]:
    """Return an environment's clones. Raises BadInput where there is none."""
    from mayfly.naming import clones

    wanted, found = _settings(environment), []
    for entry, namespace in clones.namespaces(wanted).items():
        driver = _driver(wanted.variables.tables[entry], wanted.aws.account, wanted.aws.region)
        clone = driver.find(namespace)
        if clone is not None:
            found.append(ClonedEntry(entry, clone, driver))
    if not found:
        what = "has no clone of production's tables"
        raise BadInput(
            [Problem(f"environment {environment!r}", what, "`mayfly up` makes those of its `tables`")]
        )
    return found


def sources_of(environment: str) -> list[tuple[Driver, Tables]]:
    """Return the entries of an environment's variable group; the environment may be gone. Raises BadInput."""
    wanted = _settings(environment)
    entries = wanted.variables.tables.values()
    return [(_driver(one, wanted.aws.account, wanted.aws.region), one) for one in entries]


def one_at_a_time(driver: Driver, tables: Sequence[str], allowed: bool) -> None:
    """Raise BadInput where several tables cannot be swapped together, and nobody asked for less."""
    if driver.capabilities.atomic == "table" and len(tables) > 1 and not allowed:
        what = f"{len(tables)} tables changed, and this catalog swaps one at a time"
        fix = "--one-by-one, and readers see them change one after the other; or --table, one alone"
        raise BadInput([Problem("tables", what, fix)])


def _settings(environment: str) -> EnvironmentSettings:
    from mayfly import settings

    return settings.load(project.root(), environment, project.without_workload(os.environ))


def _driver(entry: Tables, account: str, region: str) -> Driver:
    from mayfly.clones import address, open_driver
    from mayfly.clouds.shared import shared

    return open_driver(entry.engine, address(entry.catalog, account, region), shared())
