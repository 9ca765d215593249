"""What the provider server for aws decides by itself: names, defaults, differences. No cloud answers here."""

from __future__ import annotations

import io
import json
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from botocore.exceptions import ClientError
from pulumi.runtime.proto import provider_pb2 as messages
from pulumi.runtime.proto import provider_pb2_grpc

from localcloud.engine.aws import Handle, serve, shape
from localcloud.engine.aws.archives import ARCHIVE, SIGNATURE, zipped
from localcloud.engine.aws.table import ROWS
from localcloud.engine.aws.waiting import until_role_is_seen
from localcloud.engine.backend import Abandoned
from localcloud.engine.values import UNKNOWN, decode, encode

URN = "urn:pulumi:dev::probe::mayfly:aws:Group${}::it"
BUCKET, FUNCTION = "aws:s3/bucket:Bucket", "aws:lambda/function:Function"
GROUP, ROLE = "aws:cloudwatch/logGroup:LogGroup", "aws:iam/role:Role"
ASSET = "c44067f5952c0a294b673a41bacd8c17"


@pytest.fixture(scope="module")
def server() -> Iterator[Handle]:
    handle = serve("https://127.0.0.1:1", "/none", "eu-west-1", "AKIA", "hush")
    yield handle
    handle.stop()


class Provider:
    """A provider instance, as an engine has it."""

    def __init__(self, channel: Any, config: dict[str, str]) -> None:
        self.stub = provider_pb2_grpc.ResourceProviderStub(channel)
        variables = {f"aws:config:{name}": value for name, value in config.items()}
        self.stub.Configure(messages.ConfigureRequest(variables=variables))

    def check(self, kind: str, new: dict[str, Any], old: dict[str, Any] | None = None, **more: Any) -> Any:
        request = messages.CheckRequest(
            urn=URN.format(kind), news=encode(new), olds=encode(old or {}), randomSeed=b"1", **more
        )
        return self.stub.Check(request)

    def inputs(self, kind: str, new: dict[str, Any], old: dict[str, Any] | None = None) -> dict[str, Any]:
        return decode(self.check(kind, new, old).inputs)

    def diff(self, kind: str, old: dict[str, Any], new: dict[str, Any], state: Any = None) -> Any:
        return self.stub.Diff(
            messages.DiffRequest(
                urn=URN.format(kind), old_inputs=encode(old), news=encode(new), olds=encode(state or old)
            )
        )


def _connect(server: Handle, **config: str) -> Provider:
    options = [("grpc.use_local_subchannel_pool", 1)]
    return Provider(grpc.insecure_channel(f"127.0.0.1:{server.port}", options=options), config)


@pytest.fixture
def provider(server: Handle) -> Provider:
    return _connect(server)


def test_a_missing_name_is_made_once_and_kept(provider: Provider) -> None:
    made = provider.inputs(BUCKET, {})
    assert made["bucket"].startswith("it-")
    assert len(made["bucket"]) == len("it-") + 7
    assert made["__defaults"] == ["bucket", "forceDestroy", "region"]
    assert provider.inputs(BUCKET, {}, old=made)["bucket"] == made["bucket"]
    assert "bucket" not in provider.inputs(BUCKET, {"bucketPrefix": "team-"})
    long = messages.CheckRequest(urn=URN.format(ROLE) + "x" * 64, randomSeed=b"1")
    with pytest.raises(grpc.RpcError) as refused:
        provider.stub.Check(long)
    assert "longer than maximum length 64" in refused.value.details()


def test_the_project_s_own_naming_is_obeyed(provider: Provider) -> None:
    options = messages.CheckRequest.AutonamingOptions
    proposed = options(proposed_name="proposed", mode=options.PROPOSE)
    assert decode(provider.check(GROUP, {}, autonaming=proposed).inputs)["name"] == "proposed"
    none = provider.check(GROUP, {}, autonaming=options(mode=options.DISABLE))
    assert "name" not in decode(none.inputs)


