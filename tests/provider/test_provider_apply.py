from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from mayfly.clouds.azure import CloudError
from mayfly.provider.azure.apply import Unfinished, apply, refresh, remove_all
from mayfly.provider.azure.factory import Factory
from mayfly.provider.azure.plan import Content


def reference(name: str, kind: str) -> dict[str, str]:
    return {"referenceName": name, "type": kind}


def document(name: str, **properties: Any) -> str:
    return json.dumps({"name": name, "properties": properties})


def pipeline(name: str, *datasets: str, note: str = "") -> str:
    inputs = [reference(dataset, "DatasetReference") for dataset in datasets]
    copy = {"name": "Copy", "type": "Copy", "inputs": inputs, "outputs": [], "typeProperties": {}}
    return document(name, activities=[copy], description=note)


def dataset(name: str, service: str) -> str:
    return document(name, type="Binary", linkedServiceName=reference(service, "LinkedServiceReference"))


def trigger(name: str, target: str, **properties: Any) -> str:
    starts = [{"pipelineReference": reference(target, "PipelineReference")}]
    return document(name, type="ScheduleTrigger", pipelines=starts, **properties)


BASE = {
    "pipeline/flights": pipeline("flights", "in"),
    "dataset/in": dataset("in", "lake"),
    "linkedService/lake": document("lake", type="AzureBlobStorage", typeProperties={}),
}
WITH_TRIGGER = {**BASE, "trigger/daily": trigger("daily", "flights")}


@dataclass
class FakeFactory(Factory):
    """A factory in memory that refuses what Data Factory refuses: changing a started trigger."""

    cloud: Any = None
    id: str = ""
    here: dict[str, str] = field(default_factory=dict)
    started: set[str] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)
    fail: set[str] = field(default_factory=set)
    gone: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def exists(self) -> bool:
        return not self.gone

    def put(self, key: str, text: str) -> str:
        self._called("put", key, guarded=True)
        self.here[key] = text
        return f"etag-{len(self.calls)}"

    def read(self, key: str) -> tuple[str, str] | None:
        return (self.here[key], f"etag-of-{key}") if key in self.here else None

    def delete(self, key: str) -> None:
        self._called("delete", key, guarded=True)
        self.here.pop(key, None)

    def is_started(self, key: str) -> bool | None:
        return key in self.started if key in self.here else None

    def start(self, key: str) -> None:
        self._called("start", key)
        self.started.add(key)

    def stop(self, key: str) -> None:
        self._called("stop", key)
        self.started.discard(key)

    def _called(self, what: str, key: str, *, guarded: bool = False) -> None:
        with self._lock:
            self.calls.append(f"{what} {key}")
        if f"{what} {key}" in self.fail or (guarded and key in self.started):
            raise CloudError(409, "TriggerEnabledCannotUpdate", "no")


def content(documents: Mapping[str, str], triggers: str = "stopped") -> Content:
    return Content(documents, {}, triggers)


def made(documents: Mapping[str, str], triggers: str = "stopped") -> tuple[FakeFactory, Content]:
    factory = FakeFactory()
    reached = apply(factory, Content(), content(documents, triggers), threading.Event())
    factory.calls.clear()
    return factory, reached


def go(factory: Factory, before: Content, after: Content) -> Content:
    return apply(factory, before, after, threading.Event())


def test_documents_are_sent_in_the_order_of_their_references() -> None:
    factory = FakeFactory()
    reached = go(factory, Content(), content(WITH_TRIGGER))
    assert factory.calls == [
        "put linkedService/lake",
        "put dataset/in",
        "put pipeline/flights",
        "put trigger/daily",
    ]
    assert set(reached.etags) == set(WITH_TRIGGER)
    assert not factory.started


def test_an_update_sends_only_what_changed() -> None:
    factory, before = made(WITH_TRIGGER)
    after = {**WITH_TRIGGER, "pipeline/flights": pipeline("flights", "in", note="new")}
    reached = go(factory, before, content(after))
    assert factory.calls == ["put pipeline/flights"]
    assert reached.etags["dataset/in"] == before.etags["dataset/in"]
    assert reached.documents == after


def test_what_is_removed_goes_after_what_changed_and_in_reverse() -> None:
    factory, before = made(BASE)
    go(factory, before, content({"linkedService/lake": BASE["linkedService/lake"]}))
    assert factory.calls == ["delete pipeline/flights", "delete dataset/in"]


def test_a_change_of_case_does_not_remove_what_was_just_sent() -> None:
    factory, before = made({"linkedService/lake": BASE["linkedService/lake"]})
    go(factory, before, content({"linkedService/Lake": document("Lake", type="AzureBlobStorage")}))
    assert factory.calls == ["put linkedService/Lake"]


def test_a_started_trigger_is_stopped_changed_and_started_again() -> None:
    factory, before = made(WITH_TRIGGER, "running")
    assert factory.started == {"trigger/daily"}
    go(factory, before, content({**BASE, "trigger/daily": trigger("daily", "flights", note="x")}, "running"))
    assert factory.calls == ["stop trigger/daily", "put trigger/daily", "start trigger/daily"]


def test_an_untouched_trigger_is_left_alone() -> None:
    factory, before = made(WITH_TRIGGER, "running")
    after = {**WITH_TRIGGER, "pipeline/flights": pipeline("flights", "in", note="new")}
    go(factory, before, content(after, "running"))
    assert factory.calls == ["put pipeline/flights"]


