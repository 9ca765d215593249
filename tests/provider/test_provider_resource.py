from __future__ import annotations

import json
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from mayfly.provider import wire
from mayfly.provider.azure import factory_content as fc
from mayfly.provider.resource import Change
from mayfly.provider.server import start
from mayfly.provider.wire import UNKNOWN, Secret

FACTORY = (
    "/subscriptions/6d617966-6c79-4000-8000-0000000000b0/resourceGroups/qa-7"
    "/providers/Microsoft.DataFactory/factories/f"
)
LAKE = json.dumps({"name": "lake", "properties": {"type": "AzureBlobStorage"}})


def bag(**changes: Any) -> dict[str, Any]:
    return {"factoryId": FACTORY, "documents": {"linkedService/lake": LAKE}, "triggers": "stopped", **changes}


def test_values_survive_the_way_to_the_engine_and_back() -> None:
    values = {"a": Secret({"b": [1.0, True, None]}), "c": UNKNOWN, "d": {"e": "f"}}
    assert wire.decode(wire.encode(values)) == values
    assert "b" not in repr(values["a"])


def test_good_inputs_pass_and_unknown_ones_too() -> None:
    assert fc.check(bag()) == []
    assert fc.check(bag(factoryId=UNKNOWN)) == []
    assert fc.check(bag(documents=UNKNOWN)) == []
    assert (
        fc.check(
            bag(documents={"linkedService/lake": UNKNOWN, "dataset/x": Secret(LAKE.replace("lake", "x"))})
        )
        == []
    )


def test_all_that_is_wrong_is_told_at_once() -> None:
    documents = {"linkedService/lake": 3.0, "dataset/x": "{", "nonsense": LAKE}
    found = fc.check(bag(factoryId="/subscriptions/x", triggers="maybe", documents=documents, extra=1.0))
    assert [where for where, _ in found] == [
        "factoryId",
        "triggers",
        "extra",
        'documents["linkedService/lake"]',
        'documents["dataset/x"]',
        'documents["nonsense"]',
    ]


def test_a_cycle_is_told() -> None:
    def calls(name: str, other: str) -> str:
        reference = {"referenceName": other, "type": "PipelineReference"}
        activity = {"name": "go", "type": "ExecutePipeline", "typeProperties": {"pipeline": reference}}
        return json.dumps({"name": name, "properties": {"activities": [activity]}})

    found = fc.check(bag(documents={"pipeline/a": calls("a", "b"), "pipeline/b": calls("b", "a")}))
    assert [where for where, _ in found] == ["documents"]
    assert "pipeline/a → pipeline/b" in found[0][1]


def test_a_difference_names_the_documents() -> None:
    old = bag(documents={"linkedService/lake": LAKE, "pipeline/a": '{"properties": {}}'})
    new = bag(
        documents={"linkedService/lake": LAKE.replace("Blob", "File"), "pipeline/b": '{"properties": {}}'}
    )
    assert fc.diff(old, new) == {
        'documents["linkedService/lake"]': Change.UPDATE,
        'documents["pipeline/b"]': Change.ADD,
        'documents["pipeline/a"]': Change.DELETE,
    }


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, {}),
        ({"factoryId": FACTORY.upper()}, {}),
        ({"documents": {"linkedService/lake": f"\n{LAKE}\n"}}, {}),
        ({"factoryId": UNKNOWN}, {"factoryId": Change.REPLACE}),
        ({"factoryId": f"{FACTORY}2"}, {"factoryId": Change.REPLACE}),
        ({"triggers": "running"}, {"triggers": Change.UPDATE}),
        ({"documents": UNKNOWN}, {"documents": Change.UPDATE}),
        ({"documents": {"linkedService/lake": UNKNOWN}}, {'documents["linkedService/lake"]': Change.UPDATE}),
    ],
)
def test_what_counts_as_a_difference(change: dict[str, Any], found: dict[str, Change]) -> None:
    assert fc.diff(bag(), bag(**change)) == found


def test_the_state_keeps_secret_documents_secret() -> None:
    content = fc.wanted(bag()).content
    state = fc.state(FACTORY, content, frozenset({"linkedService/lake"}))
    assert state["documents"] == {"linkedService/lake": Secret(LAKE)}
    assert fc.content_of(state).documents == content.documents


def test_the_server_refuses_what_is_not_its_own() -> None:
    server, port = start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        provider = provider_pb2_grpc.ResourceProviderStub(channel)
        request = provider_pb2.CheckRequest(urn="urn:pulumi:dev::p::a:b:C$mayfly:azure:Nothing::n")
        with pytest.raises(grpc.RpcError, match="there is no resource type mayfly:azure:Nothing"):
            provider.Check(request)
        with pytest.raises(grpc.RpcError, match="there is no function mayfly:azure:nothing"):
            provider.Invoke(provider_pb2.InvokeRequest(tok="mayfly:azure:nothing"))
        assert provider.GetPluginInfo(empty_pb2.Empty()).version
    server.stop(None).wait()
