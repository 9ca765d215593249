"""Clones of Iceberg's tables in a real SQL catalog: their life, what they may not touch, and kills."""

from __future__ import annotations

import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from mayfly.clones import Moved
from mayfly.errors import BadInput, MayflyError, NotAllowed
from tests.support.lake import MARKER, SCHEMA, Lake, rows


def work(lake: Lake, clone: Any, table: str) -> None:
    """Append, change and delete, as a workload does."""
    written = lake.cloned(clone, table)
    written.append(rows(1000, 1002))
    written.delete("id = 3")
    written.overwrite(rows(5, 6, delay=99), "id = 5")


class TestProductionStays:
    def test_not_a_byte_and_no_pointer_changes_in_the_whole_life_of_a_clone(self, lake: Lake) -> None:
        for name in ("orders", "lines", "empty"):
            lake.table(name, 0 if name == "empty" else 100)
        before = lake.production()
        clone = lake.clone("orders", "lines", "empty")
        assert lake.driver.rows(clone) == {"empty": 0, "lines": 100, "orders": 100}
        for name in ("orders", "lines"):
            work(lake, clone, name)
        lake.cloned(clone, "empty").append(rows(0, 2))
        assert [*lake.driver.differences(clone, {})]
        lake.driver.drop(clone.namespace, MARKER)
        assert lake.production() == before
        assert lake.driver.find(clone.namespace) is None

    def test_all_that_a_clone_writes_lies_under_its_own_prefix(self, lake: Lake, tmp_path: Path) -> None:
        aside = str(tmp_path / "aside")
        lake.table("orders", 100, **{"write.data.path": aside, "write.metadata.path": aside})
        before = {*(tmp_path / "aside").rglob("*")}
        clone = lake.clone("orders")
        work(lake, clone, "orders")
        assert {*(tmp_path / "aside").rglob("*")} == before
        assert len([*(tmp_path / "qa-1/orders/data").rglob("*.parquet")]) >= 2

    def test_a_bare_register_would_write_into_productions_folder(self, lake: Lake) -> None:
        """What is lost without the own paths."""
        source = lake.table("orders")
        lake.catalog.create_namespace("bare")
        before = lake.production()
        lake.catalog.register_table("bare.orders", source.metadata_location).append(rows(1000, 1002))
        assert lake.production().keys() - before.keys()

    def test_a_purge_would_delete_productions_files(self, lake: Lake) -> None:
        """What is lost when a clone is purged; `drop` never does, and a purge of one of ours says so."""
        lake.table("orders")
        clone = lake.clone("orders")
        before = lake.production()
        lake.driver.drop(clone.namespace, MARKER)
        assert lake.production() == before
        lake.clone("orders")
        lake.catalog.purge_table(f"{clone.namespace}.orders")
        assert before.keys() - lake.production().keys()

    def test_commits_in_a_clone_delete_none_of_productions_metadata(self, lake: Lake) -> None:
        """Where production has this property, a bare pointer's commit deletes production's oldest file."""
        tidy = {
            "write.metadata.delete-after-commit.enabled": "true",
            "write.metadata.previous-versions-max": "1",
        }
        source = lake.table("orders", 100, **tidy)
        source.append(rows(200, 202))
        before = lake.production()
        clone = lake.clone("orders")
        for number in range(4):
            lake.cloned(clone, "orders").append(rows(300 + number, 301 + number))
        assert lake.production() == before
        lake.catalog.create_namespace("bare")
        bare = lake.catalog.register_table("bare.orders", source.metadata_location)
        with bare.transaction() as transaction:
            own = f"{lake.folder}/bare"
            transaction.set_properties(**{"write.metadata.path": own, "write.data.path": own})
        bare.append(rows(400, 401))
        assert before.keys() - lake.production().keys()

    def test_an_expiry_of_snapshots_in_a_clone_is_switched_off(self, lake: Lake) -> None:
        lake.table("orders")
        found = lake.cloned(lake.clone("orders"), "orders")
        assert found.properties["gc.enabled"] == "false"
        assert found.metadata.metadata_log == []
        assert found.location() == f"{lake.folder}/qa-1/orders"


