"""The project that a verb works on, and the workload it is given."""

from __future__ import annotations

from pathlib import Path

import pytest

from mayfly.cli import project
from mayfly.errors import BadInput


@pytest.fixture
def platform(tmp_path: Path) -> Path:
    return checkout(tmp_path / "platform")


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    return checkout(tmp_path / "theirs")


def checkout(top: Path) -> Path:
    """A checkout with a project, a workload and a Mayfly in it."""
    for folder in (".git", "flights", "mayfly"):
        (top / folder).mkdir(parents=True)
    (top / "Pulumi.yaml").touch()
    return top


def test_the_folder_is_handed_on_from_the_root(
    platform: Path, theirs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(platform)
    root, environ = project.with_workload("../theirs/flights")
    assert root == platform
    assert environ["MAYFLY_WORKLOAD"] == str(theirs / "flights")


def test_without_one_the_environment_is_as_it_is(platform: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(platform)
    monkeypatch.delenv("MAYFLY_WORKLOAD", raising=False)
    assert "MAYFLY_WORKLOAD" not in project.with_workload(None)[1]
    assert project.with_workload("")[1]["MAYFLY_WORKLOAD"] == ""


def test_a_project_that_the_workloads_checkout_brings_is_refused(platform: Path, theirs: Path) -> None:
    """Whoever runs a verb in a pull request's checkout would run the program that it brings."""
    own = platform / "mayfly/__init__.py"
    project.refuse_of_workload(platform, theirs / "flights", own)
    project.refuse_of_workload(platform, platform / "flights", own)
    for workload in (theirs, theirs / "flights"):
        with pytest.raises(BadInput, match="run mayfly in the platform's own folder"):
            project.refuse_of_workload(theirs, workload, own)


def test_so_it_is_where_the_platform_lies_inside_that_checkout(theirs: Path) -> None:
    platform = checkout(theirs / ".platform")
    own = platform / "mayfly/__init__.py"
    project.refuse_of_workload(platform, theirs / "flights", own)
    with pytest.raises(BadInput, match="it would run with your rights"):
        project.refuse_of_workload(theirs, theirs / "flights", own)
