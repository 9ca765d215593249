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


def test_a_folder_is_deployed_as_it_stands(project: Any) -> None:
    project.up()
    puts = [call for call in project.calls() if call.startswith("PUT")]
    assert len(puts) == len(DOCUMENTS) == len(set(puts))
    order = {call.split("/")[0].split()[1]: place for place, call in enumerate(puts)}
    assert order["linkedservices"] < order["datasets"] < order["pipelines"] < order["triggers"]
    state = project.state()
    assert state["id"] == state["outputs"]["factoryId"]
    assert set(state["outputs"]["etags"]) == DOCUMENTS
    assert all(state["outputs"]["etags"].values())
    for key in ("pipeline/flights", "linkedService/lake", "dataset/flights_csv"):
        kind, name = key.split("/")
        kinds = {"pipeline": "pipelines", "linkedService": "linkedservices", "dataset": "datasets"}
        found = project.cloud.get(f"{state['id']}/{kinds[kind]}/{name}")
        assert found["properties"] == project.read(key)["properties"]


def test_a_second_up_changes_nothing_and_asks_nothing(project: Any) -> None:
    project.up()
    project.calls()
    assert "1 unchanged" in project.up() or "2 unchanged" in project.up()
    assert project.calls() == []


def test_formatting_alone_is_no_change(project: Any) -> None:
    project.up()
    project.write("pipeline/flights", json.dumps(project.read("pipeline/flights")))
    project.calls()
    assert "~" not in project.pulumi("preview", "--diff")
    project.up()
    assert project.calls() == []


def test_a_preview_names_the_changed_file_alone_and_one_document_is_sent(project: Any) -> None:
    project.up()
    document = project.read("pipeline/month")
    document["properties"]["description"] = "changed here"
    project.write("pipeline/month", document)
    project.calls()
    shown = project.pulumi("preview", "--diff")
    assert "pipeline/month" in shown
    assert "changed here" in shown
    assert not [key for key in DOCUMENTS - {"pipeline/month"} if f'"{key}"' in shown]
    assert project.calls() == []
    project.up()
    assert project.calls() == ["PUT pipelines/month"]


def test_added_and_removed_files_are_added_and_removed(project: Any) -> None:
    project.up()
    (project.folder / "factory" / "trigger" / "daily.json").rename(
        project.folder / "factory" / "trigger" / "nightly.json"
    )
    document = project.read("trigger/nightly")
    project.write("trigger/nightly", {**document, "name": "nightly"})
    project.calls()
    shown = project.pulumi("preview", "--diff")
    assert "trigger/daily" in shown
    assert "trigger/nightly" in shown
    project.up()
    assert sent(project.calls()) == ["PUT triggers/nightly", "DELETE triggers/daily"]


def test_triggers_run_where_the_fabric_says_so(project: Any) -> None:
    project.settings(triggers="running")
    project.up()
    assert sent(project.calls())[-1] == "POST triggers/daily/start"
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


def test_a_secret_document_stays_secret(project: Any) -> None:
    document = project.read("linkedService/lake")
    document["properties"]["description"] = "hunter2"
    project.write("linkedService/lake", document)
    project.settings(secret="linkedService/lake")
    assert "hunter2" not in project.pulumi("preview", "--diff") + project.up()
    assert "hunter2" not in project.pulumi("stack", "export")
    document["properties"]["description"] = "hunter3"
    project.write("linkedService/lake", document)
    project.calls()
    shown = project.pulumi("preview", "--diff") + project.up()
    assert "hunter" not in shown
    assert project.calls() == ["PUT linkedservices/lake"]
    assert "hunter" not in project.pulumi("stack", "export")


def test_a_secure_string_in_a_file_is_never_shown(project: Any) -> None:
    project.up()
    document = project.read("linkedService/lake")
    document["properties"]["typeProperties"]["sasToken"] = {"type": "SecureString", "value": "hunter2"}
    project.write("linkedService/lake", document)
    project.calls()
    shown = project.pulumi("preview", "--diff") + project.up()
    assert "linkedService/lake" in shown
    assert "hunter2" not in shown + project.pulumi("stack", "export")
    assert project.calls() == ["PUT linkedservices/lake"]
    project.up()
    assert project.calls() == []


SIGNED = "https://acme.blob.core.windows.net/lake?sv=2024-01-01&sig=" + "aB3" * 14 + "%3D"
CONNECTION = "DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=" + "Zm9v" * 21 + "Zg=="
HEADER = "ApiKey hunter2-in-a-header"


