"""Iceberg's catalogs, opened by their addresses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mayfly.clones.driver import Address, Atomic, Capabilities
from mayfly.clouds.concurrent import concurrently

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog
    from pyiceberg.table.metadata import TableMetadata

    from mayfly.clouds.aws import Aws
    from mayfly.clouds.shared import Clouds

NAME = "mayfly"
"""A SQL catalog's rows carry its name; Glue and REST know none."""


class Pointers:
    """The pointers of a namespace: each table's name and the file that describes it. By a call a table."""

    def __init__(self, catalog: Any) -> None:
        self.catalog = catalog

    def names(self, namespace: str) -> set[str]:
        """The tables that have one."""
        return {name for _, name in self.catalog.list_tables(namespace)}

    def read(self, namespace: str, tables: Sequence[str]) -> dict[str, str]:
        """The file of each of these tables, without those that are not there."""
        found = concurrently(lambda table: self._read(f"{namespace}.{table}"), tables)
        return {table: file for table, file in zip(tables, found, strict=True) if file}

    def _read(self, identifier: str) -> str | None:
        from pyiceberg.exceptions import NoSuchIcebergTableError, NoSuchTableError

        try:
            return str(self.catalog.load_table(identifier).metadata_location)
        except (NoSuchTableError, NoSuchIcebergTableError):
            return None

    def write(self, namespace: str, files: Mapping[str, tuple[str, TableMetadata]]) -> None:
        """Make one for each table that has none. files: by table, its file and what that says."""
        from pyiceberg.exceptions import TableAlreadyExistsError

        def register(table: str) -> None:
            with suppress(TableAlreadyExistsError):
                self.catalog.register_table(f"{namespace}.{table}", files[table][0])

        concurrently(register, files)

    def clear(self, namespace: str) -> None:
        """Remove them all, and no file."""
        from pyiceberg.exceptions import NoSuchTableError

        for table in self.catalog.list_tables(namespace):
            with suppress(NoSuchTableError):
                self.catalog.drop_table(table)


class SqlPointers(Pointers):
    """Rows of a table: all of a namespace in one transaction."""

    def read(self, namespace: str, tables: Sequence[str]) -> dict[str, str]:
        """By one query."""
        from pyiceberg.catalog.sql import IcebergTables
        from sqlalchemy import select
        from sqlalchemy.orm import Session

        query = select(IcebergTables.table_name, IcebergTables.metadata_location).where(*self._all(namespace))
        with Session(self.catalog.engine) as session:
            found = {row[0]: str(row[1]) for row in session.execute(query)}
        return {table: found[table] for table in tables if table in found}

    def write(self, namespace: str, files: Mapping[str, tuple[str, TableMetadata]]) -> None:
        """By one insert: all of them are there, or none."""
        from pyiceberg.catalog.sql import IcebergTables
        from sqlalchemy import insert
        from sqlalchemy.orm import Session

        rows = [self.catalog._create_table_row(namespace, table, file) for table, (file, _) in files.items()]
        with Session(self.catalog.engine) as session:
            session.execute(insert(IcebergTables), rows)
            session.commit()

    def clear(self, namespace: str) -> None:
        """By one delete."""
        from pyiceberg.catalog.sql import IcebergTables
        from sqlalchemy import delete
        from sqlalchemy.orm import Session

        with Session(self.catalog.engine) as session:
            session.execute(delete(IcebergTables).where(*self._all(namespace)))
            session.commit()

    def _all(self, namespace: str) -> Sequence[Any]:
        from pyiceberg.catalog.sql import IcebergTables

        return (
            IcebergTables.catalog_name == self.catalog.name,
            IcebergTables.table_namespace == namespace,
        )


