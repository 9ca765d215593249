"""`mayfly:aws:Group`, by the engine's protocol and by the real CLI, on the local AWS as the deployer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from localcloud import ACCOUNT, REGION
from mayfly.clouds.aws import Aws
from mayfly.provider.server import start
from mayfly.provider.wire import UNKNOWN, decode, encode
from tests.teardown.aws.world import Account, Built, open_account

URN = "urn:pulumi:awsqa-31::mayfly::mayfly:aws:EphemeralGroup$mayfly:aws:Group::environment-group"
GROUP = {"environment": "awsqa-31", "project": "mayfly", "account": ACCOUNT, "region": REGION}


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    with open_account(tmp_path_factory.mktemp("local") / "aws") as found:
        yield found


@pytest.fixture
def owner(account: Account) -> Iterator[Aws]:
    with account.caller("owner") as found:
        yield found


@pytest.fixture
def provider(account: Account, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Our server, in an environment of the deployer's."""
    for name, value in account.environ("deployer").items():
        monkeypatch.setenv(name, value)
    server, port = start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield provider_pb2_grpc.ResourceProviderStub(channel)
    server.stop(None).wait()


def test_inputs_are_checked_before_they_become_prefixes(provider: Any) -> None:
    def failures(**news: Any) -> list[str]:
        answer = provider.Check(provider_pb2.CheckRequest(urn=URN, news=encode({**GROUP, **news})))
        return [failure.property for failure in answer.failures]

    assert failures() == []
    assert failures(region=UNKNOWN) == []
    wrong = {"environment": "", "project": "", "account": "1", "region": "here", "force": True}
    assert failures(**wrong) == ["environment", "project", "account", "region", "force"]
    assert failures(environment="awsqa-") == ["environment"]


def test_any_change_replaces_it_and_the_old_one_goes_first(provider: Any) -> None:
    def diff(**news: Any) -> Any:
        olds, changed = encode(GROUP), encode({**GROUP, **news})
        return provider.Diff(provider_pb2.DiffRequest(urn=URN, id="x", olds=olds, news=changed))

    assert diff().changes == provider_pb2.DiffResponse.DIFF_NONE
    moved = diff(region="eu-north-1")
    assert (list(moved.replaces), moved.deleteBeforeReplace) == (["region"], True)


def test_create_makes_nothing_and_refuses_another_account(provider: Any, owner: Aws) -> None:
    made = provider.Create(provider_pb2.CreateRequest(urn=URN, properties=encode(GROUP)))
    assert decode(made.properties) == GROUP
    found = provider.Read(provider_pb2.ReadRequest(urn=URN, id=made.id, properties=made.properties))
    assert (found.id, decode(found.inputs)) == (made.id, GROUP)
    elsewhere = encode({**GROUP, "account": "999999999999"})
    with pytest.raises(grpc.RpcError, match="the fabric's account is 999999999999"):
        provider.Create(provider_pb2.CreateRequest(urn=URN, properties=elsewhere))


def test_delete_sweeps_and_tells_what_remains_in_the_clouds_own_words(provider: Any, owner: Aws) -> None:
    ours = Built(owner, "awsqa-31").all_of_it(locked=True)
    hold: dict[str, Any] = {"Bucket": ours.bucket_name, "Key": ours.keys[2]}
    owner.client("s3").put_object_legal_hold(**hold, LegalHold={"Status": "ON"})
    request = provider_pb2.DeleteRequest(urn=URN, id="x", properties=encode(GROUP))
    with pytest.raises(grpc.RpcError) as failed:
        provider.Delete(request)
    assert f"arn:aws:s3:::{ours.bucket_name}: " in failed.value.details()
    assert "AccessDenied: 1 objects stay" in failed.value.details()
    owner.client("s3").put_object_legal_hold(**hold, LegalHold={"Status": "OFF"})
    provider.Delete(request)
    provider.Delete(request)


def test_preflight_is_asked_through_the_provider(provider: Any, owner: Aws) -> None:
    names = {"resource_group": "mayfly-awsqa-31", "bucket": "mf--awsqa-31--x", "role": "awsqa-31-x"}
    arguments = encode({**GROUP, **names, "functions": ["awsqa-31-flights"], "sources": {}})
    answer = provider.Invoke(provider_pb2.InvokeRequest(tok="mayfly:aws:preflight", args=arguments))
    assert decode(getattr(answer, "return"))["problems"] == []
