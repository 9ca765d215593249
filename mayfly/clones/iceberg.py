"""Iceberg: a clone of a table is a metadata file of its own, beside production's and pointing at its files.

Whatever the table's size, one file is read and one is written. That file is written before the clone's
pointer is, so that no clone is ever there that would write, or remove, where production's files lie:

- its location and its write paths are the environment's own prefix. A clone that kept production's would
  write into production's folders, and an engine that removes orphans would remove production's newer files;
- it does not name production's older metadata files: with `write.metadata.delete-after-commit.enabled`, each
  commit in the clone would delete one of them;
- `gc.enabled` is false: an expiry of snapshots in the clone would delete files that production still reads.

A clone is dropped, never purged: a purge deletes what it points at.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pyiceberg.exceptions import (
    CommitFailedException,
    NamespaceAlreadyExistsError,
    NoSuchNamespaceError,
    NoSuchTableError,
    ValidationError,
)
from pyiceberg.io import load_file_io
from pyiceberg.serializers import FromInputFile, ToOutputFile
from pyiceberg.table import update as updates_of_iceberg
from pyiceberg.table.refs import SnapshotRefType
from pyiceberg.table.update import update_table_metadata

from mayfly.clones.catalogs import Pointers, open_catalog
from mayfly.clones.driver import Address, Base, Capabilities, Clone, CloneRequest
from mayfly.clouds.concurrent import concurrently
from mayfly.errors import BadInput, MayflyError, NotAllowed, Problem
from mayfly.naming.tagging import ENVIRONMENT, MANAGED_BY, MAYFLY, PROJECT

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog
    from pyiceberg.table.metadata import TableMetadata
    from pyiceberg.table.update import TableUpdate

    from mayfly.clones.difference import TableDifference
    from mayfly.clouds.shared import Clouds

MAKE: Any = updates_of_iceberg
"""pydantic's models, whose fields a type checker knows by their aliases alone."""

BASE = "mayfly-base."
"""A namespace's property for each table: the snapshot and the metadata file that it began with."""
SOURCE = "mayfly-source"
LOCATION = "location"
MARKS = (MANAGED_BY, ENVIRONMENT, PROJECT)

MAIN = "main"
NO_SNAPSHOT = "-"
OLD_PATHS = ("write.folder-storage.path", "write.object-storage.path", "write.object-storage.enabled")
"""Further properties by which some engines choose where they write."""