def test_defaults_are_the_official_provider_s(provider: Provider) -> None:
    found = provider.inputs(FUNCTION, {"name": "f", "role": UNKNOWN})
    assert (found["memorySize"], found["timeout"], found["packageType"]) == (128, 3, "Zip")
    assert found["role"] is UNKNOWN
    assert provider.inputs(GROUP, {"name": "g"})["region"] == "eu-west-1"


def test_what_is_missing_or_not_known_here_is_named(provider: Provider) -> None:
    (missing,) = provider.check(FUNCTION, {"name": "f"}).failures
    assert missing.property == "role"
    (refused,) = provider.check(BUCKET, {"website": {"indexDocument": "index.html"}}).failures
    assert refused.reason == f"the local provider server does not know website of {BUCKET}"
    with pytest.raises(grpc.RpcError) as unknown:
        provider.check("aws:sns/topic:Topic", {})
    assert "does not know the resource type aws:sns/topic:Topic" in unknown.value.details()
    with pytest.raises(grpc.RpcError) as function:
        provider.stub.Invoke(messages.InvokeRequest(tok="aws:ec2/getVpc:getVpc"))
    assert "does not know the function aws:ec2/getVpc:getVpc" in function.value.details()


def test_a_provider_s_own_region_and_tags_hold(server: Handle) -> None:
    tags = json.dumps({"tags": {"who": "all", "a": "1"}})
    there = _connect(server, region="us-east-1", defaultTags=tags)
    found = there.inputs(BUCKET, {"bucket": "b", "tags": {"who": "me"}})
    assert (found["region"], found["tags"]) == ("us-east-1", {"who": "me", "a": "1"})
    with pytest.raises(grpc.RpcError) as refused:
        _connect(server, assumeRoles='[{"roleArn":"arn:aws:iam::1:role/r"}]')
    assert "does not know aws:assumeRoles" in refused.value.details()


def test_what_cannot_be_changed_is_replaced_and_a_given_name_only_after_the_old_one_went(
    provider: Provider,
) -> None:
    old = {"name": "r", "path": "/a/", "__defaults": []}
    named = provider.diff(ROLE, old, {**old, "path": "/b/"})
    assert (list(named.replaces), named.deleteBeforeReplace) == (["path"], True)
    auto = {**old, "__defaults": ["name"]}
    assert not provider.diff(ROLE, auto, {**auto, "path": "/b/", "name": "r2"}).deleteBeforeReplace
    tagged = provider.diff(ROLE, old, {**old, "tags": {"a": "b"}})
    assert (list(tagged.replaces), list(tagged.diffs)) == ([], ["tags"])


def test_what_means_the_same_is_no_change(provider: Provider) -> None:
    one = {"Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": ["b", "a"]}]}
    other = {"Statement": {"Resource": ["a", "b"], "Action": ["s3:Get*"], "Effect": "Allow"}}
    third = {"Statement": {"Resource": ["a"], "Action": ["s3:Get*"], "Effect": "Allow"}}
    old, same, changed = ({"assumeRolePolicy": json.dumps(policy)} for policy in (one, other, third))
    none = messages.DiffResponse.DIFF_NONE
    assert provider.diff(ROLE, old, same).changes == none
    assert list(provider.diff(ROLE, old, changed).diffs) == ["assumeRolePolicy"]
    assert provider.diff(ROLE, {"description": ""}, {}).changes == none
    assert provider.diff(FUNCTION, {"code": _archive("a")}, {"code": _archive("a", text="x")}).changes == none
    assert list(provider.diff(FUNCTION, {"code": _archive("a")}, {"code": _archive("b")}).diffs) == ["code"]


def test_what_the_cloud_decided_is_left_to_it(provider: Provider) -> None:
    state = {"architectures": ["arm64"], "role": "r"}
    none = messages.DiffResponse.DIFF_NONE
    assert provider.diff(FUNCTION, {"architectures": ["arm64"]}, {}, state).changes == none
    assert provider.diff(FUNCTION, {}, {"architectures": ["arm64"]}, state).changes == none
    assert list(provider.diff(FUNCTION, {}, {"architectures": ["x86_64"]}, state).diffs) == ["architectures"]


