"""What a pull request puts into a workload's folder to get at what the deployer may read, or to end it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from mayfly import plain_files
from mayfly.errors import Problem
from mayfly.settings.document import parse
from mayfly.workload.factory import folder
from mayfly.workload.factory.jsontext import DEEPEST
from mayfly.workload.functions import folder as functions

TOKEN = '{"name": "x", "properties": {"token": "a secret of the deployer"}}'
MANIFEST = "runtime: python3.12\nmemory: 128\ntimeout: 3\n"
HANDLER = "def main(event, context):\n    return 1\n"


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder of the machine that the deployer may read: its sign-in, as a document and as a function."""
    for file in ("home/x.json", "home/pipeline/x.json", "home/factory/pipeline/x.json"):
        write(tmp_path / file, TOKEN)
    for file in ("home/f/", "home/functions/f/"):
        write(tmp_path / f"{file}function.yaml", MANIFEST)
        write(tmp_path / f"{file}handler.py", HANDLER)
        write(tmp_path / f"{file}token.json", TOKEN)
    return tmp_path / "home"


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A workload of both clouds that is fine so far."""
    top = tmp_path / "checkout/flights"
    write(top / "factory/pipeline/fine.json", '{"name": "fine", "properties": {}}')
    write(top / "functions/fine/function.yaml", MANIFEST)
    write(top / "functions/fine/handler.py", HANDLER)
    return top


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def move(path: Path) -> Path:
    """Where something lies that was there before, so that a link can take its place."""
    return path.rename(path.with_name(f".{path.name}")) if path.exists() else path


DOCUMENTS = {
    "factory/pipeline/x.json": "x.json",
    "factory/dataset": "pipeline",
    "factory": "factory",
}
"""Link in a factory's workload → what of the machine it leads to."""

SOURCES = {
    "functions/fine/token.json": "x.json",
    "functions/fine/home": "",
    "functions/fine/function.yaml": "f/function.yaml",
    "functions/f": "f",
    "functions": "functions",
}
"""Link in a functions' workload → what of the machine it leads to."""


@pytest.mark.parametrize("link", DOCUMENTS)
def test_a_link_out_of_the_folder_ships_no_file_of_the_deployers(
    hostile: Path, outside: Path, link: str
) -> None:
    move(hostile / link)
    (hostile / link).symlink_to(outside / DOCUMENTS[link])
    found, problems = folder.examine(hostile, None)
    assert "secret" not in "".join(found.documents.values())
    assert [problem.where.rstrip("/") for problem in problems] == [f"flights/{link}"]
    assert "is a link" in problems[0].what


@pytest.mark.parametrize("link", ["factory/pipeline/x.json", "factory/dataset", "factory"])
def test_without_that_check_it_would(
    hostile: Path, outside: Path, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    monkeypatch.setattr(plain_files, "check", lambda path, top: None)
    monkeypatch.setattr(plain_files, "read", lambda path, top, largest: path.read_bytes())
    move(hostile / link)
    (hostile / link).symlink_to(outside / DOCUMENTS[link])
    assert "secret" in "".join(folder.examine(hostile, None)[0].documents.values())


@pytest.mark.parametrize("link", SOURCES)
@pytest.mark.parametrize("read", [lambda top: functions.examine(top, None), functions.examine_application])
def test_a_link_out_of_the_folder_packs_no_file_of_the_deployers(
    hostile: Path, outside: Path, link: str, read: Callable[[Path], tuple[object, list[Problem]]]
) -> None:
    move(hostile / link)
    (hostile / link).symlink_to(outside / SOURCES[link])
    found, problems = read(hostile)
    assert "secret" not in repr(found)
    if read is functions.examine_application and link.endswith("function.yaml"):
        assert problems == []  # it is not read
    else:
        assert f"flights/{link}" in {problem.where for problem in problems}
        assert any("is a link" in problem.what for problem in problems)


def test_a_file_that_becomes_a_link_after_it_was_looked_at_is_not_followed(
    hostile: Path, outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plain_files, "check", lambda path, top: None)
    (hostile / "factory/pipeline/x.json").symlink_to(outside / "x.json")
    with pytest.raises(OSError, match="symbolic links"):
        plain_files.read(hostile / "factory/pipeline/x.json", hostile, 1000)


@pytest.mark.parametrize("place", ["factory/pipeline/x.json", "functions/fine/data", "mayfly.yaml"])
def test_a_pipe_is_not_waited_for(hostile: Path, place: str) -> None:
    os.mkfifo(hostile / place)
    with pytest.raises(plain_files.NotPlain, match="no plain file"):
        plain_files.read(hostile / place, hostile, 100)
    wrong = [*folder.examine(hostile, None)[1], *functions.examine(hostile, None)[1]]
    assert [problem.what for problem in wrong] == ["is no plain file"] * (place != "mayfly.yaml")


def test_a_document_as_large_as_a_disk_is_not_read(hostile: Path) -> None:
    with (hostile / "factory/pipeline/x.json").open("wb") as file:
        file.truncate(1024**4)
    (problem,) = folder.examine(hostile, None)[1]
    assert (problem.where, problem.fix) == ("flights/factory/pipeline/x.json", "at most 4,194,304")


def test_sources_as_large_as_a_disk_are_not_read(hostile: Path) -> None:
    with (hostile / "functions/fine/x.bin").open("wb") as file:
        file.truncate(1024**4)
    (problem,) = functions.examine(hostile, None)[1]
    assert (problem.where, problem.what) == (
        "flights/functions/fine",
        f"holds {1024**4 + len(HANDLER):,} bytes",
    )


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "- " * 100_000, "{a: " * 100_000, "a: " + "[" * 500 + "]" * 500]
)
def test_a_nesting_that_ends_the_process_is_refused(hostile: Path, text: str) -> None:
    """libyaml's composer calls itself for each level: 50,000 of them end Python without a word."""
    write(hostile / "functions/fine/function.yaml", text)
    (problem,) = functions.examine(hostile, None)[1]
    assert problem.what == "is nested more than 20 deep"
    assert parse(text, "x").data == {}


