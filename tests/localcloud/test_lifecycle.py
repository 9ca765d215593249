"""The server process: started, found, stopped and reset from outside."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import localcloud
from localcloud.azure import admin
from localcloud.statefolder import StateFolder


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "azure"
    localcloud.stop(tmp_path / "azure")


def metadata(running: localcloud.Running) -> dict[str, object]:
    trust = ssl.create_default_context(cafile=running.ca)
    with urllib.request.urlopen(
        f"{running.arm_url}/metadata/endpoints?api-version=2022-09-01", context=trust
    ) as answer:
        return dict(json.load(answer))


def test_life(folder: Path) -> None:
    assert localcloud.status(folder).running is False
    running = localcloud.start(folder)
    assert metadata(running)["resourceManager"] == running.arm_url
    assert running.engines.keys() == {"owner", "deployer"}
    again = localcloud.start(folder)
    assert again == running, "a second start finds the first"

    assert localcloud.stop(folder) is True
    assert localcloud.stop(folder) is False
    stopped = localcloud.status(folder)
    assert (stopped.running, stopped.pid, stopped.arm_url) == (False, None, running.arm_url)

    restarted = localcloud.start(folder)
    assert (restarted.arm_url, restarted.blob_url, restarted.engines) == (
        running.arm_url,
        running.blob_url,
        running.engines,
    )
    assert restarted.pid != running.pid

    localcloud.reset(folder)
    assert not folder.exists()
    assert localcloud.status(folder).running is False


def test_secrets_are_readable_by_their_owner_alone(folder: Path) -> None:
    localcloud.start(folder)
    for name in ("principals.json", "token.key", "ca.key", "server.key"):
        assert (folder / name).stat().st_mode & 0o077 == 0, name


def test_starts_at_once_end_in_one_server(folder: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(localcloud.start, [folder] * 4))
    assert len({one.pid for one in found}) == 1


def test_a_killed_server_is_seen_and_started_again(folder: Path) -> None:
    pid = localcloud.start(folder).pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    state = StateFolder(folder.resolve())
    while state.holder() is not None:
        pass
    assert state.record.exists(), "it had no time to take its record away"
    assert localcloud.status(folder).running is False
    assert localcloud.start(folder).pid != pid


def test_a_taken_port_is_told(folder: Path) -> None:
    running = localcloud.start(folder)
    localcloud.stop(folder)
    assert running.arm_url is not None
    port = int(running.arm_url.rsplit(":", 1)[1])
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        with pytest.raises(localcloud.LocalCloudError, match=f"port {port} of 127.0.0.1.*taken") as told:
            localcloud.start(folder)
    assert "ready" not in str(told.value), "what an earlier start said is told"


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except ConnectionRefusedError:
        return False
    return True


@pytest.mark.parametrize("cloud", ["azure", "aws"])
def test_the_owners_provider_server_runs_only_from_when_it_was_asked_for(tmp_path: Path, cloud: str) -> None:
    folder = tmp_path / cloud
    assert localcloud.serve_owner(folder).running is False
    try:
        running = localcloud.start(folder, cloud)
        assert running.serving == {"deployer"}
        ports = running.engines
        assert (answers(ports["owner"]), answers(ports["deployer"])) == (False, True)
        with socket.socket() as other:
            other.bind(("127.0.0.1", ports["owner"]))
            other.listen()
            with pytest.raises(
                localcloud.LocalCloudError, match=f"port {ports['owner']} of 127.0.0.1.*taken"
            ):
                localcloud.serve_owner(folder)
        served = localcloud.serve_owner(folder)
        assert (set(served.serving), served.engines, served.pid) == (
            {"owner", "deployer"},
            ports,
            running.pid,
        )
        assert localcloud.serve_owner(folder) == served
        assert answers(ports["owner"])
        localcloud.stop(folder)
        assert localcloud.start(folder, cloud).serving == {"deployer"}
        assert not answers(ports["owner"])
    finally:
        localcloud.stop(folder)


def test_log_goes_on_where_it_ended(folder: Path) -> None:
    running = localcloud.start(folder)
    offset = localcloud.log(folder).offset
    metadata(running)
    entries, offset = localcloud.log(folder, offset)
    assert [(one["method"], one["path"], one["status"]) for one in entries] == [
        ("GET", "/metadata/endpoints", 200)
    ]
    assert localcloud.log(folder, offset).entries == []


def test_administration_beside_a_running_server(folder: Path) -> None:
    running = localcloud.start(folder)
    principal, _ = admin.create_principal(folder, "newcomer")
    token = admin.token_for(folder, principal.object_id, "https://management.azure.com")
    request = urllib.request.Request(
        f"{running.arm_url}/subscriptions?api-version=2022-12-01",
        headers={"Authorization": f"Bearer {token}"},
    )
    with urllib.request.urlopen(request, context=ssl.create_default_context(cafile=running.ca)) as answer:
        assert json.load(answer) == {"value": []}


def test_reset_refuses_a_folder_that_is_none_of_ours(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("precious")
    with pytest.raises(localcloud.LocalCloudError, match="no state folder"):
        localcloud.reset(tmp_path)
    assert (tmp_path / "mine").read_text() == "precious"
