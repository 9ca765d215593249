"""The protocol itself, as an engine speaks it: connections, waiting, what is not there."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from queue import Queue
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2_grpc
from pulumi.runtime.proto import provider_pb2 as messages

from localcloud.engine import azure_native as engine
from localcloud.engine.azure_native.backend import AzureNative
from localcloud.engine.backend import Abandoned
from localcloud.engine.values import decode, encode

if TYPE_CHECKING:
    from tests.engine.conftest import FakeArm

GROUP = "/subscriptions/{}/resourceGroups/{}"
URN = "urn:pulumi:dev::probe::mayfly:azure:Group$azure-native:{}::it"
GROUP_URN = URN.format("resources:ResourceGroup")
SUBSCRIPTION = "11111111-1111-4111-8111-111111111111"


@contextlib.contextmanager
def connected(server: engine.Handle, subscription: str | None = SUBSCRIPTION) -> Iterator[Any]:
    """A provider instance: a connection of its own. No subscription: it is not configured."""
    options = [("grpc.use_local_subchannel_pool", 1)]
    with grpc.insecure_channel(f"127.0.0.1:{server.port}", options=options) as channel:
        stub = provider_pb2_grpc.ResourceProviderStub(channel)
        stub.Attach(plugin_pb2.PluginAttach(address="127.0.0.1:1"))
        if subscription is not None:
            variables = {"azure-native:config:subscriptionId": subscription}
            stub.Configure(messages.ConfigureRequest(variables=variables))
        yield stub


def _create(stub: Any, name: str) -> Any:
    inputs = encode({"resourceGroupName": name, "location": "westeurope"})
    return stub.Create(messages.CreateRequest(urn=GROUP_URN, properties=inputs))


def _delete(stub: Any, resource_id: str, kind: str = "resources:ResourceGroup") -> Any:
    return stub.Delete.future(messages.DeleteRequest(urn=URN.format(kind), id=resource_id))


def test_each_connection_has_its_own_configuration(server: engine.Handle, arm: FakeArm) -> None:
    def work(number: int) -> set[str]:
        with connected(server, f"s{number}") as stub:
            return {_create(stub, f"g{index}").id for index in range(5)}

    with ThreadPoolExecutor(10) as pool:
        found = list(pool.map(work, range(10)))
    assert found == [{GROUP.format(f"s{number}", f"g{index}") for index in range(5)} for number in range(10)]
    assert len(arm.resources) == 50


def test_a_connection_that_was_not_configured_is_told_so(server: engine.Handle) -> None:
    with connected(server, subscription=None) as stub, pytest.raises(grpc.RpcError) as refused:
        _create(stub, "g")
    assert "has not been configured" in refused.value.details()


def test_a_deletion_waits_until_all_is_gone_and_absent_is_fine(server: engine.Handle, arm: FakeArm) -> None:
    with connected(server) as stub:
        made = _create(stub, "g").id
        arm.requests.clear()
        _delete(stub, made).result()
        assert [request[0] for request in arm.requests] == ["DELETE", "GET", "GET"]
        _delete(stub, made).result()


def test_an_interrupted_engine_waits_no_longer(server: engine.Handle, arm: FakeArm) -> None:
    arm.never_gone = True
    with connected(server) as stub:
        under_way = _delete(stub, _create(stub, "g").id)
        assert arm.polled.wait(10)
        stub.Cancel(empty_pb2.Empty())
        assert "no longer waiting for" in under_way.exception(10).details()


def test_a_killed_engine_is_not_waited_for(
    server: engine.Handle, arm: FakeArm, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: Queue[Exception] = Queue()

    def delete(*arguments: Any) -> None:
        with pytest.raises(Abandoned) as abandoned:
            original(*arguments)
        ended.put(abandoned.value)

    original = AzureNative.delete
    monkeypatch.setattr(AzureNative, "delete", staticmethod(delete))
    arm.never_gone = True
    with connected(server) as stub:
        under_way = _delete(stub, _create(stub, "g").id)
        assert arm.polled.wait(10)
        assert not under_way.done()
    assert "no longer waiting for" in str(ended.get(timeout=10))


def test_reading_what_is_not_there_gives_no_id(server: engine.Handle) -> None:
    with connected(server) as stub:
        found = stub.Read(messages.ReadRequest(urn=GROUP_URN, id=GROUP.format(SUBSCRIPTION, "none")))
    assert found.id == ""


def test_a_singleton_is_put_to_rest_and_may_be_gone_with_its_account(
    server: engine.Handle, arm: FakeArm
) -> None:
    service = (
        GROUP.format(SUBSCRIPTION, "g")
        + "/providers/Microsoft.Storage/storageAccounts/a/blobServices/default"
    )
    arm.resources[service.lower()] = {"id": service, "name": "default", "properties": {}}
    inputs = {
        "resourceGroupName": "g",
        "accountName": "a",
        "blobServicesName": "default",
        "isVersioningEnabled": True,
    }
    urn = URN.format("storage:BlobServiceProperties")
    with connected(server) as stub:
        made = stub.Create(messages.CreateRequest(urn=urn, properties=encode(inputs)))
        assert decode(made.properties)["isVersioningEnabled"] is True
        _delete(stub, service, "storage:BlobServiceProperties").result()
    assert [request[0] for request in arm.requests] == ["PUT", "GET", "PUT"]
    assert arm.bodies[-1]["properties"]["deleteRetentionPolicy"] == {"enabled": False}


def test_what_the_row_does_not_name_is_dropped(server: engine.Handle, arm: FakeArm) -> None:
    inputs = {"resourceGroupName": "g", "location": "westeurope", "invented": 1}
    with connected(server) as stub:
        stub.Create(messages.CreateRequest(urn=GROUP_URN, properties=encode(inputs)))
    assert arm.bodies == [{"location": "westeurope"}]


def test_an_unknown_function_is_named(server: engine.Handle) -> None:
    with connected(server) as stub, pytest.raises(grpc.RpcError) as refused:
        stub.Invoke(messages.InvokeRequest(tok="azure-native:network:getVirtualNetwork"))
    assert "does not know the function azure-native:network:getVirtualNetwork" in refused.value.details()


def test_the_project_s_own_naming_is_obeyed(server: engine.Handle) -> None:
    def name(mode: Any) -> Any:
        asked = options(proposed_name="proposed", mode=mode)
        request = messages.CheckRequest(urn=GROUP_URN, news=encode({"location": "l"}), autonaming=asked)
        return decode(stub.Check(request).inputs).get("resourceGroupName")

    options = messages.CheckRequest.AutonamingOptions
    with connected(server) as stub:
        assert name(options.PROPOSE) == "proposed"
        assert name(options.ENFORCE) == "proposed"
        assert name(options.DISABLE) is None


def test_a_taken_port_is_refused(server: engine.Handle, arm: FakeArm) -> None:
    with pytest.raises(RuntimeError):
        engine.serve(engine.Credentials("t", "c", "s"), arm.url, arm.ca, server.port)


def test_secrets_are_not_shown() -> None:
    assert "hush" not in repr(engine.Credentials("tenant", "client", "hush"))
