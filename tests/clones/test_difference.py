"""What was changed in a clone: exactly, by key, on any size within the same memory."""

from __future__ import annotations

import datetime
import decimal
from typing import Any

import pyarrow as pa
import pytest

from mayfly.clones import difference
from mayfly.clones.difference import TableDifference
from mayfly.errors import BadInput
from tests.support.lake import Lake, rows


def changed(lake: Lake, key: list[str] | None = None) -> TableDifference:
    clone = lake.clone("orders")
    written = lake.cloned(clone, "orders")
    written.append(rows(1000, 1002))
    written.delete("id = 3")
    written.overwrite(rows(5, 6, delay=99), "id = 5")
    (found,) = lake.driver.differences(clone, {"orders": key} if key else {})
    return found


def test_rows_are_named_by_their_key_and_columns_counted(lake: Lake) -> None:
    lake.table("orders")
    found = changed(lake, ["id"])
    assert (found.rows_before, found.rows_after) == (100, 101)
    assert (found.added, found.gone, found.changed) == (2, 1, 1)
    assert found.columns == {"delay": 1}
    assert found.samples == {"added": [(1000,), (1001,)], "gone": [(3,)], "changed": [(5,)]}


def test_without_a_key_a_changed_row_is_one_gone_and_one_added(lake: Lake) -> None:
    lake.table("orders")
    found = changed(lake)
    assert (found.added, found.gone, found.changed, found.key) == (3, 2, 0, ())


def test_what_is_larger_than_memory_is_compared_in_parts(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    lake.table("orders", 1000)
    monkeypatch.setattr(difference, "ROWS_AT_ONCE", 150)
    sizes: list[int] = []
    real = difference._compare

    def counted(before: pa.Table, after: pa.Table, *rest: object) -> None:
        sizes.append(before.num_rows + after.num_rows)
        real(before, after, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(difference, "_compare", counted)
    found = changed(lake, ["id"])
    assert (found.added, found.gone, found.changed, found.columns) == (2, 1, 1, {"delay": 1})
    assert len(sizes) == 7
    assert max(sizes) < 500


def test_files_that_both_have_are_not_read(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    lake.table("orders", 1000)
    clone = lake.clone("orders")
    lake.cloned(clone, "orders").append(rows(5000, 5003))
    read: list[int] = []
    real = difference._batches

    def counted(table: object, side: difference._Side, columns: object) -> object:
        read.extend(task.file.record_count for task in side.tasks)
        return real(table, side, columns)  # type: ignore[arg-type]

    monkeypatch.setattr(difference, "_batches", counted)
    (found,) = lake.driver.differences(clone, {})
    assert (found.added, read) == (3, [3])


def test_an_untouched_clone_has_no_differences(lake: Lake) -> None:
    lake.table("orders")
    lake.table("empty", 0)
    assert all(found.is_empty for found in lake.driver.differences(lake.clone("orders", "empty"), {}))


def test_a_key_that_is_no_column_is_told(lake: Lake) -> None:
    lake.table("orders")
    clone = lake.clone("orders")
    with pytest.raises(BadInput, match="has no column 'ide'"):
        [*lake.driver.differences(clone, {"orders": ["ide"]})]


def test_nulls_nans_decimals_lists_and_duplicates_are_what_they_are(lake: Lake) -> None:
    day = datetime.date(2013, 1, 1)
    values: dict[str, Any] = {
        "id": [1, 2, 2, None],
        "ratio": [float("nan"), 0.5, 0.5, None],
        "price": [decimal.Decimal("1.10"), None, None, decimal.Decimal("2.00")],
        "day": [day, day, day, None],
        "gates": [[1, None], [], [], None],
    }
    schema = pa.schema(
        [
            ("id", pa.int64()), ("ratio", pa.float64()), ("price", pa.decimal128(9, 2)), ("day", pa.date32()),
            ("gates", pa.list_(pa.int32())),
        ]
    )  # fmt: skip
    source = lake.catalog.create_table("lake.orders", schema, location=f"{lake.folder}/lake/orders")
    source.append(pa.table(values, schema=schema))
    clone = lake.clone("orders")
    # The same rows in a file of their own, but for one of the duplicates.
    kept = {name: [column[0], column[1], column[3]] for name, column in values.items()}
    lake.cloned(clone, "orders").overwrite(pa.table(kept, schema=schema))
    (found,) = lake.driver.differences(clone, {})
    assert (found.added, found.gone, found.changed) == (0, 1, 0)
