"""The local AWS is started, found, stopped and killed; what is in it stays."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

import localcloud
from localcloud.statefolder import StateFolder
from tests.localcloud.aws.conftest import HERE, principal


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "aws"
    localcloud.stop(tmp_path / "aws")


def test_life(folder: Path) -> None:
    running = localcloud.start(folder, "aws")
    assert running.engines.keys() == {"owner", "deployer"}
    assert localcloud.start(folder, "aws") == running, "a second start finds the first"
    owner = principal(running, "owner")
    s3, logs = owner.client("s3"), owner.client("logs")
    s3.create_bucket(Bucket="kept", CreateBucketConfiguration=HERE)
    s3.put_object(Bucket="kept", Key="a/b", Body=b"1")
    logs.create_log_group(logGroupName="/kept")

    assert localcloud.stop(folder) is True
    assert localcloud.stop(folder) is False
    again = localcloud.start(folder, "aws")
    assert (again.aws_url, again.engines) == (running.aws_url, running.engines)
    assert again.pid != running.pid
    assert principal(again, "owner") == owner.__class__(again, owner.key, owner.secret)
    assert s3.get_object(Bucket="kept", Key="a/b")["Body"].read() == b"1"
    assert [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]] == ["/kept"]

    localcloud.reset(folder)
    assert not folder.exists()


def test_secrets_are_readable_by_their_owner_alone(folder: Path) -> None:
    localcloud.start(folder, "aws")
    for name in ("principals.json", "admin.token", "ca.key", "server.key"):
        assert (folder / name).stat().st_mode & 0o077 == 0, name


def test_a_killed_server_takes_ministack_with_it_and_loses_nothing(folder: Path) -> None:
    running = localcloud.start(folder, "aws")
    assert running.pid is not None
    owner = principal(running, "owner")
    owner.client("iam").create_user(UserName="kept")
    os.kill(running.pid, signal.SIGKILL)
    state = StateFolder(folder.resolve())
    while state.holder() is not None:
        pass
    assert localcloud.start(folder, "aws").pid != running.pid
    assert owner.client("iam").get_user(UserName="kept")["User"]["UserName"] == "kept"


def test_a_taken_port_is_told(folder: Path) -> None:
    running = localcloud.start(folder, "aws")
    localcloud.stop(folder)
    assert running.aws_url is not None
    port = int(running.aws_url.rsplit(":", 1)[1])
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        with pytest.raises(localcloud.LocalCloudError, match=f"port {port} of 127.0.0.1.*taken"):
            localcloud.start(folder, "aws")
