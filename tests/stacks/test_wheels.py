from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from mayfly.errors import MayflyError
from stacks import reaper, wheels

LOCK = """# a lock
one==1.0 \\
    --hash=sha256:aa
    # via two
two==2.0 \\
    --hash=sha256:bb \\
    --hash=sha256:cc
    # via mayfly
"""
ROOT = Path(__file__).parents[2]


@pytest.fixture
def lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = tmp_path / "requirements.txt"
    path.write_text(LOCK)
    return path


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[str]]:
    """What pip is asked for: it brings one wheel."""
    found: list[Sequence[str]] = []

    def pip(command: Sequence[str], **_: Any) -> subprocess.CompletedProcess[str]:
        given = dict(word.split("=", 1) for word in command if word.startswith("--") and "=" in word)
        found.append([*command, Path(given["--requirement"]).read_text()])
        wheel = io.BytesIO()
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr("two/__init__.py", "2")
        folder = Path(given["--dest"])
        folder.mkdir()
        (folder / "two.whl").write_bytes(wheel.getvalue())
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", pip)
    return found


def test_what_the_lock_has_is_asked_for_lambdas_machines_by_its_hashes_once(
    lock: Path, asked: list[Sequence[str]]
) -> None:
    for _ in range(2):
        assert wheels.files(lock, ["two"]) == {"two/__init__.py": b"2"}
    ((*command, entries),) = asked
    assert {"--require-hashes", "--no-deps", "--only-binary=:all:"} < {*command}
    assert f"--platform={wheels.PLATFORM}" in command
    assert f"--python-version={sys.version_info.major}.{sys.version_info.minor}" in command
    assert entries == LOCK[LOCK.index("two==") :]


def test_another_lock_is_asked_for_again(lock: Path, asked: list[Sequence[str]]) -> None:
    wheels.files(lock, ["two"])
    lock.write_text(LOCK.replace("sha256:cc", "sha256:dd"))
    wheels.files(lock, ["two"])
    assert len(asked) == 2


def test_what_pip_says_is_told_and_nothing_is_kept(lock: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = subprocess.CompletedProcess([], 1, "", "no wheel fits\n")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(MayflyError, match="no wheel fits"):
        wheels.files(lock, ["two"])
    assert not [*lock.parent.glob("cache/mayfly/*")]


def test_a_package_that_the_lock_lacks_is_told(lock: Path) -> None:
    with pytest.raises(MayflyError, match=r"requirements.txt has 1 of the packages three, two"):
        wheels.files(lock, ["two", "three"])


def test_the_projects_lock_has_all_that_the_reaper_needs() -> None:
    found = {entry.partition("==")[0] for entry in wheels._ENTRY.findall((ROOT / reaper.LOCK).read_text())}
    assert {*reaper.PACKAGES} <= found
