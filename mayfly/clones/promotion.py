"""A clone's version becomes production's by a commit of Iceberg's own, and goes again by another one.

First the data files that the clone added are copied to where production's table writes, by the store itself.
Nothing names them yet. Then one commit takes out the files that the clone no longer has and puts these in, if
`main` is still where the clone began: the catalog's own compare-and-swap decides, and readers see one version
whole. So production depends on nothing of the environment, which may go; its location, paths and other
properties stay; and who may read the table can read what is new in it.

The table's property PROMOTED keeps what a rollback needs: it moves `main` back. A SQL catalog swaps all
tables in one transaction. The others swap one table at a time.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pyiceberg.exceptions import CommitFailedException
from pyiceberg.table import update as updates_of_iceberg
from pyiceberg.table.locations import load_location_provider
from pyiceberg.table.refs import SnapshotRefType

from mayfly.clones.driver import Clone, Moved
from mayfly.clouds.concurrent import concurrently
from mayfly.errors import MayflyError

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog
    from pyiceberg.manifest import DataFile
    from pyiceberg.table import Table, Transaction
    from pyiceberg.table.metadata import TableMetadata

MAKE: Any = updates_of_iceberg
"""pydantic's models, whose fields a type checker knows by their aliases alone."""

PROMOTED = "mayfly.promoted"
"""A property of production's table: JSON, a list of promotions, the last one last."""

MAIN = "main"
PATH = 1
"""Where a data file's path is among its fields."""


def promote(catalog: Catalog, clone: Clone, tables: Sequence[str], environment: str) -> None:
    """Swap these tables. Raises Moved before anything is changed where production is not where it was."""
    pairs = [
        (catalog.load_table(f"{clone.source}.{table}"), catalog.load_table(f"{clone.namespace}.{table}"))
        for table in tables
    ]
    for table, (theirs, ours) in zip(tables, pairs, strict=True):
        _check(clone, table, theirs.metadata, ours.metadata, environment)
    made = [
        _promotion(clone.bases[table].snapshot, theirs, ours, environment)
        for table, (theirs, ours) in zip(tables, pairs, strict=True)
    ]
    _commit(catalog, [transaction for transaction in made if transaction is not None])


def roll_back(catalog: Catalog, source: str, tables: Sequence[str], environment: str) -> None:
    """Swap these tables back to before an environment's promotion. Raises Moved where they changed since."""
    _commit(catalog, [_rollback(catalog.load_table(f"{source}.{table}"), environment) for table in tables])


def promotions(properties: Mapping[str, str]) -> list[dict[str, Any]]:
    """What a table's properties say of promotions, the last one last."""
    found: list[dict[str, Any]] = json.loads(properties.get(PROMOTED, "[]"))
    return found


def _check(clone: Clone, table: str, theirs: TableMetadata, ours: TableMetadata, environment: str) -> None:
    base, last = clone.bases[table].snapshot, max(schema.schema_id for schema in theirs.schemas)
    added = [schema for schema in ours.schemas if schema not in theirs.schemas]
    if theirs.current_snapshot_id != base or any(schema.schema_id <= last for schema in added):
        raise Moved(
            f"{clone.source}.{table} has changed since {environment} was made from it"
            f" (it was at {base}, and is at {theirs.current_snapshot_id}): make the environment anew"
        )
    shapes = [(one.default_spec_id, one.default_sort_order_id, one.format_version) for one in (theirs, ours)]
    if shapes[0] != shapes[1]:
        what = "is partitioned, sorted or written in another format than production's table"
        raise MayflyError(f"the clone's {table} {what}: a promotion carries rows and columns alone")


def _promotion(base: int | None, theirs: Table, ours: Table, environment: str) -> Transaction | None:
    """A transaction of production's table that was not committed; None where nothing was changed."""
    before, after = _files(theirs, base), _files(ours, ours.metadata.current_snapshot_id)
    gone = [file for path, file in before.items() if path not in after]
    added = [file for path, file in after.items() if path not in before]
    schema = ours.metadata.current_schema_id
    if not (gone or added or schema != theirs.metadata.current_schema_id):
        return None
    copied = _copied(theirs, ours, added)
    transaction = theirs.transaction()
    schemas = [one for one in ours.metadata.schemas if one not in theirs.metadata.schemas]
    if schema != theirs.metadata.current_schema_id:
        columns = [
            *(MAKE.AddSchemaUpdate(schema=one) for one in schemas),
            MAKE.SetCurrentSchemaUpdate(schema_id=schema),
        ]
        transaction._apply(tuple(columns), (MAKE.AssertRefSnapshotId(ref=MAIN, snapshot_id=base),))
    if gone or copied:
        told = {"mayfly.environment": environment}
        with transaction.update_snapshot(snapshot_properties=told).overwrite() as overwrite:
            for file in gone:
                overwrite.delete_data_file(file)
            for file in copied:
                overwrite.append_data_file(file)
    entry = {
        "from": environment,
        "before": base,
        "after": transaction.table_metadata.current_snapshot_id,
        "schema": theirs.metadata.current_schema_id,
    }
    every = [*promotions(theirs.properties), entry]
    transaction._apply((MAKE.SetPropertiesUpdate(updates={PROMOTED: json.dumps(every)}),))
    return transaction


