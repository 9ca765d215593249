"""What was changed in a clone's table: rows by key, from the files that its two versions do not share.

Files that both have hold the same rows and are not read, so it costs what was changed, not what there is.
What is read is spread over files on disk by its key, and compared one of these at a time: memory is bounded
by ROWS_AT_ONCE, not by the table.
"""

from __future__ import annotations

import tempfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.expressions import AlwaysTrue
from pyiceberg.io.pyarrow import ArrowScan

from mayfly.clones.driver import Base
from mayfly.errors import BadInput, Problem

if TYPE_CHECKING:
    from pyiceberg.schema import Schema
    from pyiceberg.table import FileScanTask, Table

ROWS_AT_ONCE = 1_000_000
SAMPLES = 5
Row = tuple[Any, ...]


@dataclass
class TableDifference:
    """One table. rows: before and after. schema: a line for each column that changed. key: columns; none
    where rows are told apart by all of their values. added, gone, changed: numbers of rows. columns: in how
    many of the changed rows each one differs. samples: of each, a few keys.
    """

    table: str
    key: tuple[str, ...]
    rows_before: int
    rows_after: int
    schema: list[str] = field(default_factory=list)
    added: int = 0
    gone: int = 0
    changed: int = 0
    columns: Counter[str] = field(default_factory=Counter)
    samples: dict[str, list[Row]] = field(default_factory=lambda: {"added": [], "gone": [], "changed": []})

    @property
    def is_empty(self) -> bool:
        """Whether nothing was changed."""
        return not (self.schema or self.added or self.gone or self.changed)


@dataclass(frozen=True)
class _Side:
    """One version: the files that only it has, and how its columns are called in the later version."""

    tasks: list[FileScanTask]
    schema: Schema
    names: Mapping[str, str]


def difference(table: Table, name: str, base: Base, keys: Mapping[str, Sequence[str]]) -> TableDifference:
    """Compare a clone's table with the version that it began with.

    keys: by the table's name, its key; else its identifier fields are that. Raises BadInput for a key that
    it does not have.
    """
    after = table.schema()
    tasks_after = _tasks(table, table.metadata.current_snapshot_id)
    tasks_before = _tasks(table, base.snapshot)
    before = _schema_at(table, base)
    shared = tasks_before.keys() & tasks_after.keys()
    both = [
        one.name for one in after.fields if any(one.field_id == other.field_id for other in before.fields)
    ]
    renamed = {one.name: after.find_column_name(one.field_id) or one.name for one in before.fields}
    key = tuple(keys.get(name) or [str(after.find_column_name(id)) for id in after.identifier_field_ids])
    if unknown := [column for column in key if column not in both]:
        raise BadInput([Problem(f"table {name}", f"has no column {unknown[0]!r}", f"of {', '.join(both)}")])
    sides = (
        _Side([task for id, task in tasks_before.items() if id not in shared], before, renamed),
        _Side([task for id, task in tasks_after.items() if id not in shared], after, {}),
    )
    found = TableDifference(
        name, key, _count(table, base.snapshot), _count(table, table.metadata.current_snapshot_id),
        _schema_lines(before, after),
    )  # fmt: skip
    for olds, news in _parts(table, sides, key or tuple(both), both):
        _compare(olds, news, key, found)
    return found


def _tasks(table: Table, snapshot: int | None) -> dict[tuple[str, frozenset[str]], FileScanTask]:
    """The files of a version, each with what is deleted from it."""
    if snapshot is None:
        return {}
    planned = table.scan(snapshot_id=snapshot).plan_files()
    return {
        (task.file.file_path, frozenset(each.file_path for each in task.delete_files)): task
        for task in planned
    }


def _schema_at(table: Table, base: Base) -> Schema:
    snapshot = table.metadata.snapshot_by_id(base.snapshot) if base.snapshot is not None else None
    by_id = {schema.schema_id: schema for schema in table.metadata.schemas}
    if snapshot is None or snapshot.schema_id is None:
        return by_id[min(by_id)]
    return by_id[snapshot.schema_id]


def _count(table: Table, snapshot: int | None) -> int:
    found = table.metadata.snapshot_by_id(snapshot) if snapshot is not None else None
    summary: Any = found.summary if found else None
    return int(summary["total-records"] or 0) if summary else 0


def _schema_lines(before: Schema, after: Schema) -> list[str]:
    old = {one.field_id: one for one in before.fields}
    new = {one.field_id: one for one in after.fields}
    lines = [f"- {old[id].name} {old[id].field_type}" for id in old.keys() - new.keys()]
    lines += [f"+ {new[id].name} {new[id].field_type}" for id in new.keys() - old.keys()]
    for id in old.keys() & new.keys():
        was, now = (f"{one.name} {one.field_type}" for one in (old[id], new[id]))
        lines += [f"{was} -> {now}"] if was != now else []
    return sorted(lines)


