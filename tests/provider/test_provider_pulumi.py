"""`pulumi up` of a factory folder, with the real engine, our real plugin and the local Azure."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from localcloud.azure.core.ids import NONPRODUCTION
from tests.provider.conftest import FACTORY

DOCUMENTS = {
    "dataset/curated_reference",
    "dataset/flights_csv",
    "dataset/flights_parquet",
    "dataset/lake_reference",
    "linkedService/curated",
    "linkedService/lake",
    "pipeline/flights",
    "pipeline/month",
    "pipeline/reference",
    "trigger/daily",
}


def sent(calls: list[str]) -> list[str]:
    return [call for call in calls if not call.startswith("GET")]


def test_a_folder_is_deployed_followed_and_removed(project: Any) -> None:
    """One stack's life. A step begins where the one before it ended."""
    project.settings(triggers="running")
    month = project.read("pipeline/month")
    month["properties"]["parameters"]["big"] = {"type": "int", "defaultValue": 2**53 + 1}
    project.write("pipeline/month", month)
    is_deployed_as_it_stands(project)
    a_running_trigger_is_stopped_for_its_change(project)
    a_changed_file_is_named_alone_and_sent_alone(project)
    added_and_removed_files_are_added_and_removed_and_a_secure_string_is_never_shown(project)
    formatting_alone_is_no_change_and_nothing_is_asked(project)
    a_refresh_shows_drift_and_the_next_up_repairs_it(project)
    a_destroy_removes_the_documents_when_the_factory_stays(project)


def is_deployed_as_it_stands(project: Any) -> None:
    """A whole number beyond the reach of doubles arrives digit for digit; Pulumi's own would not."""
    project.up()
    calls = project.calls()
    assert sent(calls)[-1] == "POST triggers/daily/start"
    puts = [call for call in calls if call.startswith("PUT")]
    assert len(puts) == len(DOCUMENTS) == len(set(puts))
    order = {call.split("/")[0].split()[1]: place for place, call in enumerate(puts)}
    assert order["linkedservices"] < order["datasets"] < order["pipelines"] < order["triggers"]
    state = project.state()
    assert state["id"] == state["outputs"]["factoryId"]
    assert set(state["outputs"]["etags"]) == DOCUMENTS
    assert all(state["outputs"]["etags"].values())
    for key in ("pipeline/flights", "pipeline/month", "linkedService/lake", "dataset/flights_csv"):
        kind, name = key.split("/")
        kinds = {"pipeline": "pipelines", "linkedService": "linkedservices", "dataset": "datasets"}
        found = project.cloud.get(f"{state['id']}/{kinds[kind]}/{name}")
        assert found["properties"] == project.read(key)["properties"]
        if name == "month":
            assert found["properties"]["parameters"]["big"]["defaultValue"] == 9007199254740993


def a_running_trigger_is_stopped_for_its_change(project: Any) -> None:
    document = project.read("trigger/daily")
    document["properties"]["description"] = "changed"
    project.write("trigger/daily", document)
    project.up()
    assert sent(project.calls()) == [
        "POST triggers/daily/stop",
        "PUT triggers/daily",
        "POST triggers/daily/start",
    ]
    project.settings(triggers="stopped")
    project.up()
    assert sent(project.calls()) == ["POST triggers/daily/stop"]


def a_changed_file_is_named_alone_and_sent_alone(project: Any) -> None:
    document = project.read("pipeline/month")
    document["properties"]["description"] = "changed here"
    project.write("pipeline/month", document)
    shown = project.pulumi("preview", "--diff")
    assert "pipeline/month" in shown
    assert "changed here" in shown
    assert not [key for key in DOCUMENTS - {"pipeline/month"} if f'"{key}"' in shown]
    assert project.calls() == []
    project.up()
    assert project.calls() == ["PUT pipelines/month"]


def added_and_removed_files_are_added_and_removed_and_a_secure_string_is_never_shown(project: Any) -> None:
    triggers = project.folder / "factory" / "trigger"
    (triggers / "daily.json").rename(triggers / "nightly.json")
    project.write("trigger/nightly", {**project.read("trigger/nightly"), "name": "nightly"})
    document = project.read("linkedService/lake")
    document["properties"]["typeProperties"]["sasToken"] = {"type": "SecureString", "value": "hunter2"}
    project.write("linkedService/lake", document)
    shown = project.pulumi("preview", "--diff") + project.up()
    for key in ("trigger/daily", "trigger/nightly", "linkedService/lake"):
        assert key in shown
    assert "hunter2" not in shown + project.pulumi("stack", "export")
    calls = ["PUT linkedservices/lake", "PUT triggers/nightly", "DELETE triggers/daily"]
    assert sent(project.calls()) == calls