def _files(table: Table, snapshot: int | None) -> dict[str, DataFile]:
    """The data files of a version. Raises MayflyError where rows were deleted without their file."""
    if snapshot is None:
        return {}
    tasks = [*table.scan(snapshot_id=snapshot).plan_files()]
    if any(task.delete_files for task in tasks):
        what = "has rows that were deleted without their files being written anew (merge-on-read)"
        raise MayflyError(f"{'.'.join(table.name())} {what}: compact it first")
    return {task.file.file_path: task.file for task in tasks}


def _copied(theirs: Table, ours: Table, added: Sequence[DataFile]) -> list[DataFile]:
    """The same files where production's table writes: what a commit that fails leaves is named by nobody."""
    provider = load_location_provider(theirs.location(), theirs.properties)
    prefix = ours.properties["write.data.path"].rstrip("/") + "/"

    def put(file: DataFile) -> DataFile:
        target = provider.new_data_location(file.file_path.removeprefix(prefix))
        _copy(theirs.io, file.file_path, target)
        made = copy.copy(file)
        made._data = [*file._data]
        made._data[PATH] = target
        return made

    return concurrently(put, added)


def _copy(io: Any, source: str, target: str) -> None:
    """By the store itself: S3's own copy, or the file system's."""
    scheme, netloc, path = io.parse_location(target)
    files = io.fs_by_scheme(scheme, netloc)
    if not urlsplit(target).scheme.startswith("s3"):
        files.create_dir(path.rpartition("/")[0], recursive=True)
    files.copy_file(io.parse_location(source)[2], path)


def _rollback(table: Table, environment: str) -> Transaction:
    metadata, name = table.metadata, ".".join(table.name())
    every = promotions(metadata.properties)
    if not every or every[-1]["from"] != environment:
        of = f"of {every[-1]['from']}" if every else "none"
        raise MayflyError(f"{name}: the last promotion is {of}, not of {environment}")
    *earlier, last = every
    if metadata.current_snapshot_id != last["after"]:
        raise Moved(f"{name} was written after {environment} was promoted: a rollback would lose that")
    updates: list[Any] = []
    if metadata.current_schema_id != last["schema"]:
        updates.append(MAKE.SetCurrentSchemaUpdate(schema_id=last["schema"]))
    if last["before"] is None:
        updates.append(MAKE.RemoveSnapshotRefUpdate(ref_name=MAIN))
    elif last["before"] != last["after"]:
        updates.append(_main(metadata, last["before"]))
    updates.append(
        MAKE.SetPropertiesUpdate(updates={PROMOTED: json.dumps(earlier)})
        if earlier
        else MAKE.RemovePropertiesUpdate(removals=[PROMOTED])
    )
    transaction = table.transaction()
    transaction._apply(tuple(updates), (MAKE.AssertRefSnapshotId(ref=MAIN, snapshot_id=last["after"]),))
    return transaction


def _commit(catalog: Catalog, made: Sequence[Transaction]) -> None:
    from pyiceberg.catalog.sql import SqlCatalog

    try:
        if isinstance(catalog, SqlCatalog):
            _in_one_transaction(catalog, made)
        else:
            for one in made:
                catalog.commit_table(one._table, one._requirements, one._updates)
    except CommitFailedException as failed:
        raise Moved(f"somebody else was quicker: {failed}") from failed


def _in_one_transaction(catalog: Any, made: Sequence[Transaction]) -> None:
    """Each table's row is changed only if it still has the metadata that the commit was made from."""
    from pyiceberg.catalog.sql import IcebergTables
    from sqlalchemy import update
    from sqlalchemy.orm import Session

    staged = []
    for one in made:
        table = one._table
        new = catalog._update_and_stage_table(table, table.name(), one._requirements, one._updates)
        catalog._write_metadata(new.metadata, new.io, new.metadata_location)
        staged.append((table.name(), table.metadata_location, new.metadata_location))
    with Session(catalog.engine) as session:
        for (*namespace, name), before, after in staged:
            row = update(IcebergTables).where(
                IcebergTables.catalog_name == catalog.name,
                IcebergTables.table_namespace == ".".join(namespace),
                IcebergTables.table_name == name,
                IcebergTables.metadata_location == before,
            )
            swap: Any = session.execute(
                row.values(metadata_location=after, previous_metadata_location=before)
            )
            if swap.rowcount != 1:
                raise CommitFailedException(f"{'.'.join(namespace)}.{name} was changed meanwhile")
        session.commit()


def _main(metadata: TableMetadata, snapshot: int) -> Any:
    """`main` at another snapshot, with what production says of its retention."""
    now = metadata.refs.get(MAIN)
    return MAKE.SetSnapshotRefUpdate(
        ref_name=MAIN,
        type=SnapshotRefType.BRANCH,
        snapshot_id=snapshot,
        max_ref_age_ms=now.max_ref_age_ms if now else None,
        max_snapshot_age_ms=now.max_snapshot_age_ms if now else None,
        min_snapshots_to_keep=now.min_snapshots_to_keep if now else None,
    )