class GluePointers(Pointers):
    """Tables of a Glue database, which carry it among their parameters."""

    def read(self, namespace: str, tables: Sequence[str]) -> dict[str, str]:
        """A hundred in a call; no file is read. Raises ClientError."""
        found: dict[str, str] = {}
        for page in self.catalog.glue.get_paginator("get_tables").paginate(DatabaseName=namespace):
            for table in page["TableList"]:
                parameters = table.get("Parameters", {})
                if parameters.get("table_type", "").upper() == "ICEBERG" and table["Name"] in tables:
                    found[table["Name"]] = parameters["metadata_location"]
        return found

    def write(self, namespace: str, files: Mapping[str, tuple[str, TableMetadata]]) -> None:
        """A call a table, several at once."""
        from pyiceberg.catalog.glue import _construct_table_input
        from pyiceberg.exceptions import TableAlreadyExistsError

        def create(table: str) -> None:
            file, metadata = files[table]
            made = _construct_table_input(table, file, {}, metadata)
            with suppress(TableAlreadyExistsError):
                self.catalog._create_glue_table(namespace, table, made)

        concurrently(create, files)


@dataclass(frozen=True)
class OpenCatalog:
    """A catalog, its pointers, and what it can do."""

    catalog: Catalog
    pointers: Pointers
    capabilities: Capabilities


def open_catalog(address: Address, clouds: Clouds) -> OpenCatalog:
    """Open a catalog with the caller's own credentials. Raises MayflyError, ModuleNotFoundError."""
    return SCHEMES[address.scheme](address, clouds)


def _glue(address: Address, clouds: Clouds) -> OpenCatalog:
    """The Data Catalog of an account. What an environment's role may do in it, its boundary says."""
    from pyiceberg.catalog.glue import GlueCatalog

    cloud = clouds.aws(address.account, address.region)
    cloud.check_account()
    glue = cloud.client("glue")
    catalog = GlueCatalog(NAME, client=glue, **{"glue.id": address.rest, **_arrow_options(cloud)})
    return OpenCatalog(catalog, GluePointers(catalog), _capabilities(POLICIES))


def _arrow_options(cloud: Aws) -> dict[str, str]:
    """Whom Arrow's client signs for and trusts, and where it calls: as botocore does, while the keys hold."""
    from mayfly.clones.arrow import AUTHORITY

    key, secret, token = cloud.signing_keys()
    s3 = cloud.client("s3")
    own_endpoint = "" if "amazonaws.com" in s3.meta.endpoint_url else s3.meta.endpoint_url
    told = {
        "py-io-impl": "mayfly.clones.arrow.FileIO",
        "s3.access-key-id": key,
        "s3.secret-access-key": secret,
        "s3.session-token": token,
        "s3.region": cloud.region,
        "s3.endpoint": own_endpoint,
        AUTHORITY: cloud.authority,
    }
    return {name: value for name, value in told.items() if value}


def _sql(address: Address, clouds: Clouds) -> OpenCatalog:
    """A database: SQLite's file, or a PostgreSQL. Whoever may write its rows may write production's."""
    from pyiceberg.catalog.sql import SqlCatalog

    uri = f"sqlite:///{address.rest}" if address.rest.startswith("/") else f"postgresql://{address.rest}"
    catalog = SqlCatalog(NAME, uri=uri)
    return OpenCatalog(catalog, SqlPointers(catalog), _capabilities(None, "catalog"))


def _rest(address: Address, clouds: Clouds) -> OpenCatalog:
    """A server of Iceberg's REST protocol; its credentials are the environment's, PYICEBERG_CATALOG__…"""
    from pyiceberg.catalog.rest import RestCatalog

    catalog = RestCatalog(NAME, uri=f"https://{address.rest}")
    return OpenCatalog(catalog, Pointers(catalog), _capabilities(None))


def _capabilities(enforced_by: str | None, atomic: Atomic = "table") -> Capabilities:
    return Capabilities("O(tables)", True, atomic, False, enforced_by)


POLICIES = "the permissions boundary: roles write tables and objects of their own environment alone"

SCHEMES: Mapping[str, Callable[[Address, Clouds], OpenCatalog]] = {"glue": _glue, "rest": _rest, "sql": _sql}
