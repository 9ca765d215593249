"""Triggers fire where they are started: by a clock that moves, and by what happens to blobs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from localcloud.azure import admin
from localcloud.azure.datafactory.firing import recurrence, windows
from localcloud.azure.datafactory.firing.recurrence import InvalidRecurrence
from tests.localcloud.azure.datafactory.factory_lab import ACCOUNT_ID, FACTORY_ID, WINDOW, Lab, activity
from tests.support.azure_in_process import local_cloud

HOUR = timedelta(hours=1)


def occurrences(count: int, since: str, **said: Any) -> list[str]:
    """When a recurrence is due after a time."""
    parsed = recurrence.parse({"recurrence": {"interval": 1, **said}})
    moment = datetime.fromisoformat(since).replace(tzinfo=UTC)
    found: list[str] = []
    while len(found) < count and (due := parsed.after(moment)) is not None:
        found.append(f"{due:%Y-%m-%dT%H:%M}")
        moment = due
    return found


# The first rows are the documentation's: "Examples of trigger recurrence schedules".
@pytest.mark.parametrize(
    ("frequency", "schedule", "found"),
    [
        ("Day", {"hours": [5]}, ["02T05:25", "03T05:25"]),
        ("Day", {"minutes": [15], "hours": [5]}, ["02T05:15"]),
        ("Day", {"minutes": [15], "hours": [5, 17]}, ["01T17:15", "02T05:15"]),
        ("Day", {"minutes": [45, 15], "hours": [5, 17]}, ["01T17:15", "01T17:45", "02T05:15"]),
        ("Day", {"minutes": [0, 15, 30, 45]}, ["01T12:30", "01T12:45", "01T13:00"]),
        ("Day", {"hours": list(range(24))}, ["01T12:25", "01T13:25"]),
        ("Day", {"minutes": [0]}, ["01T13:00", "01T14:00"]),
        ("Hour", {"minutes": [15]}, ["01T13:15", "01T14:15"]),
        ("Week", {"hours": [17], "weekDays": ["saturday"]}, ["06T17:25", "13T17:25"]),
        ("Week", {"weekDays": ["Tuesday", "Thursday"]}, ["02T12:25", "04T12:25", "09T12:25"]),
        ("Week", {"minutes": [15, 45], "hours": [17], "weekDays": ["monday"]}, ["01T17:15", "01T17:45"]),
        ("Month", {"minutes": [0], "hours": [6], "monthDays": [28]}, ["28T06:00"]),
        ("Month", {"minutes": [0], "hours": [6], "monthDays": [-1]}, ["31T06:00"]),
        ("Month", {"monthDays": [1, 14]}, ["01T12:25", "14T12:25"]),
        (
            "Month",
            {"minutes": [0], "hours": [5], "monthlyOccurrences": [{"day": "friday", "occurrence": 1}]},
            ["05T05:00"],
        ),
        ("Month", {"monthlyOccurrences": [{"day": "friday", "occurrence": -3}]}, ["12T12:25"]),
        ("Month", {"monthlyOccurrences": [{"day": "wednesday", "occurrence": 5}]}, ["31T12:25"]),
    ],
)
def test_schedules_are_those_of_the_documentation(frequency: str, schedule: Any, found: list[str]) -> None:
    """From Monday, 2018-01-01 at 12:25."""
    said = {"frequency": frequency, "startTime": "2018-01-01T12:25:00Z", "schedule": schedule}
    told = occurrences(len(found), "2018-01-01T12:20:00", **said)
    assert told == [f"2018-01-{one}" for one in found]


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"frequency": "Day", "interval": 2}, ["2017-04-09T14:00", "2017-04-11T14:00", "2017-04-13T14:00"]),
        ({"frequency": "minute", "interval": 15}, ["2017-04-08T13:15", "2017-04-08T13:30"]),
        ({"frequency": "Hour", "interval": 5}, ["2017-04-08T15:00", "2017-04-08T20:00"]),
        ({"frequency": "Week"}, ["2017-04-14T14:00"]),
        ({"frequency": "Month"}, ["2017-05-07T14:00", "2017-06-07T14:00"]),
        ({"frequency": "Day", "endTime": "2017-04-09T14:00:00Z"}, ["2017-04-08T14:00", "2017-04-09T14:00"]),
        ({"frequency": "Hour", "interval": 3, "schedule": {"minutes": [0, 30]}}, ["2017-04-08T14:00"]),
    ],
)
def test_times_in_the_past_are_left_out(said: Any, found: list[str]) -> None:
    """The first row is the documentation's example: now is 2017-04-08 13:00."""
    told = occurrences(len(found) + 1, "2017-04-08T13:00:00", startTime="2017-04-07T14:00:00Z", **said)
    assert told[: len(found)] == found
    assert "endTime" not in said or told == found


