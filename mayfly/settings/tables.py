"""Production's tables in a variable group: `tables`, a name for each group of tables of one namespace.

In an ephemeral fabric the environment gets a clone of them; in a permanent one the name is production's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BeforeValidator, Field

from mayfly.errors import Problem
from mayfly.settings.forms import SettingsForm
from mayfly.settings.invalid import InvalidValue, shown, text

if TYPE_CHECKING:
    from mayfly.settings.document import Document
    from mayfly.settings.models import VariableGroup

ENTRY = (
    "a lower-case letter, then lower-case letters and digits, single _ between them, at most 40 characters"
)
CATALOG = "glue://<account, 12 digits>, sql:///<absolute path of a file>, sql://<host>/<database> or rest://<host>/<path>"
NAMESPACE = "lower-case letters, digits and _, at most 128 characters: production's own namespace"
TABLES = "names of tables, lower-case letters, digits and _, each once"
AT = "latest, a snapshot's id in quotes, or a time with a zone in quotes: '2026-11-21T04:46:00Z'"

_ENTRY = re.compile(r"(?=.{1,40}\Z)[a-z][a-z0-9]*(_[a-z0-9]+)*")
_CATALOG = re.compile(
    r"glue://[0-9]{12}|sql:///[^?#@\s]+|(sql|rest)://[A-Za-z0-9.-]+(:[0-9]+)?/[A-Za-z0-9._/-]*"
)
_NAME = re.compile(r"(?!mf__)[a-z0-9_]{1,128}")


def _matching(pattern: re.Pattern[str], rule: str) -> BeforeValidator:
    def matching(value: object) -> str:
        found = text(value, rule)
        if not pattern.fullmatch(found):
            raise InvalidValue(f"got {shown(value)}", rule)
        return found

    return BeforeValidator(matching)


def _names(value: object) -> object:
    if not isinstance(value, list) or not value or len({*map(str, value)}) != len(value):
        raise InvalidValue(f"got {shown(value)}", TABLES)
    return value


def _version(value: object) -> str:
    found = text(value, AT)
    if found == "latest" or found.isdecimal():
        return found
    try:
        moment = datetime.fromisoformat(found)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise InvalidValue(f"got {shown(value)}", AT)
    return found


EntryName = Annotated[str, _matching(_ENTRY, ENTRY), Field(description=ENTRY)]
Catalog = Annotated[str, _matching(_CATALOG, CATALOG), Field(description=CATALOG)]
Namespace = Annotated[str, _matching(_NAME, NAMESPACE), Field(description=NAMESPACE)]
TableName = Annotated[str, _matching(_NAME, TABLES), Field(description=TABLES)]
TableNames = Annotated[tuple[TableName, ...], BeforeValidator(_names), Field(description=TABLES)]
Version = Annotated[str, BeforeValidator(_version), Field(description=AT)]


class Tables(SettingsForm):
    """Tables of one of production's namespaces."""

    engine: Literal["iceberg"]
    """What kind of tables they are."""

    catalog: Catalog
    """Where production's pointers are. No user and no password: who deploys signs in by other means."""

    namespace: Namespace
    """Production's; of Glue, the database."""

    tables: TableNames
    """Those that are cloned."""

    at: Version = "latest"
    """The version of production that a clone begins with, pinned when it is made."""

    @property
    def on_glue(self) -> bool:
        """Whether its catalog is Glue's."""
        return self.catalog.startswith("glue:")


def variables(group: VariableGroup, namespaces: Mapping[str, str]) -> dict[str, str]:
    """What a workload needs to reach the tables: `SALES_CATALOG` and `SALES_NAMESPACE` for each entry.

    namespaces: of the environment's clones, by entry; without one the namespace is production's.
    """
    found = {}
    for name, entry in group.tables.items():
        found[f"{name}_catalog"] = entry.catalog
        found[f"{name}_namespace"] = namespaces.get(name, entry.namespace)
    return found


def of_account(group: VariableGroup, document: Document, fabric: str, account: str) -> Iterator[Problem]:
    """Catalogs of other accounts than the fabric's. document: the group's file."""
    for name, entry in group.tables.items():
        if entry.on_glue and entry.catalog != f"glue://{account}":
            what = (
                f"{entry.catalog} is not of the account of the fabric {fabric!r}: no clone reaches across yet"
            )
            yield Problem(document.where(("tables", name, "catalog")), what, f"glue://{account}")


def problems(group: VariableGroup, document: Document, cloud: str) -> Iterator[Problem]:
    """What cannot be on this cloud, and names that another variable has. document: the group's file."""
    taken = {
        name.lower().replace("-", "_"): f"{section}.{name}"
        for section in ("sources", "sinks", "values")
        for name in getattr(group, section)
    }
    for name, entry in group.tables.items():
        where = document.where(("tables", name))
        if cloud != "aws":
            what = f"there are no clones on {cloud} yet"
            yield Problem(where, what, "leave `tables` out, or give the fabric other `variables`")
        elif not entry.on_glue:
            what = f"functions cannot reach {entry.catalog}: their role gives them Glue, and no other catalog"
            yield Problem(document.where(("tables", name, "catalog")), what, "glue://<account>")
        for variable in (f"{name}_catalog", f"{name}_namespace"):
            if variable in taken:
                what = f"sets {variable.upper()}, which {taken[variable]} does too"
                yield Problem(where, what, "call one of the two otherwise")
