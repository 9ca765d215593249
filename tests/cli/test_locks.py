"""Locks of Pulumi's backends: in a folder, and in a bucket or a container."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mayfly.cli import status
from mayfly.cli.app import main
from mayfly.engine import locks
from mayfly.errors import Busy
from tests.support.shared_bucket import SAYS_NOT, Bucket


def backend(folder: Path) -> dict[str, str]:
    return {"PULUMI_BACKEND_URL": f"file://{folder}"}


LONG_AGO = "2026-01-01T00:00:00Z"


def lock(folder: Path, pid: int, host: str | None = None, since: str | None = None) -> Path:
    """A lock that was taken just now, unless `since` says when."""
    path = folder / ".pulumi/locks/organization/mayfly/qa-7" / f"{pid}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    owner = {
        "pid": pid,
        "username": "ci",
        "hostname": host or socket.gethostname(),
        "timestamp": datetime.now(UTC).isoformat() if since is None else since,
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


@pytest.mark.parametrize("pid", ["Infinity", "-Infinity", "NaN", "-1", "0", "-55555"])
def test_a_number_that_no_process_has_makes_no_lock(tmp_path: Path, pid: str) -> None:
    """kill(-1) and kill(0) find processes: such a lock would have an owner that lives, and stay for ever."""
    path = lock(tmp_path, 7)
    path.write_text(path.read_text().replace('"pid": 7', f'"pid": {pid}'))
    assert locks.held(backend(tmp_path), "mayfly", "qa-7") is None
    (found,) = locks.all_of(backend(tmp_path), "mayfly", "qa-7")
    assert found.owner is locks.Owner.UNREADABLE


@pytest.mark.parametrize("make", [os.mkfifo, Path.mkdir, lambda path: path.symlink_to(path)])
def test_what_cannot_be_read_is_no_lock_and_is_not_waited_for(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    path = lock(tmp_path, 7)
    path.unlink()
    make(path)
    assert locks.held(backend(tmp_path), "mayfly", "qa-7") is None
    assert [found.owner for found in locks.all_of(backend(tmp_path), "mayfly", "qa-7")] == [
        locks.Owner.UNREADABLE
    ]


def test_a_link_in_the_place_of_the_locks_folder_leads_to_nothing_of_ours(tmp_path: Path) -> None:
    elsewhere = lock(tmp_path / "elsewhere", dead_pid())
    place = tmp_path / ".pulumi/locks/organization/mayfly"
    place.mkdir(parents=True)
    (place / "qa-7").symlink_to(elsewhere.parent)
    locks.settle(backend(tmp_path), "mayfly", "qa-7")
    assert locks.all_of(backend(tmp_path), "mayfly", "qa-7") == []
    assert elsewhere.exists()


def test_a_lock_of_no_possible_process_is_a_dead_owners(tmp_path: Path) -> None:
    path = lock(tmp_path, 1 << 80)
    locks.settle(backend(tmp_path), "mayfly", "qa-7")
    assert not path.exists()


def test_a_half_written_lock_is_looked_at_again(tmp_path: Path) -> None:
    lock(tmp_path, os.getpid()).write_text('{"pid": 1')
    assert locks.held(backend(tmp_path), "mayfly", "qa-7") is None


def test_a_process_that_began_later_than_the_lock_is_not_its_owner(tmp_path: Path) -> None:
    """The number of a process that ended is given to another in time."""
    path = lock(tmp_path, os.getpid(), since=LONG_AGO)
    (found,) = locks.all_of(backend(tmp_path), "mayfly", "qa-7")
    assert (found.owner, found.dead) == (locks.Owner.ANOTHER, True)
    locks.settle(backend(tmp_path), "mayfly", "qa-7")
    assert not path.exists()


@pytest.mark.parametrize(
    "since", ["2126-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "yesterday", ""]
)
def test_where_a_time_tells_nothing_a_living_process_is_the_owner(tmp_path: Path, since: str) -> None:
    lock(tmp_path, os.getpid(), since=since)
    (found,) = locks.all_of(backend(tmp_path), "mayfly", "qa-7")
    assert found.owner is locks.Owner.ALIVE


def test_a_pulumi_that_seems_to_have_begun_later_may_be_the_owner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock was set forward since."""
    monkeypatch.setattr(locks, "process", lambda _: locks.Process("pulumi", datetime.now(UTC)))
    lock(tmp_path, os.getpid(), since=LONG_AGO)
    (found,) = locks.all_of(backend(tmp_path), "mayfly", "qa-7")
    assert found.owner is locks.Owner.ALIVE


@pytest.mark.skipif(sys.platform != "linux", reason="proc(5)")
def test_when_a_process_began_is_what_ps_says() -> None:
    for process in ("1", str(os.getpid())):
        printed = subprocess.run(
            ["ps", "-o", "etimes=", "-p", process], capture_output=True, text=True, check=True
        )
        by_ps = datetime.now(UTC) - timedelta(seconds=int(printed.stdout))
        found = locks.process(int(process))
        assert found is not None
        assert abs(found.began - by_ps) < locks.START_MARGIN


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: mayfly\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{tmp_path}")
    return tmp_path


