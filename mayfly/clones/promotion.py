"""A clone's version becomes production's by a commit of Iceberg's own, and goes again by another one.

The commit adds the clone's snapshots to production's table and moves `main` to the last of them, if `main`
is still where the clone began: the catalog's own compare-and-swap decides. Production's location, paths and
other properties stay as they are, and no file is copied: what the clone wrote stays where it is, and is
production's from then on. The table's property PROMOTED keeps what a rollback needs.

A SQL catalog swaps all tables in one transaction. The others swap one table at a time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyiceberg.exceptions import CommitFailedException
from pyiceberg.table import update as updates_of_iceberg
from pyiceberg.table.refs import SnapshotRefType

from mayfly.clones.driver import Clone, Moved
from mayfly.errors import MayflyError

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog
    from pyiceberg.table import Table
    from pyiceberg.table.metadata import TableMetadata
    from pyiceberg.table.snapshots import Snapshot
    from pyiceberg.table.update import TableRequirement, TableUpdate

MAKE: Any = updates_of_iceberg
"""pydantic's models, whose fields a type checker knows by their aliases alone."""

PROMOTED = "mayfly.promoted"
"""A property of production's table: JSON, a list of promotions, the last one last."""

MAIN = "main"


@dataclass(frozen=True)
class Commit:
    """A commit to a table of production's that has not been made yet."""

    table: Table
    requirements: tuple[TableRequirement, ...]
    updates: tuple[TableUpdate, ...]


def promote(catalog: Catalog, clone: Clone, tables: Sequence[str], environment: str) -> None:
    """Swap these tables. Raises Moved before anything is changed where production is not where it was."""
    commits = [_promotion(catalog, clone, table, environment) for table in tables]
    _commit(catalog, [commit for commit in commits if commit.updates])


def roll_back(catalog: Catalog, source: str, tables: Sequence[str]) -> None:
    """Swap these tables back. Raises Moved where somebody has written since."""
    _commit(catalog, [_rollback(catalog.load_table(f"{source}.{table}")) for table in tables])


def promotions(properties: Mapping[str, str]) -> list[dict[str, Any]]:
    """What a table's properties say of promotions, the last one last."""
    found: list[dict[str, Any]] = json.loads(properties.get(PROMOTED, "[]"))
    return found


def _promotion(catalog: Catalog, clone: Clone, table: str, environment: str) -> Commit:
    theirs = catalog.load_table(f"{clone.source}.{table}")
    ours = catalog.load_table(f"{clone.namespace}.{table}").metadata
    base, before = clone.bases[table].snapshot, theirs.metadata
    schemas = [schema for schema in ours.schemas if schema not in before.schemas]
    if ours.current_snapshot_id == base and ours.current_schema_id == before.current_schema_id:
        return Commit(theirs, (), ())
    _check_same_shape(table, before, ours)
    added = _since(ours, base)
    last = max(schema.schema_id for schema in before.schemas)
    is_other = before.current_snapshot_id != base or any(schema.schema_id <= last for schema in schemas)
    if is_other or _is_late(before, added):
        raise Moved(
            f"{clone.source}.{table} has changed since {environment} was made from it"
            f" (it was at {base}, and is at {before.current_snapshot_id}): make the environment anew"
        )
    told = {
        "from": environment,
        "before": base,
        "schema": before.current_schema_id,
        "snapshots": [snapshot.snapshot_id for snapshot in added],
    }
    updates: list[TableUpdate] = [MAKE.AddSchemaUpdate(schema=schema) for schema in schemas]
    if ours.current_schema_id != before.current_schema_id:
        updates.append(MAKE.SetCurrentSchemaUpdate(schema_id=ours.current_schema_id))
    updates += [MAKE.AddSnapshotUpdate(snapshot=snapshot) for snapshot in added]
    if added:
        updates.append(_main(before, added[-1].snapshot_id))
    every = [*promotions(before.properties), told]
    updates.append(MAKE.SetPropertiesUpdate(updates={PROMOTED: json.dumps(every)}))
    return Commit(theirs, _at(before, base), tuple(updates))