class TestVersions:
    def test_a_clone_stays_at_its_version_and_says_which(self, lake: Lake) -> None:
        source = lake.table("orders")
        pinned = source.current_snapshot().snapshot_id
        clone = lake.clone("orders")
        source.append(rows(100, 110))
        assert clone.bases["orders"].snapshot == pinned
        assert lake.clone("orders") == clone
        assert lake.cloned(clone, "orders").scan().count() == 100

    def test_an_older_version_by_its_id_and_by_time_with_its_own_columns(self, lake: Lake) -> None:
        source = lake.table("orders")
        first = source.current_snapshot()
        moment = first.timestamp_ms
        while int(time.time() * 1000) <= moment + 1:
            pass
        with source.update_schema() as change:
            from pyiceberg.types import LongType

            change.add_column("gate", LongType())
        source.append(rows(100, 110).append_column("gate", [list(range(10))]))
        by_id = lake.clone("orders", at=str(first.snapshot_id), environment="qa-1")
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment / 1000)) + f".{moment % 1000:03}+00:00"
        by_time = lake.clone("orders", at=stamp, environment="qa-2")
        for clone in (by_id, by_time):
            assert lake.driver.rows(clone) == {"orders": 100}
            assert lake.cloned(clone, "orders").schema().column_names == SCHEMA.names

    @pytest.mark.parametrize("at", ["12345", "2001-01-01T00:00:00+00:00"])
    def test_a_version_that_is_not_there_makes_nothing(self, lake: Lake, at: str) -> None:
        lake.table("orders")
        with pytest.raises(BadInput, match="has no version"):
            lake.clone("orders", at=at)
        assert lake.catalog.list_namespaces() == [("lake",)]

    def test_tables_that_are_not_there_are_all_named(self, lake: Lake) -> None:
        lake.table("orders")
        with pytest.raises(BadInput) as told:
            lake.clone("orders", "lines", "items")
        assert [problem.where for problem in told.value.problems] == ["table lines", "table items"]
        assert lake.catalog.list_namespaces() == [("lake",)]


class Killed(BaseException):
    """As when a process is killed."""


STEPS = ["create_namespace", "_stage", "write"]