def test_a_trigger_stopped_by_hand_stays_stopped() -> None:
    factory, before = made(WITH_TRIGGER, "running")
    factory.started.clear()
    go(factory, before, content({**BASE, "trigger/daily": trigger("daily", "flights", note="x")}, "running"))
    assert factory.calls == ["put trigger/daily"]


def test_a_file_that_says_stopped_is_not_started_until_it_says_otherwise() -> None:
    stopped = {**BASE, "trigger/daily": trigger("daily", "flights", runtimeState="Stopped")}
    factory, before = made(stopped, "running")
    assert not factory.started
    before = go(factory, before, content(WITH_TRIGGER, "running"))
    assert factory.started == {"trigger/daily"}
    go(factory, before, content(stopped, "running"))
    assert not factory.started


def test_the_fabric_may_change_its_mind_about_triggers() -> None:
    factory, before = made(WITH_TRIGGER)
    before = go(factory, before, content(WITH_TRIGGER, "running"))
    assert factory.calls == ["start trigger/daily"]
    go(factory, before, content(WITH_TRIGGER, "stopped"))
    assert factory.calls == ["start trigger/daily", "stop trigger/daily"]


def test_a_started_trigger_is_stopped_before_it_is_removed() -> None:
    factory, before = made(WITH_TRIGGER, "running")
    go(factory, before, content(BASE, "running"))
    assert factory.calls == ["stop trigger/daily", "delete trigger/daily"]


def test_a_first_update_takes_over_what_is_there_already() -> None:
    factory, _ = made(WITH_TRIGGER, "running")
    go(factory, Content(), content(WITH_TRIGGER, "running"))
    assert factory.calls[0] == "stop trigger/daily"
    assert factory.calls[-1] == "start trigger/daily"
    assert factory.started == {"trigger/daily"}


def test_a_failure_keeps_what_was_reached_and_the_next_update_does_the_rest() -> None:
    factory = FakeFactory(fail={"put dataset/in"})
    with pytest.raises(Unfinished, match="dataset/in: TriggerEnabledCannotUpdate") as caught:
        go(factory, Content(), content(WITH_TRIGGER, "running"))
    assert set(caught.value.content.documents) == {"linkedService/lake"}
    factory.fail.clear()
    factory.calls.clear()
    reached = go(factory, caught.value.content, content(WITH_TRIGGER, "running"))
    assert factory.calls == [
        "put dataset/in",
        "put pipeline/flights",
        "put trigger/daily",
        "start trigger/daily",
    ]
    assert reached.documents == WITH_TRIGGER


def test_after_a_failure_triggers_that_ran_run_again() -> None:
    factory, before = made(WITH_TRIGGER, "running")
    factory.fail = {"put trigger/daily"}
    after = content({**BASE, "trigger/daily": trigger("daily", "flights", note="x")}, "running")
    with pytest.raises(Unfinished):
        go(factory, before, after)
    assert factory.calls[-1] == "start trigger/daily"
    factory.fail.clear()
    go(factory, before, after)
    assert factory.started == {"trigger/daily"}


def test_a_trigger_that_could_not_be_started_is_started_by_the_next_update() -> None:
    factory = FakeFactory(fail={"start trigger/daily"})
    with pytest.raises(Unfinished) as caught:
        go(factory, Content(), content(WITH_TRIGGER, "running"))
    factory.fail.clear()
    go(factory, caught.value.content, content(WITH_TRIGGER, "running"))
    assert factory.started == {"trigger/daily"}


def test_a_cancelled_update_sends_nothing_more() -> None:
    factory, cancelled = FakeFactory(), threading.Event()
    cancelled.set()
    with pytest.raises(Unfinished, match="cancelled"):
        apply(factory, Content(), content(BASE), cancelled)
    assert not factory.calls


def test_removing_all_goes_backwards_and_accepts_a_factory_that_is_gone() -> None:
    factory, before = made(WITH_TRIGGER, "running")
    remove_all(factory, before, threading.Event())
    assert factory.calls == [
        "stop trigger/daily",
        "delete trigger/daily",
        "delete pipeline/flights",
        "delete dataset/in",
        "delete linkedService/lake",
    ]
    factory.calls.clear()
    factory.gone = True
    remove_all(factory, before, threading.Event())
    assert not factory.calls


def test_a_refresh_shows_drift_and_drops_what_is_gone() -> None:
    factory, before = made(WITH_TRIGGER)
    factory.here["pipeline/flights"] = pipeline("flights", "in", note="by hand")
    factory.here["trigger/daily"] = trigger("daily", "flights", runtimeState="Stopped")
    del factory.here["dataset/in"]
    found = refresh(factory, before)
    assert found is not None
    assert set(found.documents) == set(WITH_TRIGGER) - {"dataset/in"}
    assert "by hand" in found.documents["pipeline/flights"]
    assert found.documents["trigger/daily"] == WITH_TRIGGER["trigger/daily"]
    factory.calls.clear()
    go(factory, found, content(WITH_TRIGGER))
    assert factory.calls == ["put dataset/in", "put pipeline/flights"]


def test_a_refresh_says_when_the_factory_is_gone() -> None:
    factory, before = made(BASE)
    factory.gone = True
    assert refresh(factory, before) is None