def test_a_start_time_is_a_local_one_of_its_zone_through_the_year() -> None:
    said = {"frequency": "Day", "startTime": "2018-01-01T05:00:00", "timeZone": "W. Europe Standard Time"}
    assert occurrences(1, "2018-01-01T00:00:00", **said) == ["2018-01-01T04:00"]
    assert occurrences(1, "2018-07-01T00:00:00", **said) == ["2018-07-01T03:00"]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"frequency": "Yearly"}, "the frequency 'Yearly'"),
        ({"frequency": "Day", "interval": 0}, "the interval '0'"),
        ({"frequency": "Day", "timeZone": "Europe/Berlin"}, "the time zone 'Europe/Berlin'"),
        ({"frequency": "Day", "startTime": None}, "no startTime"),
        ({"frequency": "Day", "startTime": "soon"}, "the time 'soon'"),
        ({"frequency": "Day", "schedule": {"weekDays": ["Monday"]}}, "the frequency Day has no 'weekDays'"),
        ({"frequency": "Day", "schedule": {"hours": [24]}}, "'24' in 'hours'"),
        ({"frequency": "Minute", "schedule": {"minutes": [1]}}, "the frequency Minute has no 'minutes'"),
    ],
)
def test_a_recurrence_that_cannot_be_read(said: Any, message: str) -> None:
    with pytest.raises(InvalidRecurrence, match=message):
        occurrences(1, "2018-01-01", **{"startTime": "2018-01-01T00:00:00Z", **said})


TUMBLING = {"frequency": "Hour", "interval": 1, "startTime": "2018-01-01T00:00:00Z", "maxConcurrency": 2}


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"frequency": "Minute", "interval": 4}, "at least 5 minutes"),
        ({"frequency": "Day"}, "not 'Day'"),
        ({"maxConcurrency": 51}, "'maxConcurrency' is '51'"),
        ({"dependsOn": [{}]}, "'dependsOn'"),
        ({"delay": "1h"}, "d.hh:mm:ss"),
        ({"startTime": None}, "the time 'None'"),
    ],
)
def test_windows_that_cannot_be_read(said: Any, message: str) -> None:
    with pytest.raises(InvalidRecurrence, match=message):
        windows.parse({**TUMBLING, **said})


def trigger(lab: Lab, kind: str, properties: Any, *, start: bool = True, **parameters: Any) -> None:
    """Make and start a trigger of the pipeline p, which takes these parameters."""
    declared = {name: {"type": "string"} for name in parameters}
    lab.pipeline(activity("stop", "Wait", waitTimeInSeconds=1, state="Inactive"), parameters=declared)
    pipeline = {"referenceName": "p", "type": "PipelineReference"}
    started = {"pipelineReference": pipeline, "parameters": parameters}
    several = kind != "TumblingWindowTrigger"
    pipelines = {"pipelines": [started]} if several else {"pipeline": started}
    lab.put("triggers", "t", {"type": kind, "typeProperties": properties, **pipelines})
    if start:
        lab.arm("POST", f"{FACTORY_ID}/triggers/t/start")


def runs(lab: Lab) -> list[Any]:
    """The pipeline runs, each once it has ended."""
    found = lab.arm("POST", f"{FACTORY_ID}/queryPipelineRuns", WINDOW)["value"]
    return [lab.ended(run["runId"]) for run in found]


def trigger_runs(lab: Lab) -> list[Any]:
    found: list[Any] = lab.arm("POST", f"{FACTORY_ID}/queryTriggerRuns", WINDOW)["value"]
    return found


def pass_time(lab: Lab, by: timedelta) -> None:
    lab.local.cloud.clock.move(by)


def hourly(**further: Any) -> Any:
    """Due an hour after it is made, and each hour from then on."""
    begin = datetime.now(UTC).replace(microsecond=0) - 10 * HOUR
    return {"recurrence": {"frequency": "Hour", "interval": 1, "startTime": begin.isoformat(), **further}}


