"""Where an environment comes from."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayfly.settings.source import Source, find, without_credentials


def test_github_tells(tmp_path: Path) -> None:
    environ = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_REPOSITORY": "o/r",
        "GITHUB_SHA": "abc",
        "GITHUB_ACTOR": "ada",
        "GITHUB_TOKEN": "never",
    }
    assert find(tmp_path, environ) == Source("https://github.com/o/r", "abc")


def test_azure_devops_tells(tmp_path: Path) -> None:
    environ = {
        "TF_BUILD": "True",
        "BUILD_REPOSITORY_URI": "https://org@dev.azure.com/org/p/_git/r",
        "BUILD_SOURCEVERSION": "abc",
        "BUILD_REQUESTEDFOR": "Ada Lovelace",
    }
    assert find(tmp_path, environ) == Source("https://dev.azure.com/org/p/_git/r", "abc")


def test_what_a_pipeline_does_not_tell_is_unknown(tmp_path: Path) -> None:
    assert find(tmp_path, {"TF_BUILD": "True"}) == Source()
    github = {"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "o/r"}
    assert find(tmp_path, github) == Source("https://github.com/o/r")


@pytest.fixture
def _only_this_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git without the machine's own settings."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "none"))
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", str(tmp_path / "none"))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))


@pytest.mark.usefixtures("_only_this_folder")
@pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")
def test_git_tells(tmp_path: Path) -> None:
    _git(tmp_path, "init", "--quiet")
    assert find(tmp_path, {}) == Source()
    _git(tmp_path, "config", "user.email", "ada@example.com")
    _git(tmp_path, "config", "user.name", "Ada")
    _git(tmp_path, "remote", "add", "origin", "https://ada:secret@example.com/o/r.git")
    _git(tmp_path, "commit", "--quiet", "--allow-empty", "--message", "first")
    found = find(tmp_path, {})
    assert found.repository == "https://example.com/o/r"
    assert len(found.commit) == 40


def _git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True)


@pytest.mark.usefixtures("_only_this_folder")
def test_no_repository_is_unknown(tmp_path: Path) -> None:
    assert find(tmp_path, {}) == Source()


def test_no_git_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert find(tmp_path, {}) == Source()


def test_a_git_that_hangs_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(*args: object, **kwargs: object) -> None:
        raise subprocess.TimeoutExpired("git", 5)

    monkeypatch.setattr(subprocess, "run", hang)
    assert find(tmp_path, {}) == Source()


@pytest.mark.parametrize(
    ("address", "clean"),
    [
        ("https://github.com/o/r.git", "https://github.com/o/r"),
        ("https://user:token@github.com/o/r", "https://github.com/o/r"),
        ("https://token@github.com/o/r", "https://github.com/o/r"),
        ("git@github.com:o/r.git", "https://github.com/o/r"),
        ("ssh://git@example.com:2222/o/r.git", "https://example.com/o/r"),
        ("https://example.com:8443/o/r?access_token=x#y", "https://example.com:8443/o/r"),
        ("git@ssh.dev.azure.com:v3/org/p/r", "https://ssh.dev.azure.com/v3/org/p/r"),
        ("user:secret@example.com:o/r", "unknown"),
        ("/srv/git/r.git", "unknown"),
        ("../r", "unknown"),
        ("file:///srv/git/r", "unknown"),
        ("https://[x/o", "unknown"),
        ("https://host:port/o", "unknown"),
        ("", "unknown"),
    ],
)
def test_an_address_is_without_credentials(address: str, clean: str) -> None:
    assert without_credentials(address) == clean


@given(st.from_regex(r"[a-z]{3,8}", fullmatch=True), st.text("abc:%0123456789._~-!$&'()*+,;=", min_size=8))
def test_no_password_is_left(user: str, password: str) -> None:
    assert password not in without_credentials(f"https://{user}:SECRET{password}@example.com/o/r")
    assert "SECRET" not in without_credentials(f"https://{user}:SECRET{password}@example.com/o/r")


@given(st.text())
def test_any_address_is_read(address: str) -> None:
    assert without_credentials(address)