def test_5_what_looks_like_a_secret_is_in_no_preview_and_no_state(project: Any) -> None:
    """Inline keys, signed URLs and headers, of a file, of its older version, and of a drift in the cloud."""
    literals = (SIGNED, CONNECTION, HEADER, "aB3aB3aB3", "Zm9vZm9v", "hunter2")
    web = {"name": "call", "type": "WebActivity", "typeProperties": {"url": SIGNED, "method": "GET"}}
    project.write("pipeline/call", {"name": "call", "properties": {"activities": [web]}})
    service = {"type": "AzureTableStorage", "typeProperties": {"connectionString": CONNECTION}}
    project.write("linkedService/table", {"name": "table", "properties": service})
    shown = project.pulumi("preview", "--diff") + project.up()
    web["typeProperties"] = {"url": "https://acme.example/", "headers": {"Authorization": HEADER}}
    project.write("pipeline/call", {"name": "call", "properties": {"activities": [web]}})
    shown += project.pulumi("preview", "--diff") + project.up()
    web["typeProperties"] = {"url": "https://acme.example/"}
    project.write("pipeline/call", {"name": "call", "properties": {"activities": [web]}})
    shown += project.pulumi("preview", "--diff") + project.up()
    lake = project.cloud.get(f"{FACTORY}/linkedservices/lake")["properties"]
    lake["typeProperties"]["sasUri"] = SIGNED
    project.cloud.put(f"{FACTORY}/linkedservices/lake", {"properties": lake})
    shown += project.pulumi("refresh", "--yes", "--diff") + project.pulumi("preview", "--diff")
    assert "linkedService/lake" in shown
    assert "pipeline/call" in shown
    kept = [path for path in (project.folder / "state").rglob("*") if path.is_file()]
    texts = {"what was shown": shown, **{path.name: path.read_text() for path in kept}}
    assert [(name, word) for name, text in texts.items() for word in literals if word in text] == []
    assert project.read("linkedService/table")["properties"] == service


def test_4_a_whole_number_beyond_the_reach_of_doubles_arrives_digit_for_digit(project: Any) -> None:
    """Documents are sent as the text that they are; Pulumi's own numbers would lose the last digit."""
    pipeline = project.read("pipeline/month")
    pipeline["properties"]["parameters"]["big"] = {"type": "int", "defaultValue": 2**53 + 1}
    project.write("pipeline/month", pipeline)
    project.up()
    sent = project.cloud.get(f"{FACTORY}/pipelines/month")["properties"]["parameters"]["big"]
    assert sent == {"type": "int", "defaultValue": 9007199254740993}


def test_a_failure_midway_is_told_and_the_next_up_does_the_rest(project: Any) -> None:
    good = project.read("dataset/flights_csv")
    bad = json.loads(json.dumps(good))
    bad["properties"]["linkedServiceName"]["referenceName"] = "nowhere"
    project.write("dataset/flights_csv", bad)
    done = project.try_pulumi("up", "--yes", "--skip-preview")
    assert done.returncode != 0
    assert "dataset/flights_csv" in done.stdout + done.stderr
    assert "linkedService/lake" in project.state()["outputs"]["documents"]
    assert "dataset/flights_csv" not in project.state()["outputs"]["documents"]
    project.write("dataset/flights_csv", good)
    project.calls()
    project.up()
    calls = sent(project.calls())
    assert "PUT datasets/flights_csv" in calls
    assert "PUT linkedservices/lake" not in calls
    assert set(project.state()["outputs"]["documents"]) == DOCUMENTS


def test_a_refresh_shows_drift_and_the_next_up_repairs_it(project: Any) -> None:
    project.up()
    factory = project.state()["id"]
    changed = project.cloud.get(f"{factory}/pipelines/month")["properties"]
    project.cloud.put(f"{factory}/pipelines/month", {"properties": {**changed, "description": "by hand"}})
    project.cloud.delete(f"{factory}/triggers/daily")
    shown = project.pulumi("refresh", "--yes", "--diff")
    assert "pipeline/month" in shown
    assert "by hand" in shown
    assert set(project.state()["outputs"]["documents"]) == DOCUMENTS - {"trigger/daily"}
    project.calls()
    project.up()
    assert sent(project.calls()) == ["PUT pipelines/month", "PUT triggers/daily"]


def test_a_destroy_removes_the_documents_when_the_factory_stays(project: Any) -> None:
    project.settings(triggers="running")
    project.up()
    factory = project.state()["id"]
    project.calls()
    project.pulumi("destroy", "--yes", "--skip-preview")
    calls = sent(project.calls())
    assert calls[:2] == ["POST triggers/daily/stop", "DELETE triggers/daily"]
    assert len(calls) == len(DOCUMENTS) + 1
    for kind in ("pipelines", "datasets", "linkedservices", "triggers"):
        assert list(project.cloud.list(f"{factory}/{kind}")) == []


def test_the_preflight_reaches_the_program(project: Any) -> None:
    asked = {
        "subscription": NONPRODUCTION,
        "group": "qa-8",
        "account": "qa8flights1",
        "factory": "qa-8-flights",
        "project": "mayfly",
        "environment": "qa-8",
        "sources": {"lake": "/not/an/id"},
    }
    project.settings(preflight=asked)
    project.up()
    found = json.loads(project.pulumi("stack", "output", "--json"))["preflight"]
    assert [problem["where"] for problem in found["problems"]] == ["sources.lake"]
    assert found["group_tags"] == {}


def test_a_preview_with_unknowns_works_and_the_update_knows_them(project: Any) -> None:
    project.settings(chained=True)
    shown = project.pulumi("preview", "--diff")
    assert "etags" in shown
    assert sent(project.calls()) == []
    project.up()
    document = project.cloud.get(f"{project.state()['id']}/pipelines/chained")
    assert document["properties"]["description"] == project.state()["outputs"]["etags"]["linkedService/lake"]


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