def test_a_schedule_trigger_fires_each_time_that_it_is_due(lab: Lab) -> None:
    trigger(lab, "ScheduleTrigger", hourly(), at="@trigger().scheduledTime", begun="@{trigger().startTime}")
    assert runs(lab) == []
    pass_time(lab, 2 * HOUR + timedelta(minutes=1))
    first, second = runs(lab)
    times = [datetime.fromisoformat(run["parameters"]["at"]) for run in (first, second)]
    assert times[1] - times[0] == HOUR
    assert first["status"] == "Succeeded"
    assert (first["invokedBy"]["name"], first["invokedBy"]["invokedByType"]) == ("t", "ScheduleTrigger")
    told = trigger_runs(lab)
    assert [one["triggeredPipelines"] for one in told] == [{"p": first["runId"]}, {"p": second["runId"]}]
    assert {(one["status"], one["triggerName"]) for one in told} == {("Succeeded", "t")}


def test_a_trigger_fires_only_while_it_is_started(lab: Lab) -> None:
    trigger(lab, "ScheduleTrigger", hourly(), start=False)
    pass_time(lab, 2 * HOUR)
    assert runs(lab) == []
    lab.arm("POST", f"{FACTORY_ID}/triggers/t/start")
    lab.arm("POST", f"{FACTORY_ID}/triggers/t/stop")
    pass_time(lab, 2 * HOUR)
    assert runs(lab) == []


def test_a_trigger_ends_with_its_factory(lab: Lab) -> None:
    trigger(lab, "ScheduleTrigger", hourly())
    lab.arm("DELETE", FACTORY_ID)
    pass_time(lab, 2 * HOUR)
    assert lab.send("GET", FACTORY_ID).status == 404


def test_a_run_that_cannot_be_started_is_told(lab: Lab) -> None:
    trigger(lab, "ScheduleTrigger", hourly(), at="@trigger().nothing")
    pass_time(lab, HOUR)
    assert runs(lab) == []
    assert trigger_runs(lab)[0]["status"] == "Failed"
    assert "property 'nothing' doesn't exist" in trigger_runs(lab)[0]["message"]


def test_what_time_it_is_moves_along(lab: Lab) -> None:
    pass_time(lab, 1000 * HOUR)
    trigger(lab, "ScheduleTrigger", hourly(), at="@utcNow()")
    pass_time(lab, HOUR)
    (run,) = runs(lab)
    assert datetime.fromisoformat(run["parameters"]["at"]) > datetime.now(UTC) + 1000 * HOUR


def test_a_started_trigger_fires_again_after_a_restart(tmp_path: Path) -> None:
    with local_cloud(tmp_path) as first:
        lab = Lab(first).set_up()
        trigger(lab, "ScheduleTrigger", hourly())
    admin.move_clock(tmp_path, 5 * HOUR)
    with local_cloud(tmp_path) as second:
        lab = Lab(second)
        assert runs(lab) == []  # What was due while the cloud was stopped is not made up for.
        pass_time(lab, HOUR)
        assert len(runs(lab)) == 1


def test_a_running_cloud_sees_a_clock_that_another_process_moves(lab: Lab) -> None:
    trigger(lab, "ScheduleTrigger", hourly())
    admin.move_clock(lab.local.cloud.folder, HOUR)
    lab.local.cloud.clock.move(timedelta())
    assert len(runs(lab)) == 1


@pytest.mark.parametrize("kind", ["ScheduleTrigger", "TumblingWindowTrigger"])
def test_a_trigger_whose_times_cannot_be_read_is_not_started(lab: Lab, kind: str) -> None:
    trigger(lab, kind, {}, start=False)
    reply = lab.send("POST", f"{FACTORY_ID}/triggers/t/start")
    assert reply.status == 400
    assert lab.arm("GET", f"{FACTORY_ID}/triggers/t")["properties"]["runtimeState"] == "Stopped"


def tumbling(hours: int, **further: Any) -> Any:
    """Windows of an hour, from so many hours before now."""
    begin = datetime.now(UTC).replace(microsecond=0) - hours * HOUR - timedelta(minutes=1)
    return {**TUMBLING, "startTime": begin.isoformat(), **further}


def test_tumbling_windows_catch_up_from_the_oldest_on(lab: Lab) -> None:
    times: dict[str, Any] = {
        "begin": "@trigger().outputs.windowStartTime",
        "end": "@trigger().outputs.windowEndTime",
    }
    trigger(lab, "TumblingWindowTrigger", tumbling(5), **times)
    assert len(runs(lab)) == 2  # as many at once as it allows
    for count in (4, 5, 5):
        pass_time(lab, timedelta())
        assert len(runs(lab)) == count
    found = [run["parameters"] for run in runs(lab)]
    assert [one["begin"] for one in found][1:] == [one["end"] for one in found][:-1]
    pass_time(lab, HOUR)
    assert len(runs(lab)) == 6


