"""The example's pipelines on the real flights, as the factory's own identity."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from examples.flights import lake
from tests.localcloud.azure.datafactory.factory_place import (
    CONTRIBUTOR,
    FACTORY,
    READER,
    Place,
    error,
    output,
)
from tests.support.flights import assert_holds


@pytest.fixture
def granted(place: Place) -> Place:
    """The factory may read the lake and write its sink; the example is published."""
    place.grant("lake", READER)
    place.grant("curated", CONTRIBUTOR)
    place.publish_example()
    return place


def test_all_months_become_parquet_with_the_same_values(granted: Place) -> None:
    with granted.container("lake") as source:
        assert lake.publish(source) == 15
    run = granted.run("flights")
    assert (run.status, run.message) == ("Succeeded", "")
    with granted.container("curated") as sink:
        written = {blob.name: sink.download_blob(blob.name).readall() for blob in sink.list_blobs()}
    total = 0
    for path, content in lake.months():
        table = pq.read_table(pa.BufferReader(written[f"flights/{path[:4]}/month={path[5:7]}.parquet"]))
        assert_holds(table, content)
        total += table.num_rows
    assert total == 336_776
    assert len(written) == 12


def test_the_request_log_names_the_factory(granted: Place) -> None:
    with granted.container("lake") as source:
        lake.publish(source)
    granted.run("flights", {"months": [1, 2]})
    log = [one for one in granted.server.log() if one["principal"] == FACTORY and one["plane"] == "blob"]
    assert {one["object_id"] for one in log} == {granted.principal_id}
    reads = {one["path"] for one in log if one["method"] == "GET"}
    writes = {one["path"]: one["status"] for one in log if one["method"] == "PUT"}
    assert reads == {"/flightslake/flights/2013/01.csv", "/flightslake/flights/2013/02.csv"}
    assert writes == {f"/qa1flights/curated/flights/2013/month=0{month}.parquet": 201 for month in (1, 2)}


def test_a_missing_month_fails_the_run_and_says_which(granted: Place) -> None:
    run = granted.run("flights", {"months": [2]})
    assert run.status == "Failed"
    assert "The lake has no flights for 2013-02: 2013/02.csv is missing." in str(run.message)
    inner = next(one for one in granted.activities(run) if one.activity_type == "ExecutePipeline")
    child = granted.client.pipeline_runs.get("qa-1-flights", FACTORY, output(inner)["pipelineRunId"])
    assert child.run_group_id == run.run_group_id
    failed = next(one for one in granted.activities(child) if one.activity_type == "Fail")
    assert error(failed)["errorCode"] == "MonthMissing"
    assert Counter(one.status for one in granted.activities(child)) == {"Succeeded": 1, "Failed": 2}


def test_the_reference_tables_are_copied_byte_by_byte(granted: Place) -> None:
    with granted.container("lake") as source:
        for path, content in lake.tables():
            source.upload_blob(path, content)
    assert granted.run("reference").status == "Succeeded"
    with granted.container("curated") as sink:
        copied = {blob.name: sink.download_blob(blob.name).readall() for blob in sink.list_blobs()}
    assert copied == dict(lake.tables())


def test_control_without_the_reader_role_the_run_fails_with_403(place: Place) -> None:
    place.grant("curated", CONTRIBUTOR)
    place.publish_example()
    with place.container("lake") as source:
        source.upload_blob("2013/01.csv", next(content for _, content in lake.months()))
    run = place.run("month", {"year": 2013, "month": "01"})
    assert run.status == "Failed"
    [failed] = [one for one in place.activities(run) if one.status == "Failed"][:1]
    assert "403" in error(failed)["message"]
    assert "AuthorizationPermissionMismatch" in error(failed)["message"]


def test_control_without_the_writer_role_the_sink_is_to_blame(place: Place) -> None:
    place.grant("lake", READER)
    place.publish_example()
    with place.container("lake") as source:
        source.upload_blob("2013/01.csv", next(content for _, content in lake.months()))
    run = place.run("month", {"year": 2013, "month": "01"})
    failed = next(one for one in place.activities(run) if one.activity_type == "Copy")
    assert error(failed)["errorCode"] == "2200"
    assert "Failure happened on 'Sink' side." in error(failed)["message"]
    assert "403" in error(failed)["message"]