def formatting_alone_is_no_change_and_nothing_is_asked(project: Any) -> None:
    project.write("pipeline/flights", json.dumps(project.read("pipeline/flights")))
    assert "~" not in project.pulumi("preview", "--diff")
    assert "unchanged" in project.up("--expect-no-changes")
    assert project.calls() == []


def a_refresh_shows_drift_and_the_next_up_repairs_it(project: Any) -> None:
    factory = project.state()["id"]
    changed = project.cloud.get(f"{factory}/pipelines/month")["properties"]
    project.cloud.put(f"{factory}/pipelines/month", {"properties": {**changed, "description": "by hand"}})
    project.cloud.delete(f"{factory}/triggers/nightly")
    shown = project.pulumi("refresh", "--yes", "--diff")
    assert "pipeline/month" in shown
    assert "by hand" in shown
    assert set(project.state()["outputs"]["documents"]) == DOCUMENTS - {"trigger/daily"}
    project.calls()
    project.settings(triggers="running")
    project.up()
    assert sent(project.calls()) == [
        "PUT pipelines/month",
        "PUT triggers/nightly",
        "POST triggers/nightly/start",
    ]


def a_destroy_removes_the_documents_when_the_factory_stays(project: Any) -> None:
    project.pulumi("destroy", "--yes", "--skip-preview")
    calls = sent(project.calls())
    assert calls[:2] == ["POST triggers/nightly/stop", "DELETE triggers/nightly"]
    assert len(calls) == len(DOCUMENTS) + 1
    for kind in ("pipelines", "datasets", "linkedservices", "triggers"):
        assert list(project.cloud.list(f"{FACTORY}/{kind}")) == []


SIGNED = "https://acme.blob.core.windows.net/lake?sv=2024-01-01&sig=" + "aB3" * 14 + "%3D"
CONNECTION = "DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=" + "Zm9v" * 21 + "Zg=="
HEADER = "ApiKey hunter2-in-a-header"


def test_5_what_is_or_looks_like_a_secret_is_in_no_preview_and_no_state(project: Any) -> None:
    """A secret document; keys, signed URLs and headers of a file, of its older version, of a drift."""
    literals = (SIGNED, CONNECTION, HEADER, "aB3aB3aB3", "Zm9vZm9v", "hunter")
    lake = project.read("linkedService/lake")
    lake["properties"]["description"] = "hunter2"
    project.write("linkedService/lake", lake)
    project.settings(secret="linkedService/lake")
    web = {"name": "call", "type": "WebActivity", "typeProperties": {"url": SIGNED, "method": "GET"}}
    project.write("pipeline/call", {"name": "call", "properties": {"activities": [web]}})
    service = {"type": "AzureTableStorage", "typeProperties": {"connectionString": CONNECTION}}
    project.write("linkedService/table", {"name": "table", "properties": service})
    shown = project.pulumi("up", "--yes", "--diff")
    lake["properties"]["description"] = "hunter3"
    project.write("linkedService/lake", lake)
    web["typeProperties"] = {"url": "https://acme.example/", "headers": {"Authorization": HEADER}}
    project.write("pipeline/call", {"name": "call", "properties": {"activities": [web]}})
    project.calls()
    shown += project.pulumi("up", "--yes", "--diff")
    assert sorted(project.calls()) == ["PUT linkedservices/lake", "PUT pipelines/call"]
    web["typeProperties"] = {"url": "https://acme.example/"}
    project.write("pipeline/call", {"name": "call", "properties": {"activities": [web]}})
    shown += project.pulumi("up", "--yes", "--diff")
    assert "pipeline/call" in shown
    assert "linkedService/lake" in shown
    table = project.cloud.get(f"{FACTORY}/linkedservices/table")["properties"]
    table["typeProperties"]["sasUri"] = SIGNED
    project.cloud.put(f"{FACTORY}/linkedservices/table", {"properties": table})
    drift = project.pulumi("refresh", "--yes", "--diff")
    assert "linkedService/table" in drift
    shown += drift + project.pulumi("preview", "--diff") + project.pulumi("stack", "export")
    kept = [path for path in (project.folder / "state").rglob("*") if path.is_file()]
    texts = {"what was shown": shown, **{path.name: path.read_text() for path in kept}}
    assert [(name, word) for name, text in texts.items() for word in literals if word in text] == []
    assert project.read("linkedService/table")["properties"] == service