def _rollback(table: Table) -> Commit:
    metadata, name = table.metadata, ".".join(table.name())
    every = promotions(metadata.properties)
    if not every:
        raise MayflyError(f"{name} has no promotion to roll back")
    *earlier, last = every
    promoted = last["snapshots"][-1] if last["snapshots"] else last["before"]
    if metadata.current_snapshot_id != promoted:
        raise Moved(f"{name} was written after {last['from']} was promoted: a rollback would lose that")
    updates: list[TableUpdate] = []
    if metadata.current_schema_id != last["schema"]:
        updates.append(MAKE.SetCurrentSchemaUpdate(schema_id=last["schema"]))
    if last["before"] is None:
        updates.append(MAKE.RemoveSnapshotRefUpdate(ref_name=MAIN))
    elif last["before"] != promoted:
        updates.append(_main(metadata, last["before"]))
    # What the environment wrote may go with it: no snapshot of production's names it any more.
    updates += [MAKE.RemoveSnapshotsUpdate(snapshot_ids=[each]) for each in reversed(last["snapshots"])]
    kept = json.dumps(earlier)
    updates.append(
        MAKE.SetPropertiesUpdate(updates={PROMOTED: kept})
        if earlier
        else MAKE.RemovePropertiesUpdate(removals=[PROMOTED])
    )
    return Commit(table, _at(metadata, promoted), tuple(updates))


def _commit(catalog: Catalog, commits: Sequence[Commit]) -> None:
    from pyiceberg.catalog.sql import SqlCatalog

    try:
        if isinstance(catalog, SqlCatalog):
            _in_one_transaction(catalog, commits)
        else:
            for commit in commits:
                catalog.commit_table(commit.table, commit.requirements, commit.updates)
    except CommitFailedException as failed:
        raise Moved(f"somebody else was quicker: {failed}") from failed


def _in_one_transaction(catalog: Any, commits: Sequence[Commit]) -> None:
    """Each table's row is changed only if it still has the metadata that the commit was made from."""
    from pyiceberg.catalog.sql import IcebergTables
    from sqlalchemy import update
    from sqlalchemy.orm import Session

    staged = []
    for commit in commits:
        name = commit.table.name()
        new = catalog._update_and_stage_table(commit.table, name, commit.requirements, commit.updates)
        catalog._write_metadata(new.metadata, new.io, new.metadata_location)
        staged.append((name, commit.table.metadata_location, new.metadata_location))
    with Session(catalog.engine) as session:
        for (*namespace, table), before, after in staged:
            row = update(IcebergTables).where(
                IcebergTables.catalog_name == catalog.name,
                IcebergTables.table_namespace == ".".join(namespace),
                IcebergTables.table_name == table,
                IcebergTables.metadata_location == before,
            )
            swap: Any = session.execute(
                row.values(metadata_location=after, previous_metadata_location=before)
            )
            if swap.rowcount != 1:
                raise CommitFailedException(f"{'.'.join(namespace)}.{table} was changed meanwhile")
        session.commit()


def _at(metadata: TableMetadata, snapshot: int | None) -> tuple[TableRequirement, ...]:
    return (
        MAKE.AssertTableUUID(uuid=metadata.table_uuid),
        MAKE.AssertRefSnapshotId(ref=MAIN, snapshot_id=snapshot),
    )


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


def _since(metadata: TableMetadata, base: int | None) -> list[Snapshot]:
    """The snapshots after `base` that lead to the current one, the oldest first."""
    found: list[Snapshot] = []
    at = metadata.current_snapshot_id
    while at is not None and at != base:
        snapshot = metadata.snapshot_by_id(at)
        if snapshot is None:
            raise MayflyError(f"the clone's history has lost the snapshot {at}")
        found.append(snapshot)
        at = snapshot.parent_snapshot_id
    if at != base:
        raise MayflyError(f"the clone no longer goes back to the version {base} that it was made from")
    return found[::-1]


def _is_late(metadata: TableMetadata, added: Sequence[Snapshot]) -> bool:
    """Whether something was committed since: to a branch, or what was rolled back. Numbers only grow."""
    last: int = getattr(metadata, "last_sequence_number", 0)
    first = added[0].sequence_number if added else None
    return first is not None and 0 < first <= last


def _check_same_shape(table: str, theirs: TableMetadata, ours: TableMetadata) -> None:
    of = [(one.default_spec_id, one.default_sort_order_id, one.format_version) for one in (theirs, ours)]
    if of[0] != of[1]:
        what = "is partitioned, sorted or written in another format than production's table"
        raise MayflyError(f"the clone's {table} {what}: a promotion carries rows and columns alone")