class TestKills:
    @pytest.mark.parametrize("step", STEPS)
    @pytest.mark.parametrize("after", [False, True])
    def test_a_kill_at_any_step_leaves_before_or_after(
        self, lake: Lake, monkeypatch: pytest.MonkeyPatch, step: str, after: bool
    ) -> None:
        for name in ("orders", "lines"):
            lake.table(name)
        owner: Any = {"_stage": lake.driver, "write": lake.driver.pointers}.get(step, lake.catalog)
        real = getattr(owner, step)

        def killed(*given: Any) -> Any:
            if after:
                real(*given)
            raise Killed

        before = lake.production()
        with monkeypatch.context() as patch:
            patch.setattr(owner, step, killed)
            with pytest.raises(Killed):
                lake.clone("orders", "lines")
        # Production moves on: what is made in the end is still the version of the first call.
        found = lake.driver.find("mf__qa_1__sales")
        if found is not None:
            lake.catalog.load_table("lake.orders").append(rows(100, 110))
            before = lake.production()
        clone = lake.clone("orders", "lines")
        assert lake.driver.rows(clone) == {"lines": 100, "orders": 100}
        assert found is None or found == clone
        lake.driver.drop(clone.namespace, MARKER)
        assert lake.production() == before
        assert lake.catalog.list_namespaces() == [("lake",)]

    def test_a_drop_that_was_cut_short_goes_on(self, lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
        lake.table("orders")
        clone = lake.clone("orders")
        with monkeypatch.context() as patch:
            patch.setattr(lake.catalog, "drop_namespace", _raises)
            with pytest.raises(Killed):
                lake.driver.drop(clone.namespace, MARKER)
        assert lake.driver.find(clone.namespace) == clone
        lake.driver.drop(clone.namespace, MARKER)
        lake.driver.drop(clone.namespace, MARKER)
        assert lake.driver.find(clone.namespace) is None


def _raises(*given: Any) -> None:
    raise Killed


class TestOwners:
    def test_a_namespace_of_others_is_neither_filled_nor_removed(self, lake: Lake) -> None:
        lake.table("orders")
        clone = lake.clone("orders")
        others = {**MARKER, "mayfly-env": "qa-2"}
        with pytest.raises(NotAllowed, match="qa-1"):
            lake.driver.drop(clone.namespace, others)
        lake.catalog.create_namespace("mf__qa_3__sales")
        with pytest.raises(NotAllowed, match="not one of ours"):
            lake.clone("orders", environment="qa-3")
        assert lake.driver.find("mf__qa_3__sales") is None
        assert lake.driver.find("lake") is None

    def test_production_cannot_be_dropped(self, lake: Lake) -> None:
        lake.table("orders")
        with pytest.raises(NotAllowed):
            lake.driver.drop("lake", MARKER)
        assert lake.count("orders") == 100


class TestPromotion:
    def test_readers_see_it_and_after_a_rollback_what_was_before(self, lake: Lake) -> None:
        lake.table("orders")
        lake.table("lines")
        clone = lake.clone("orders", "lines")
        work(lake, clone, "orders")
        lake.cloned(clone, "lines").append(rows(200, 203))
        lake.driver.promote(clone, ["lines", "orders"], "qa-1")
        assert (lake.count("orders"), lake.count("lines")) == (101, 103)
        production = lake.catalog.load_table("lake.orders")
        assert production.location() == f"{lake.folder}/lake/orders"
        assert "write.data.path" not in production.properties
        assert production.properties.get("gc.enabled") is None
        # Production depends on nothing of the environment, which goes with all of its files.
        lake.driver.drop(clone.namespace, MARKER)
        shutil.rmtree(lake.folder / "qa-1")
        assert lake.catalog.load_table("lake.orders").scan("delay = 99").to_arrow()["id"].to_pylist() == [5]
        assert lake.catalog.load_table("lake.lines").scan("id >= 200").count() == 3
        lake.driver.roll_back("lake", ["lines", "orders"], "qa-1")
        assert (lake.count("orders"), lake.count("lines")) == (100, 100)
        assert lake.catalog.load_table("lake.orders").scan("delay = 99").count() == 0

    def test_what_was_rolled_back_can_be_promoted_again(self, lake: Lake) -> None:
        lake.table("orders")
        clone = lake.clone("orders")
        work(lake, clone, "orders")
        for _ in range(2):
            lake.driver.promote(clone, ["orders"], "qa-1")
            assert lake.count("orders") == 101
            lake.driver.roll_back("lake", ["orders"], "qa-1")
        with pytest.raises(MayflyError, match="none"):
            lake.driver.roll_back("lake", ["orders"], "qa-1")
        assert lake.count("orders") == 100

    def test_added_columns_go_along(self, lake: Lake) -> None:
        from pyiceberg.types import LongType

        lake.table("orders")
        clone = lake.clone("orders")
        with lake.cloned(clone, "orders").update_schema() as change:
            change.add_column("gate", LongType())
        lake.cloned(clone, "orders").append(rows(100, 101).append_column("gate", [[7]]))
        (found,) = lake.driver.differences(clone, {"orders": ["id"]})
        assert (found.schema, found.added, found.changed) == (["+ gate long"], 1, 0)
        lake.driver.promote(clone, ["orders"], "qa-1")
        assert lake.catalog.load_table("lake.orders").schema().column_names[-1] == "gate"
        lake.driver.roll_back("lake", ["orders"], "qa-1")
        assert lake.catalog.load_table("lake.orders").schema().column_names == SCHEMA.names

    def test_a_base_that_moved_is_a_conflict_and_changes_nothing(self, lake: Lake) -> None:
        lake.table("orders")
        lake.table("lines")
        clones = [lake.clone("orders", "lines", environment=f"qa-{number}") for number in (1, 2)]
        for clone in clones:
            lake.cloned(clone, "orders").append(rows(500, 501))
            lake.cloned(clone, "lines").append(rows(500, 501))
        lake.driver.promote(clones[0], ["orders"], "qa-1")
        before = lake.production()
        with pytest.raises(Moved, match=r"lake\.orders has changed"):
            lake.driver.promote(clones[1], ["lines", "orders"], "qa-2")
        assert lake.production() == before

    def test_all_tables_of_a_sql_catalog_or_none(self, lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
        """Somebody commits to the second table between our look and our swap."""
        lake.table("orders")
        lake.table("lines")
        clone = lake.clone("orders", "lines")
        for table in ("orders", "lines"):
            lake.cloned(clone, table).append(rows(500, 501))
        real = lake.catalog._update_and_stage_table

        def late(table: Any, name: Any, *rest: Any) -> Any:
            staged = real(table, name, *rest)
            if name[-1] == "orders" and table.metadata_location:
                monkeypatch.undo()
                lake.catalog.load_table("lake.orders").append(rows(900, 901))
                monkeypatch.setattr(lake.catalog, "_update_and_stage_table", real)
            return staged

        monkeypatch.setattr(lake.catalog, "_update_and_stage_table", late)
        with pytest.raises(Moved, match="quicker"):
            lake.driver.promote(clone, ["lines", "orders"], "qa-1")
        assert (lake.count("lines"), lake.count("orders")) == (100, 101)

    def test_a_rollback_loses_nothing_that_was_written_since(self, lake: Lake) -> None:
        lake.table("orders")
        clone = lake.clone("orders")
        lake.cloned(clone, "orders").append(rows(500, 501))
        lake.driver.promote(clone, ["orders"], "qa-1")
        lake.catalog.load_table("lake.orders").append(rows(600, 601))
        with pytest.raises(Moved, match="written after qa-1 was promoted"):
            lake.driver.roll_back("lake", ["orders"], "qa-1")
        assert lake.count("orders") == 102

    def test_nothing_to_roll_back_is_said(self, lake: Lake) -> None:
        lake.table("orders")
        with pytest.raises(MayflyError, match="the last promotion is none"):
            lake.driver.roll_back("lake", ["orders"], "qa-1")

    def test_what_a_promotion_cannot_carry_is_refused(self, lake: Lake) -> None:
        from pyiceberg.transforms import IdentityTransform

        lake.table("orders")
        clone = lake.clone("orders")
        with lake.cloned(clone, "orders").update_spec() as change:
            change.add_field("carrier", IdentityTransform())
        lake.cloned(clone, "orders").append(rows(500, 501))
        with pytest.raises(MayflyError, match="partitioned"):
            lake.driver.promote(clone, ["orders"], "qa-1")
        with suppress(MayflyError):
            lake.driver.roll_back("lake", ["orders"], "qa-1")
        assert lake.count("orders") == 100


def test_a_hundred_tables_are_cloned_by_two_transactions(lake: Lake) -> None:
    """In the bench it takes under a second; here it is counted, since tests share their machine."""
    from sqlalchemy import event

    source = lake.table("t0", 3)
    for number in range(1, 100):
        lake.catalog.register_table(f"lake.t{number}", source.metadata_location)
    commits = []
    event.listen(lake.catalog.engine, "commit", lambda _: commits.append(1))
    clone = lake.clone(*(f"t{number}" for number in range(100)))
    assert len(commits) == 2
    assert len(clone.bases) == 100