def test_a_refresh_takes_over_what_changed_and_no_more() -> None:
    row = ROWS["aws:scheduler/schedule:Schedule"]
    inputs = {"state": "DISABLED", "target": {"arn": "f", "input": "{}"}}
    target = {"arn": "f", "input": "{}", "retryPolicy": {"maximumRetryAttempts": 185}}
    before = {**inputs, "groupName": "default", "target": target}
    now = {**before, "state": "ENABLED", "target": {**target, "input": "[]"}, "groupName": "other"}
    assert shape.refreshed(row, inputs, before, now) == {
        "state": "ENABLED",
        "target": {"arn": "f", "input": "[]"},
    }
    gone = {name: value for name, value in now.items() if name != "state"}
    assert "state" not in shape.refreshed(row, inputs, before, gone)


def test_a_preview_knows_what_is_given_and_what_an_update_leaves_alone() -> None:
    row = ROWS[FUNCTION]
    made = shape.preview(row, {"name": "f", "timeout": 3, "tags": {"a": "b"}})
    assert (made["name"], made["tagsAll"], made["arn"]) == ("f", {"a": "b"}, UNKNOWN)
    state = {"arn": "a", "lastModified": "then", "name": "f", "description": "d", "timeout": 3}
    seen = shape.preview_update(row, {"description": "d", "timeout": 3}, {"timeout": 4}, state)
    assert seen == {"arn": "a", "lastModified": UNKNOWN, "name": "f", "timeout": 4, "tagsAll": {}}


def _archive(digest: str, **more: Any) -> dict[str, Any]:
    return {SIGNATURE: ARCHIVE, "hash": digest, **more}


def test_code_is_zipped_the_same_way_each_time_and_a_zip_file_goes_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "b.py").write_text("b")
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "c.py").write_text("c")
    made = zipped(_archive("h", path=str(tmp_path)))
    assert zipped(_archive("h", path=str(tmp_path))) == made
    whole = tmp_path / "whole.zip"
    whole.write_bytes(made)
    assert zipped(_archive("h", path=str(whole))) == made
    text = {SIGNATURE: ASSET, "text": "t"}
    file = {SIGNATURE: ASSET, "path": str(tmp_path / "b.py")}
    mixed = zipped(_archive("h", assets={"t.py": text, "b.py": file, "in": _archive("h", path=str(whole))}))
    with zipfile.ZipFile(io.BytesIO(mixed)) as found:
        assert found.namelist() == ["b.py", "in/a/c.py", "in/b.py", "t.py"]
        assert found.read("t.py") == b"t"


def test_code_that_cannot_be_had_is_refused(tmp_path: Path) -> None:
    (tmp_path / "code.txt").write_text("no zip")
    for archive in (
        {"path": str(tmp_path / "code.txt")},
        {"path": "code.zip"},
        {"path": "tests"},
        {"uri": "https://x"},
    ):
        with pytest.raises(ValueError, match=r"zip file|absolute|fetches nothing"):
            zipped(_archive("h", **archive))


class _NewRole:
    """A service that does not see a new role at first."""

    def __init__(self, refusals: int, words: str = "The role cannot be assumed by Lambda.") -> None:
        self.left = refusals
        self._error = {"Error": {"Code": "InvalidParameterValueException", "Message": words}}

    def __call__(self) -> str:
        self.left -= 1
        if self.left >= 0:
            raise ClientError(self._error, "CreateFunction")  # type: ignore[arg-type]
        return "made"


def test_a_new_role_is_waited_for_and_nothing_else() -> None:
    assert until_role_is_seen(_NewRole(2), threading.Event()) == "made"
    wrong = _NewRole(2, "Unknown runtime")
    with pytest.raises(ClientError):
        until_role_is_seen(wrong, threading.Event())
    assert wrong.left == 1
    stopped = threading.Event()
    stopped.set()
    with pytest.raises(Abandoned):
        until_role_is_seen(_NewRole(2), stopped)
