"""The names of clones, alike in every engine, and the marker by which an engine finds them.

Glue folds names to lower case, and Iceberg's own client takes letters, digits and _ alone: an environment's
hyphens become _, and two of them end its name, as two hyphens end it in a bucket's.
Source: Apache Iceberg, `IcebergToGlueConverter.isValidNamespace`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mayfly.naming.limits import DATABASE, check
from mayfly.naming.parts import digest

if TYPE_CHECKING:
    from mayfly.settings import EnvironmentSettings

NAMESPACES = "mf__"
"""What the names of all clones of all environments begin with, and nothing else's does."""

NAMESPACE_TAG = "mayfly-namespace"
"""The tag of a role that tells its environment as the names of clones spell it: policies cannot fold."""


FOLDER = "_tables"
"""The folder of an environment's bucket that its clones write into. No sink is called so."""

METADATA = f"{FOLDER}/*.metadata.json"
"""The files in it that describe tables: columns and versions, and no rows."""

CLONE_TAG = "mayfly-clone-"
"""A group's tag for each clone: its engine and catalog, so that a teardown knows whom to ask."""


def folded(environment: str) -> str:
    """An environment's name, or a stage's pattern, as the names of clones spell it: `awsqa_7`, `awsqa_*`."""
    return environment.replace("-", "_")


def namespace_prefix(environment: str) -> str:
    """What the names of an environment's clones begin with, and no other's do: `mf__awsqa_7__`."""
    return f"{NAMESPACES}{folded(environment)}__"


def namespace_suffix(project: str, environment: str, place: str) -> str:
    """What the names of an environment's clones end in: tells them from another project's of the same name.

    place: the account, or whatever tells the engine's users from others'.
    """
    return f"__{digest('clone', project, environment, place, length=6)}"


def namespaces(wanted: EnvironmentSettings) -> dict[str, str]:
    """Name an environment's clones, by their entries; a permanent one has none. Raises BadInput."""
    if wanted.fabric.permanent:
        return {}
    made = {
        entry: namespace(wanted.project, wanted.name, wanted.aws.account, entry)
        for entry in wanted.variables.tables
    }
    for name in made.values():
        check({DATABASE: name})
    return made


def namespace(project: str, environment: str, place: str, entry: str) -> str:
    """Name a clone: `mf__awsqa_7__sales__f2k7xa`. entry: its name in the variable group."""
    return f"{namespace_prefix(environment)}{entry}{namespace_suffix(project, environment, place)}"