def test_tumbling_windows_go_on_where_they_were_stopped(lab: Lab) -> None:
    trigger(lab, "TumblingWindowTrigger", tumbling(2))
    assert len(runs(lab)) == 2
    lab.arm("POST", f"{FACTORY_ID}/triggers/t/stop")
    lab.arm("POST", f"{FACTORY_ID}/triggers/t/start")
    pass_time(lab, HOUR)
    assert len(runs(lab)) == 3


def test_a_window_waits_for_its_delay_and_ends_with_its_trigger(lab: Lab) -> None:
    end = (datetime.now(UTC) + timedelta(minutes=30)).isoformat()
    trigger(lab, "TumblingWindowTrigger", tumbling(1, delay="00:10:00", endTime=end))
    assert runs(lab) == []
    pass_time(lab, timedelta(minutes=10))
    assert len(runs(lab)) == 1
    pass_time(lab, 5 * HOUR)
    assert len(runs(lab)) == 1


def test_a_window_is_tried_again_as_often_as_its_policy_says(lab: Lab) -> None:
    given = tumbling(
        1, endTime=datetime.now(UTC).isoformat(), retryPolicy={"count": 1, "intervalInSeconds": 3600}
    )
    trigger(lab, "TumblingWindowTrigger", given, start=False)
    lab.pipeline(activity("no", "Fail", message="no", errorCode="1"))
    lab.arm("POST", f"{FACTORY_ID}/triggers/t/start")
    for minutes, count in ((0, 1), (0, 1), (30, 1), (31, 2), (0, 2), (90, 2)):
        pass_time(lab, timedelta(minutes=minutes))
        assert len(runs(lab)) == count


def events(**further: Any) -> Any:
    return {
        "scope": ACCOUNT_ID,
        "events": ["Microsoft.Storage.BlobCreated"],
        "blobPathBeginsWith": "/data/blobs/in/",
        "blobPathEndsWith": ".csv",
        **further,
    }


def remove(lab: Lab, name: str) -> None:
    headers = {"x-ms-version": "2023-11-03"}
    path = f"/labaccount/data/{name}"
    assert lab.local.send("blob", "DELETE", path, as_="data", headers=headers).status == 202


def test_a_new_blob_fires_a_trigger_with_its_name(lab: Lab) -> None:
    body: dict[str, Any] = {"folder": "@triggerBody().folderPath", "file": "@trigger().outputs.body.fileName"}
    trigger(lab, "BlobEventsTrigger", events(), **body)
    for name in ("in/deep/a.csv", "in/a.txt", "out/a.csv"):
        lab.upload(name, b"1")
    lab.upload("in/empty.csv", b"")
    remove(lab, "in/deep/a.csv")
    (run,) = runs(lab)
    assert run["parameters"] == {"folder": "data/in/deep", "file": "a.csv"}
    assert run["invokedBy"]["invokedByType"] == "BlobEventsTrigger"


@pytest.mark.parametrize(
    ("further", "count"),
    [
        ({"events": ["Microsoft.Storage.BlobDeleted"]}, 1),
        ({"events": ["Microsoft.Storage.BlobCreated", "Microsoft.Storage.BlobDeleted"]}, 2),
        ({"ignoreEmptyBlobs": False, "events": ["Microsoft.Storage.BlobCreated"]}, 2),
        ({"scope": ACCOUNT_ID + "x"}, 0),
        ({"blobPathBeginsWith": "/other/"}, 0),
        ({"blobPathBeginsWith": None, "blobPathEndsWith": "/data/blobs/in/a.csv"}, 1),
    ],
)
def test_a_trigger_hears_what_it_asks_for(lab: Lab, further: Any, count: int) -> None:
    trigger(lab, "BlobEventsTrigger", events(**further))
    lab.upload("in/a.csv", b"1")
    lab.upload("in/empty.csv", b"")
    remove(lab, "in/a.csv")
    assert len(runs(lab)) == count


def test_what_a_copy_writes_fires_a_trigger(lab: Lab) -> None:
    lab.upload("from/a.csv", b"1")
    trigger(lab, "BlobEventsTrigger", events(), file="@triggerBody().fileName")
    source = {"type": "BinarySource", "storeSettings": {"type": "AzureBlobStorageReadSettings"}}
    sink = {"type": "BinarySink", "storeSettings": {"type": "AzureBlobStorageWriteSettings"}}
    inputs, outputs = lab.dataset("f", "Binary", "from", "a.csv"), lab.dataset("t", "Binary", "in", "a.csv")
    copied = activity("copy", "Copy", source=source, sink=sink, inputs=[inputs], outputs=[outputs])
    lab.run(copied, name="copying")
    assert {run["pipelineName"] for run in runs(lab)} == {"copying", "p"}