def unlock(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(("unlock", "qa-7", *arguments))
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_a_state_lock_left_by_a_cancelled_run_is_broken_and_told(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pid = dead_pid()
    path = lock(project, pid)
    assert unlock("--json") == 0
    (told,) = json.loads(capsys.readouterr().out)["locks"]
    assert (told["pid"], told["user"], told["host"]) == (pid, "ci", socket.gethostname())
    assert (told["owner"], told["broken"], told["file"]) == ("gone", True, str(path))
    assert told["since"].startswith("20")
    assert not path.exists()
    assert unlock() == 0
    assert capsys.readouterr().out == "qa-7 is not locked\n"


@pytest.mark.parametrize("arguments", [(), ("--owner-is-dead",)])
def test_a_living_owners_lock_is_never_broken(
    project: Path, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    path = lock(project, os.getpid())
    assert unlock(*arguments) == 5
    said = capsys.readouterr().err
    assert f"held by process {os.getpid()} of ci on {socket.gethostname()} since " in said
    assert "that process lives; it stays" in said
    assert "--owner-is-dead" not in said
    assert path.exists()


def test_another_machines_lock_is_broken_by_word_alone(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is risked is told; the other, whose owner is shown dead, goes in any case."""
    dead, path = lock(project, dead_pid()), lock(project, os.getpid(), host="runner-7")
    assert unlock("--json") == 5
    said = json.loads(capsys.readouterr().out)["error"]["message"]
    assert "on runner-7 since" in said
    assert "two updates write one state" in said
    assert (dead.exists(), path.exists()) == (False, True)
    assert unlock("--owner-is-dead") == 0
    assert "broken" in capsys.readouterr().out
    assert not path.exists()


def test_what_is_no_lock_is_told_and_removed_by_word_alone(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = lock(project, 1)
    path.write_text("[]")
    assert unlock() == 5
    assert f"by {path}: the file is no lock that Pulumi writes" in capsys.readouterr().err
    assert unlock("--owner-is-dead") == 0
    assert not path.exists()


def test_a_folder_in_the_place_of_a_lock_stays(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = lock(project, 1)
    path.unlink()
    path.mkdir()
    assert unlock("--owner-is-dead") == 1
    assert f"{path} cannot be removed: " in capsys.readouterr().err


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(("url", "what"), [("gs://state", "gs://state: keeps its locks"), ("", "is not set")])
def test_another_backends_locks_are_for_pulumi(
    url: str, what: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", url)
    assert unlock() == 2
    said = capsys.readouterr().err
    assert what in said
    assert "`pulumi cancel --stack qa-7`" in said


PLACE = ".pulumi/locks/organization/mayfly/qa-7/"


@pytest.fixture
def bucket(project: Path, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """The backend of the project, with no lock in it."""
    assert project.exists()
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://state/team")
    found = Bucket()
    monkeypatch.setattr(locks, "open_backend", lambda _environ: found)
    return found


def shared_lock(bucket: Bucket, pid: int, host: str = "", since: str = "2026-01-01T00:00:00Z") -> str:
    about = {"pid": pid, "username": "ci", "hostname": host or socket.gethostname(), "timestamp": since}
    bucket.objects[f"{PLACE}a.json"] = json.dumps(about).encode()
    return f"{PLACE}a.json"


@pytest.mark.parametrize("host", ["runner-7", ""])
def test_nobody_is_shown_dead_in_a_bucket(
    bucket: Bucket, host: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two machines that were made from one image have one name."""
    key, others = shared_lock(bucket, dead_pid(), host), {f"{PLACE}older/b.json", f"{PLACE[:-1]}0/a.json"}
    bucket.objects |= dict.fromkeys(others, b"")
    assert unlock() == 5
    said = capsys.readouterr().err
    assert f"of ci on {host or socket.gethostname()} since 2026-01-01T00:00:00Z: others share" in said
    assert "--owner-is-dead" in said
    assert key in bucket.objects
    assert unlock("--owner-is-dead") == 0
    assert {*bucket.objects} == others, "another stack's lock stays, and what Pulumi takes for none"


def test_a_living_owners_lock_in_a_bucket_is_never_broken(bucket: Bucket) -> None:
    key = shared_lock(bucket, os.getpid(), since=datetime.now(UTC).isoformat())
    assert unlock("--owner-is-dead") == 5
    assert key in bucket.objects


def test_what_is_no_lock_in_a_bucket_is_told_by_its_address(
    bucket: Bucket, capsys: pytest.CaptureFixture[str]
) -> None:
    bucket.objects[f"{PLACE}x"] = b"[" * locks.LARGEST * 2
    assert unlock() == 5
    assert f"by s3://state/team/{PLACE}x: the file is no lock that Pulumi writes" in capsys.readouterr().err


def test_a_bucket_that_is_away_is_told(bucket: Bucket, capsys: pytest.CaptureFixture[str]) -> None:
    bucket.away = True
    assert unlock() == 1
    assert SAYS_NOT in capsys.readouterr().err
    assert status._lock("mayfly", "qa-7") == ("", f"not told: {SAYS_NOT}")


def test_status_tells_the_lock_in_a_bucket(bucket: Bucket) -> None:
    assert status._lock("mayfly", "qa-7") == ("", "nobody holds it")
    shared_lock(bucket, 7, "runner-7")
    assert status._lock("mayfly", "qa-7")[0].startswith("held by process 7 of ci on runner-7 since 2026")