def test_a_document_that_is_nested_too_deeply_for_what_comes_after_is_refused(hostile: Path) -> None:
    path = hostile / "factory/pipeline/fine.json"
    for levels, fine in ((DEEPEST - 2, True), (DEEPEST - 1, False)):
        path.write_text(
            json.dumps({"name": "fine", "properties": {"x": 0}}).replace("0", "[" * levels + "]" * levels)
        )
        wrong = [problem.what for problem in folder.examine(hostile, None)[1]]
        assert wrong == ([] if fine else ["is nested too deeply"])


@pytest.mark.parametrize(
    "name", ["a\nb", "##vso[task.setvariable]\x1b", b"\xff".decode("utf-8", "surrogateescape")]
)
def test_a_files_name_brings_nothing_into_a_log_and_ends_nothing(hostile: Path, name: str) -> None:
    write(hostile / f"factory/pipeline/{name}.json", TOKEN)
    write(hostile / f"functions/fine/{name}", "x")
    write(hostile / f"functions/{name}/function.yaml", MANIFEST)
    found = [*folder.examine(hostile, None)[1], *functions.examine(hostile, None)[1]]
    assert len(found) == 3
    assert all(str(problem).isprintable() and "its name is" in problem.what for problem in found)


@pytest.mark.parametrize("handler", ["../../x.main", "/etc/x.main", "..x.main", ".git.main", "a/b.main"])
def test_no_handler_names_a_path(hostile: Path, handler: str) -> None:
    write(hostile / "functions/fine/function.yaml", f"{MANIFEST}handler: {handler}\n")
    (problem,) = functions.examine(hostile, None)[1]
    assert "is not a handler" in problem.what


def test_what_python_would_install_or_run_is_packed_as_it_is_or_not_at_all(hostile: Path) -> None:
    marker = hostile.parent / "ran"
    code = f"open({str(marker)!r}, 'w')\n"
    for file in ("__init__.py", "conftest.py", "setup.py", "sitecustomize.py", "lib/requirements.txt"):
        write(hostile / f"functions/fine/{file}", code)
    for file in (".git/config", ".env", "__pycache__/handler.pyc", ".pth"):
        write(hostile / f"functions/fine/{file}", code)
    found, problems = functions.examine(hostile, None)
    assert problems == []
    assert sorted(found.functions["fine"].files) == [
        "__init__.py", "conftest.py", "handler.py", "lib/requirements.txt", "setup.py", "sitecustomize.py"
    ]  # fmt: skip
    write(hostile / "functions/fine/requirements.txt", code)
    (problem,) = functions.examine(hostile, None)[1]
    assert problem.where == "flights/functions/fine/requirements.txt:1"
    assert not marker.exists()
