"""The tables of pipeline runs and activity runs."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from localcloud.azure.core.store import Store, key

Record = dict[str, Any]

SCHEMA = """
CREATE TABLE IF NOT EXISTS pipeline_runs (
    run_id TEXT PRIMARY KEY, factory TEXT NOT NULL, number INTEGER NOT NULL, document TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS pipeline_runs_by_factory ON pipeline_runs (factory, number);
CREATE TABLE IF NOT EXISTS activity_runs (
    activity_run_id TEXT PRIMARY KEY, run_id TEXT NOT NULL, number INTEGER NOT NULL, document TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS activity_runs_by_run ON activity_runs (run_id, number);
"""
ENDED = frozenset({"Succeeded", "Failed", "Cancelled"})
LOST = "The local cloud was stopped while this was under way."


class RunStore:
    """The runs of all factories. A record is the API's answer, named by `runId` or `activityRunId`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        store.script(SCHEMA)

    def save_run(self, factory: str, record: Record) -> None:
        """Add or replace a pipeline run. `factory`: the id of its factory."""
        self._save("pipeline_runs", "factory", record["runId"], key(factory), record)

    def save_activity(self, record: Record) -> None:
        """Add or replace an activity run."""
        self._save("activity_runs", "run_id", record["activityRunId"], record["pipelineRunId"], record)

    def _save(self, table: str, owner: str, identity: str, owned_by: str, record: Record) -> None:
        number = f"(SELECT COALESCE(MAX(number), 0) + 1 FROM {table} WHERE {owner} = ?)"  # noqa: S608
        insert = f"INSERT INTO {table} VALUES (?, ?, {number}, ?)"  # noqa: S608
        changed = "ON CONFLICT DO UPDATE SET document = excluded.document"
        self._store.execute(f"{insert} {changed}", identity, owned_by, owned_by, json.dumps(record))

    def run(self, factory: str, run_id: str) -> Record | None:
        """Return a pipeline run of a factory, or None."""
        rows = self._store.execute(
            "SELECT document FROM pipeline_runs WHERE run_id = ? AND factory = ?",
            run_id.lower(),
            key(factory),
        )
        return json.loads(rows[0][0]) if rows else None

    def runs(self, factory: str) -> list[Record]:
        """Return the pipeline runs of a factory, in the order of their creation."""
        return self._records(
            "SELECT document FROM pipeline_runs WHERE factory = ? ORDER BY number", key(factory)
        )

    def activities(self, run_id: str) -> list[Record]:
        """Return the activity runs of a pipeline run, in the order of their start."""
        return self._records(
            "SELECT document FROM activity_runs WHERE run_id = ? ORDER BY number", run_id.lower()
        )

    def forget(self, factory: str) -> None:
        """Remove the runs of a deleted factory."""
        self._store.execute(
            "DELETE FROM activity_runs WHERE run_id IN (SELECT run_id FROM pipeline_runs WHERE factory = ?)",
            key(factory),
        )
        self._store.execute("DELETE FROM pipeline_runs WHERE factory = ?", key(factory))

    def fail_unended(self) -> None:
        """Mark the runs of a killed process as failed, with the reason as message."""
        for factory, document in self._store.execute("SELECT factory, document FROM pipeline_runs"):
            record = json.loads(document)
            if record["status"] not in ENDED:
                self._fail_activities(record["runId"])
                ended(record, "runStart", "runEnd", "Failed")
                self.save_run(factory, record | {"message": LOST, "lastUpdated": record["runEnd"]})

    def _fail_activities(self, run_id: str) -> None:
        for record in self.activities(run_id):
            if record["status"] not in ENDED:
                ended(record, "activityRunStart", "activityRunEnd", "Failed")
                error = {"errorCode": "SystemError", "message": LOST, "failureType": "SystemError"}
                self.save_activity(record | {"error": error | {"target": record["activityName"]}})

    def _records(self, statement: str, value: str) -> list[Record]:
        return [json.loads(row[0]) for row in self._store.execute(statement, value)]


def now() -> str:
    """Return the current time in the API's form: UTC, seven decimals of a second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")


def ended(record: Record, start: str, end: str, status: str) -> None:
    """Set status, end and duration of a record whose `start` and `end` fields have these names."""
    record[end] = now()
    begun = (
        datetime.fromisoformat(record[start]) if record.get(start) else datetime.fromisoformat(record[end])
    )
    elapsed = datetime.fromisoformat(record[end]) - begun
    record["durationInMs"] = round(elapsed.total_seconds() * 1000)
    record["status"] = status
