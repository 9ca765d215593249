"""Where an environment comes from."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayfly.settings import git_origin
from mayfly.settings.git_origin import GitOrigin, find, without_credentials


def test_github_tells(tmp_path: Path) -> None:
    environ = {
        "GITHUB_WORKSPACE": str(tmp_path),
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_REPOSITORY": "o/r",
        "GITHUB_SHA": "abc",
        "GITHUB_ACTOR": "ada",
        "GITHUB_TOKEN": "never",
    }
    assert find(tmp_path, environ) == GitOrigin("https://github.com/o/r", "abc")


def test_azure_devops_tells(tmp_path: Path) -> None:
    environ = {
        "BUILD_SOURCESDIRECTORY": str(tmp_path),
        "BUILD_REPOSITORY_URI": "https://org@dev.azure.com/org/p/_git/r",
        "BUILD_SOURCEVERSION": "abc",
        "BUILD_REQUESTEDFOR": "Ada Lovelace",
    }
    assert find(tmp_path, environ) == GitOrigin("https://dev.azure.com/org/p/_git/r", "abc")


def test_what_a_pipeline_does_not_tell_is_unknown(tmp_path: Path) -> None:
    assert find(tmp_path, {"BUILD_SOURCESDIRECTORY": str(tmp_path)}) == GitOrigin()
    assert find(tmp_path, {"GITHUB_WORKSPACE": str(tmp_path)}) == GitOrigin()
    github = {"GITHUB_WORKSPACE": str(tmp_path), "GITHUB_REPOSITORY": "o/r"}
    assert find(tmp_path, github) == GitOrigin("https://github.com/o/r")


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
    assert find(tmp_path, {}) == GitOrigin()
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
    assert find(tmp_path, {}) == GitOrigin()


def test_no_git_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert find(tmp_path, {}) == GitOrigin()


def test_a_git_that_hangs_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(*args: object, **kwargs: object) -> None:
        raise subprocess.TimeoutExpired("git", 5)

    monkeypatch.setattr(subprocess, "run", hang)
    assert find(tmp_path, {}) == GitOrigin()


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


PIPELINE = {"GITHUB_REPOSITORY": "acme/flights", "GITHUB_SHA": "of the workflow"}


@pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")
def test_platform_and_workload_are_told_apart_by_their_own_checkouts(tmp_path: Path) -> None:
    """A pipeline checks both out, either beside the other or inside it; its variables name one of them."""
    platform, workload = tmp_path / "platform", tmp_path / "platform/theirs"
    for folder in (platform, workload):
        commit(folder, f"https://github.com/acme/{folder.name}")
    (workload / "flights").mkdir()
    for workspace in (tmp_path, platform, workload):
        environ = {**PIPELINE, "GITHUB_WORKSPACE": str(workspace), "BUILD_SOURCESDIRECTORY": str(workspace)}
        assert find(platform, environ).repository == "https://github.com/acme/platform"
        assert find(workload / "flights", environ).repository == "https://github.com/acme/theirs"
        assert find(platform, environ).commit != find(workload, environ).commit != "of the workflow"


def test_a_pipelines_variables_are_for_its_own_folder_alone(tmp_path: Path) -> None:
    environ = {**PIPELINE, "GITHUB_WORKSPACE": str(tmp_path / "flights")}
    assert find(tmp_path / "flights", environ) == GitOrigin(
        "https://github.com/acme/flights", "of the workflow"
    )
    assert find(tmp_path / "platform", environ) == GitOrigin()
    assert find(tmp_path / "flights/below", environ) == GitOrigin()


def commit(folder: Path, origin: str) -> None:
    folder.mkdir()
    _git(folder, "init", "--quiet")
    _git(folder, "remote", "add", "origin", origin)
    _git(
        folder, "-c", "user.name=m", "-c", "user.email=m@example.com",
        "commit", "--quiet", "--allow-empty", "--message", folder.name,
    )  # fmt: skip


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    """What a program that git runs for a hostile checkout makes."""
    return tmp_path / "ran"


@pytest.fixture
def hostile(tmp_path: Path, marker: Path) -> Path:
    """A checkout whose own configuration names a program wherever git can be made to run one."""
    folder = tmp_path / "hostile"
    commit(folder, "https://github.com/acme/flights")
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch '{marker}'\n")
    program.chmod(0o755)
    for name in ("core.fsmonitor", "core.sshCommand", "core.pager", "core.editor", "gpg.program"):
        _git(folder, "config", name, str(program))
    (tmp_path / "hooks").mkdir()
    shutil.copy(program, tmp_path / "hooks/post-index-change")
    _git(folder, "config", "core.hooksPath", str(tmp_path / "hooks"))
    return folder


@pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")
@pytest.mark.parametrize(
    "question",
    [
        ("status", "--porcelain"),
        ("update-index", "--refresh", "--force-write-index"),
        ("ls-remote", "ssh://example.invalid/x"),
    ],
)
def test_git_runs_no_program_that_a_checkout_names(
    hostile: Path, marker: Path, question: tuple[str, ...]
) -> None:
    """Not even where git is asked what would make it; the control is the same question, asked plainly."""
    git = str(shutil.which("git"))
    found = find(hostile, {})
    assert (found.repository, len(found.commit)) == ("https://github.com/acme/flights", 40)
    tree = (f"--git-dir={hostile / '.git'}", f"--work-tree={hostile}")
    git_origin.run([git, *git_origin.HARDENED, *tree, *question])
    assert not marker.exists()
    subprocess.run([git, "-C", str(hostile), *question], check=False, capture_output=True)
    assert marker.exists()


@pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")
def test_what_git_would_fetch_to_answer_is_not_fetched(hostile: Path, marker: Path) -> None:
    """A partial clone fetches what it has not, by the program that its configuration names."""
    for name, value in (
        ("core.repositoryformatversion", "1"),
        ("extensions.partialClone", "origin"),
        ("remote.origin.promisor", "true"),
        ("remote.origin.url", "ssh://example.invalid/x"),
    ):
        _git(hostile, "config", name, value)
    head = (hostile / ".git/HEAD").read_text().removeprefix("ref: ").strip()
    (hostile / ".git" / head).write_text("1" * 40 + "\n")
    find(hostile, {})
    git, question = str(shutil.which("git")), ("rev-parse", "--verify", "HEAD^{commit}")
    git_origin.run([git, *git_origin.HARDENED, f"--git-dir={hostile / '.git'}", *question])
    assert not marker.exists()
    subprocess.run([git, "-C", str(hostile), *question], check=False, capture_output=True)
    assert marker.exists()


@pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")
def test_a_bare_repository_among_a_workloads_files_is_not_asked(hostile: Path) -> None:
    """Ordinary files, which a pull request can bring: git takes a folder with them for a repository."""
    inner = hostile / "flights"
    shutil.copytree(hostile / ".git", inner)
    _git(inner, "config", "core.bare", "true")
    _git(inner, "config", "remote.origin.url", "https://github.com/acme/forged")
    asked = subprocess.run(
        ["git", "-C", str(inner), "config", "--get", "remote.origin.url"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert asked.stdout == "https://github.com/acme/forged\n", "the control"
    assert find(inner, {}).repository == "https://github.com/acme/flights"


@pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")
def test_a_checkouts_configuration_includes_no_other_file(hostile: Path, tmp_path: Path) -> None:
    (tmp_path / "secrets").write_text('[remote "origin"]\n\turl = https://example.com/from/elsewhere\n')
    _git(hostile, "config", "--unset", "remote.origin.url")
    _git(hostile, "config", "include.path", str(tmp_path / "secrets"))
    assert find(hostile, {}).repository == "unknown"


def test_variables_of_git_itself_lead_nowhere_else(
    tmp_path: Path, hostile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(tmp_path / "platform", "https://github.com/acme/platform")
    monkeypatch.setenv("GIT_DIR", str(hostile / ".git"))
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "remote.origin.url")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "https://example.com/forged")
    assert find(tmp_path / "platform", {}).repository == "https://github.com/acme/platform"
