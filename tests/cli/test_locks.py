"""Locks of Pulumi's file backend."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from pathlib import Path

import pytest

from mayfly.engine import locks
from mayfly.errors import Busy


def backend(folder: Path) -> dict[str, str]:
    return {"PULUMI_BACKEND_URL": f"file://{folder}"}


def lock(folder: Path, pid: int, host: str | None = None) -> Path:
    path = folder / ".pulumi/locks/organization/mayfly/qa-7" / f"{pid}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    owner = {
        "pid": pid,
        "username": "ci",
        "hostname": host or socket.gethostname(),
        "timestamp": "2026-01-01T00:00:00Z",
    }
    path.write_text(json.dumps(owner))
    return path


def dead_pid() -> int:
    process = subprocess.Popen(["/bin/true"])
    process.wait()
    return process.pid


def test_a_dead_owners_lock_is_removed(tmp_path: Path) -> None:
    path = lock(tmp_path, dead_pid())
    locks.settle(backend(tmp_path), "mayfly", "qa-7")
    assert not path.exists()


def test_a_living_owner_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "GRACE_SECONDS", 0.0)
    path = lock(tmp_path, os.getpid())
    with pytest.raises(Busy, match=f"process {os.getpid()} of ci"):
        locks.settle(backend(tmp_path), "mayfly", "qa-7")
    assert path.exists()


def test_nothing_is_known_of_processes_of_another_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "GRACE_SECONDS", 0.0)
    path = lock(tmp_path, dead_pid(), host="somewhere-else")
    with pytest.raises(Busy, match="somewhere-else"):
        locks.settle(backend(tmp_path), "mayfly", "qa-7")
    assert path.exists()


def test_another_stacks_lock_and_another_backend_are_no_concern(tmp_path: Path) -> None:
    lock(tmp_path, os.getpid())
    assert locks.held(backend(tmp_path), "mayfly", "qa-8") is None
    assert locks.held({"PULUMI_BACKEND_URL": "s3://state"}, "mayfly", "qa-7") is None
    assert locks.held({}, "mayfly", "qa-7") is None


@pytest.mark.parametrize("content", ["[]", '{"pid": []}', "[" * 5000])
def test_what_is_no_lock_is_for_pulumi_to_tell(tmp_path: Path, content: str) -> None:
    """Whoever may write to the backend, as a hostile deployer may, puts anything there."""
    lock(tmp_path, os.getpid()).write_text(content)
    assert locks.held(backend(tmp_path), "mayfly", "qa-7") is None


def test_a_lock_of_no_possible_process_is_a_dead_owners(tmp_path: Path) -> None:
    path = lock(tmp_path, 1 << 80)
    locks.settle(backend(tmp_path), "mayfly", "qa-7")
    assert not path.exists()


def test_a_half_written_lock_is_looked_at_again(tmp_path: Path) -> None:
    lock(tmp_path, os.getpid()).write_text('{"pid": 1')
    assert locks.held(backend(tmp_path), "mayfly", "qa-7") is None