class Iceberg:
    """Tables of one catalog. See `driver.Driver`."""

    def __init__(self, catalog: Catalog, pointers: Pointers, capabilities: Capabilities) -> None:
        self.catalog = catalog
        self.pointers = pointers
        self.capabilities = capabilities

    def create(self, request: CloneRequest) -> Clone:
        """Pin the versions in the namespace's own properties, then make what is missing."""
        with translated(f"clone {request.source} into {request.namespace}"):
            clone = self._owned(request.namespace, request.marker)
            described: Mapping[str, TableMetadata] = {}
            if clone is None:
                clone, described = self._begin(request)
            there = self.pointers.names(clone.namespace)
            missing = [table for table in clone.bases if table not in there]
            staged = concurrently(lambda table: self._stage(clone, table, described.get(table)), missing)
            if missing:
                self.pointers.write(clone.namespace, dict(zip(missing, staged, strict=True)))
        return clone

    def find(self, namespace: str) -> Clone | None:
        """By the namespace's own properties."""
        with translated(f"read {namespace}"):
            try:
                told = self.catalog.load_namespace_properties(namespace)
            except NoSuchNamespaceError:
                return None
        if told.get(MANAGED_BY) != MAYFLY or SOURCE not in told:
            return None
        bases = {
            name.removeprefix(BASE): _base(value) for name, value in told.items() if name.startswith(BASE)
        }
        marker = {name: told[name] for name in MARKS if name in told}
        return Clone(told[SOURCE], namespace, told.get(LOCATION, ""), marker, dict(sorted(bases.items())))

    def drop(self, namespace: str, marker: Mapping[str, str]) -> None:
        """Each table's pointer, then the namespace."""
        if self._owned(namespace, marker) is None:
            return
        with translated(f"remove {namespace}"), suppress(NoSuchNamespaceError):
            self.pointers.clear(namespace)
            self.catalog.drop_namespace(namespace)

    def rows(self, clone: Clone) -> dict[str, int]:
        """Check a clone that was just made, and count its rows by what its snapshots say of themselves.

        Raises MayflyError for a table that would write outside of the clone's prefix, or has other rows than
        the version that it was made from.
        """
        return {table: self._rows(clone, table) for table in clone.bases}

    def differences(self, clone: Clone, keys: Mapping[str, Sequence[str]]) -> Iterator[TableDifference]:
        """By the files that the two versions do not share: see `difference`."""
        from mayfly.clones.difference import difference

        for table, base in clone.bases.items():
            with translated(f"compare {clone.namespace}.{table}"):
                yield difference(self.catalog.load_table(f"{clone.namespace}.{table}"), table, base, keys)

    def promote(self, clone: Clone, tables: Sequence[str], environment: str) -> None:
        """By a commit of Iceberg's own: see `promotion`."""
        from mayfly.clones import promotion

        with translated(f"promote {environment}"):
            promotion.promote(self.catalog, clone, tables, environment)

    def promoted(self, source: str, tables: Sequence[str], environment: str) -> list[str]:
        """By a property of production's tables."""
        from mayfly.clones import promotion

        with translated(f"read {source}"):
            found = {table: self.catalog.load_table(f"{source}.{table}").properties for table in tables}
        every = {table: promotion.promotions(properties) for table, properties in found.items()}
        return [table for table, made in every.items() if made and made[-1]["from"] == environment]

    def roll_back(self, source: str, tables: Sequence[str], environment: str) -> None:
        """By a commit of Iceberg's own: see `promotion`."""
        from mayfly.clones import promotion

        with translated(f"roll {source} back"):
            promotion.roll_back(self.catalog, source, tables, environment)

    def _owned(self, namespace: str, marker: Mapping[str, str]) -> Clone | None:
        """The clone there. Raises NotAllowed for a namespace that is not this environment's."""
        found = self.find(namespace)
        if found is not None and all(found.marker.get(name) == marker[name] for name in MARKS):
            return found
        if found is None and not self.catalog.namespace_exists(namespace):
            return None
        owner = found.marker.get(ENVIRONMENT) if found else None
        raise NotAllowed(f"{namespace} is left alone: it is {f'of {owner}' if owner else 'not one of ours'}")

    def _begin(self, request: CloneRequest) -> tuple[Clone, dict[str, TableMetadata]]:
        """Make the namespace, which says from its first moment whose it is and which versions are pinned.

        Returns it with what describes production's tables. Raises BadInput.
        """
        files = self.pointers.read(request.source, request.tables)
        if missing := [table for table in request.tables if table not in files]:
            what = f"{request.catalog} has no Iceberg table of this name in {request.source!r}"
            raise BadInput([Problem(f"table {table}", what, "one that production has") for table in missing])
        described = dict(zip(files, concurrently(self._metadata, files.values()), strict=True))
        bases = {table: _pinned(table, described[table], files[table], request.at) for table in files}
        properties = {
            **request.marker,
            SOURCE: request.source,
            LOCATION: request.location,
            **{f"{BASE}{table}": _written(base) for table, base in bases.items()},
        }
        with suppress(NamespaceAlreadyExistsError):
            self.catalog.create_namespace(request.namespace, properties)
        made = self._owned(request.namespace, request.marker)
        if made is None:
            raise MayflyError(f"{request.namespace} was made and is not there: somebody removed it")
        return made, described if made.bases == bases else {}

    def _metadata(self, file: str) -> TableMetadata:
        return FromInputFile.table_metadata(load_file_io(self.catalog.properties, file).new_input(file))

    def _stage(self, clone: Clone, table: str, known: TableMetadata | None) -> tuple[str, TableMetadata]:
        """Write a table's own metadata file, and return where it is. Nothing points at it yet.

        known: what describes production's table at the pinned version.
        """
        base = clone.bases[table]
        location = f"{clone.location}/{table}"
        metadata = own(known or self._metadata(base.metadata), location, base)
        path = f"{location}/metadata/00000-{uuid.uuid4()}.metadata.json"
        ToOutputFile.table_metadata(metadata, load_file_io(self.catalog.properties, path).new_output(path))
        return path, metadata

    def _rows(self, clone: Clone, table: str) -> int:
        found = self.catalog.load_table(f"{clone.namespace}.{table}")
        if not found.metadata_location.startswith(f"{clone.location}/"):
            raise MayflyError(f"{clone.namespace}.{table} would write to {found.metadata_location}")
        snapshot, base = found.current_snapshot(), clone.bases[table]
        if (snapshot.snapshot_id if snapshot else None) != base.snapshot:
            raise MayflyError(f"{clone.namespace}.{table} is not at the version {base.snapshot}")
        summary: Any = snapshot.summary if snapshot else None
        return int(summary["total-records"] or 0) if summary else 0