def _parts(
    table: Table, sides: tuple[_Side, _Side], key: Sequence[str], columns: Sequence[str]
) -> Iterator[tuple[pa.Table, pa.Table]]:
    """The rows of both sides, a part of all keys at a time: the same key is in the same part of both."""
    most = max(sum(task.file.record_count for task in side.tasks) for side in sides)
    count = max(1, -(-most // ROWS_AT_ONCE))
    schema = table.schema().as_arrow()
    empty = pa.schema([schema.field(name) for name in columns]).empty_table()
    if count == 1:
        before, after = (_together(_batches(table, side, columns), empty) for side in sides)
        yield before, after
        return
    with tempfile.TemporaryDirectory(prefix="mayfly-diff-") as folder:
        before_files, after_files = (
            _spread(_batches(table, side, columns), Path(folder) / str(number), key, count)
            for number, side in enumerate(sides)
        )
        for before_file, after_file in zip(before_files, after_files, strict=True):
            yield _together(_read(before_file), empty), _together(_read(after_file), empty)


def _batches(table: Table, side: _Side, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    if not side.tasks:
        return
    scan = ArrowScan(table.metadata, table.io, side.schema, AlwaysTrue())
    for batch in scan.to_record_batches(side.tasks):
        names = [side.names.get(name, name) for name in batch.schema.names]
        yield batch.rename_columns(names).select(list(columns))


def _together(batches: Iterable[pa.RecordBatch], empty: pa.Table) -> pa.Table:
    found = [pa.Table.from_batches([batch]) for batch in batches]
    return pa.concat_tables(found, promote_options="permissive") if found else empty


def _spread(batches: Iterable[pa.RecordBatch], folder: Path, key: Sequence[str], count: int) -> list[Path]:
    """Write the rows of a side into `count` files by the hash of their keys."""
    folder.mkdir()
    paths = [folder / str(number) for number in range(count)]
    with ExitStack() as open_files:
        writers: dict[int, Any] = {}
        for batch in batches:
            keys = zip(*(_texts(batch.column(name)).to_pylist() for name in key), strict=True)
            part = pa.array([zlib.crc32(repr(one).encode()) % count for one in keys])
            for number in range(count):
                if number not in writers:
                    file = open_files.enter_context(pa.OSFile(str(paths[number]), "wb"))
                    writers[number] = open_files.enter_context(pa.ipc.new_stream(file, batch.schema))
                writers[number].write_batch(batch.filter(pc.equal(part, number)))
    return paths


def _read(path: Path) -> Iterator[pa.RecordBatch]:
    if path.exists():
        with pa.OSFile(str(path), "rb") as file, pa.ipc.open_stream(file) as stream:
            yield from stream


def _compare(before: pa.Table, after: pa.Table, key: Sequence[str], found: TableDifference) -> None:
    """Count what differs. Rows that are the same on both sides cancel out, as often as both have them."""
    before, after = _alike(before, after)
    columns = before.column_names
    gone, added = _surplus(before, after), _surplus(after, before)
    at = [columns.index(column) for column in key] or range(len(columns))
    by_key: dict[Row, list[Row]] = {}
    for row in (gone - added).elements():
        by_key.setdefault(tuple(row[place] for place in at), []).append(row)
    for row in (added - gone).elements():
        id = tuple(row[place] for place in at)
        if was := by_key.get(id):
            old = was.pop()
            found.changed += 1
            found.columns.update(
                name for name, one, other in zip(columns, old, row, strict=True) if one != other
            )
            _sample(found, "changed", id)
        else:
            found.added += 1
            _sample(found, "added", id)
    for id, rows in by_key.items():
        found.gone += len(rows)
        for _ in rows:
            _sample(found, "gone", id)


def _alike(before: pa.Table, after: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Both with columns that a join compares by value: it takes a null, or a NaN, for like nothing else."""
    columns: list[tuple[pa.ChunkedArray, pa.ChunkedArray]] = []
    for old, new in zip(before.columns, after.columns, strict=True):
        if old.type != new.type or not _joins(old) or not _joins(new):
            old, new = _texts(old), _texts(new)
        columns.append((old, new))
    names = before.column_names
    return pa.table([old for old, _ in columns], names), pa.table([new for _, new in columns], names)


def _joins(column: pa.ChunkedArray) -> bool:
    if column.null_count or pa.types.is_nested(column.type) or pa.types.is_decimal(column.type):
        return False
    return not (pa.types.is_floating(column.type) and pc.any(pc.is_nan(column)).as_py())


def _texts(column: Any) -> Any:
    return pa.array([repr(value) for value in column.to_pylist()], pa.string())


def _surplus(these: pa.Table, those: pa.Table) -> Counter[Row]:
    """The rows that are not as often on the other side, with how often they are on this one."""
    names = these.column_names
    counted, others = (one.group_by(names).aggregate([([], "count_all")]) for one in (these, those))
    left = counted.join(others, keys=counted.column_names, join_type="left anti")
    rows = zip(*(left.column(name).to_pylist() for name in names), strict=True)
    return Counter(dict(zip(rows, left.column("count_all").to_pylist(), strict=True)))


def _sample(found: TableDifference, what: str, key: Row) -> None:
    if len(found.samples[what]) < SAMPLES:
        found.samples[what].append(key)