def test_bad_documents_are_all_told_before_anything_is_sent(project: Any) -> None:
    project.write("pipeline/flights", '{"name": "flights",\n "properties": {"secret": "hunter2"')
    project.write("pipeline/month", {"name": "other", "properties": {}})
    done = project.try_pulumi("up", "--yes", "--skip-preview")
    told = done.stdout + done.stderr
    assert done.returncode != 0
    assert "pipeline/flights" in told
    assert "pipeline/month" in told
    assert "hunter2" not in told
    assert sent(project.calls()) == []


def test_a_failure_midway_is_told_and_the_next_up_does_the_rest(project: Any) -> None:
    """With a document made of another's etag, which a preview does not know, and with the preflight."""
    asked = {
        "subscription": NONPRODUCTION,
        "location": "westeurope",
        "group": "qa-8",
        "account": "qa8flights1",
        "factory": "qa-8-flights",
        "project": "mayfly",
        "environment": "qa-8",
        "sources": {"lake": "/not/an/id"},
    }
    project.settings(chained=True)
    good = project.read("dataset/flights_csv")
    bad = json.loads(json.dumps(good))
    bad["properties"]["linkedServiceName"]["referenceName"] = "nowhere"
    project.write("dataset/flights_csv", bad)
    assert "etags" in project.pulumi("preview", "--diff")
    assert sent(project.calls()) == []
    done = project.try_pulumi("up", "--yes", "--skip-preview")
    assert done.returncode != 0
    assert "dataset/flights_csv" in done.stdout + done.stderr
    documents = project.state()["outputs"]["documents"]
    assert ("linkedService/lake" in documents, "dataset/flights_csv" in documents) == (True, False)
    project.write("dataset/flights_csv", good)
    project.settings(chained=True, preflight=asked)
    project.calls()
    project.up()
    calls = sent(project.calls())
    assert "PUT datasets/flights_csv" in calls
    assert "PUT linkedservices/lake" not in calls
    outputs = project.state()["outputs"]
    assert set(outputs["documents"]) == DOCUMENTS
    document = project.cloud.get(f"{FACTORY}/pipelines/chained")
    assert document["properties"]["description"] == outputs["etags"]["linkedService/lake"]
    found = json.loads(project.pulumi("stack", "output", "--json"))["preflight"]
    assert [problem["where"] for problem in found["problems"]] == ["sources.lake"]
    assert found["group_tags"] == {}


def test_an_engine_that_is_killed_leaves_no_plugin_and_the_next_up_ends_in_the_same_place(
    project: Any,
) -> None:
    for number in range(300):
        project.write(f"linkedService/many{number}", {"name": f"many{number}", **SERVICE})
    with project.start("up", "--yes", "--skip-preview") as engine:
        wait_until(lambda: len(sent(project.calls(keep=True))) > 50 or engine.poll() is not None)
        plugin = child_named(engine.pid, "mayfly.provider")
        engine.kill()
    wait_until(lambda: not Path(f"/proc/{plugin}").exists() or is_zombie(plugin))
    project.pulumi("cancel", "--yes")
    project.up()
    assert len(project.state()["outputs"]["documents"]) == len(DOCUMENTS) + 300
    project.calls()
    project.up()
    assert project.calls() == []


SERVICE = {
    "properties": {
        "type": "AzureBlobStorage",
        "typeProperties": {"serviceEndpoint": "https://lake.example", "accountKind": "StorageV2"},
    }
}


def wait_until(holds: Callable[[], bool], longest: float = 60) -> None:
    deadline, pause = time.monotonic() + longest, threading.Event()
    while not holds():
        assert time.monotonic() < deadline, "it did not come to that"
        pause.wait(0.02)


def child_named(parent: int, text: str) -> int:
    """The process below `parent` whose command line holds the text."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            above = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            if above == parent and text in (folder / "cmdline").read_text():
                return int(folder.name)
        except OSError:
            continue
    raise AssertionError(f"{parent} has no child that runs {text}")


def is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True