def own(before: TableMetadata, location: str, base: Base) -> TableMetadata:
    """What describes a clone's table, from what described production's.

    location: where the clone's own files go. base: the version that it begins with.
    """
    updates: list[TableUpdate] = [
        MAKE.SetLocationUpdate(location=location),
        MAKE.RemovePropertiesUpdate(removals=[name for name in OLD_PATHS if name in before.properties]),
        MAKE.SetPropertiesUpdate(
            updates={
                "write.data.path": f"{location}/data",
                "write.metadata.path": f"{location}/metadata",
                "gc.enabled": "false",
            }
        ),
    ]
    if base.snapshot is not None and base.snapshot != before.current_snapshot_id:
        pinned = before.snapshot_by_id(base.snapshot)
        at = MAKE.SetSnapshotRefUpdate(
            ref_name=MAIN, type=SnapshotRefType.BRANCH, snapshot_id=base.snapshot,
            max_ref_age_ms=None, max_snapshot_age_ms=None, min_snapshots_to_keep=None,
        )  # fmt: skip
        updates.append(at)
        if pinned is not None and pinned.schema_id is not None:
            updates.append(MAKE.SetCurrentSchemaUpdate(schema_id=pinned.schema_id))
    return update_table_metadata(before, tuple(updates)).model_copy(update={"metadata_log": []})


def _pinned(name: str, metadata: TableMetadata, file: str, at: str) -> Base:
    """The version of a table that `at` names. Raises BadInput where there is none."""
    if at == "latest":
        return Base(metadata.current_snapshot_id, file)
    if at.isdecimal():
        snapshot = int(at) if metadata.snapshot_by_id(int(at)) else None
    else:
        moment = datetime.fromisoformat(at).timestamp() * 1000
        log = [entry for entry in metadata.snapshot_log if entry.timestamp_ms <= moment]
        snapshot = log[-1].snapshot_id if log else None
        snapshot = snapshot if snapshot and metadata.snapshot_by_id(snapshot) else None
    if snapshot is None:
        what = f"has no version {at}: it was expired, or never there"
        raise BadInput([Problem(f"table {name}", what, "latest, or a version that production still keeps")])
    return Base(snapshot, file)


def _written(base: Base) -> str:
    return f"{NO_SNAPSHOT if base.snapshot is None else base.snapshot} {base.metadata}"


def _base(text: str) -> Base:
    snapshot, _, metadata = text.partition(" ")
    return Base(None if snapshot == NO_SNAPSHOT else int(snapshot), metadata)


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Raise what a catalog or a file system raises as an error of ours, with its own words."""
    from mayfly.clouds.aws.errors import translated as of_aws

    try:
        with of_aws(doing):
            yield
    except (CommitFailedException, ValidationError, NoSuchTableError, NoSuchNamespaceError, OSError) as error:
        raise MayflyError(f"could not {doing}: {type(error).__name__}: {error}") from error


def open_engine(address: Address, clouds: Clouds) -> Iceberg:
    """The driver at a catalog. Raises MayflyError, ModuleNotFoundError."""
    found = open_catalog(address, clouds)
    return Iceberg(found.catalog, found.pointers, found.capabilities)
