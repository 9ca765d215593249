"""The command line itself: arguments, messages, exit codes; nothing happens before they are right."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from mayfly.cli.app import application, guarded, main
from mayfly.cli.output import SCHEMA_VERSION, Output
from mayfly.errors import BadInput, Busy, Leftovers, MayflyError, NotAllowed, Problem

ROOT = Path(__file__).resolve().parents[2]
BAD_NAMES = [
    "",
    "--help",
    "-h",
    "../x",
    "x" * 300,
    "qa-" + "1" * 300,
    "QA-1",
    "qa_1",
    "qa-",
    "qa--1",
    "qa-1-",
    "nosuch-1",
    "qa",
    "prod-1",
    "qa-1\n",
    "qa-é",
    "qa-1 ",
    "/",
    "qa/1",
    "$(id)",
    "\0",
]


@pytest.fixture(autouse=True)
def in_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    for name in list(os.environ):
        if name.startswith(("ARM_", "AZURE_", "PULUMI_", "MAYFLY_")):
            monkeypatch.delenv(name)
    # A place where no cloud answers: whatever gets as far as a call fails otherwise than asserted here.
    monkeypatch.setenv("ARM_METADATA_HOSTNAME", "127.0.0.1:1")


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.mark.parametrize("name", BAD_NAMES)
@pytest.mark.parametrize("verb", ["up", "down", "prove", "vars", "run"])
def test_a_bad_name_is_refused_before_anything(
    verb: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(verb, "--", name, *(["flights"] if verb == "run" else [])) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: ")
    assert "Traceback" not in captured.err


@given(st.text(max_size=50))
def test_no_name_whatever_ends_in_a_traceback(name: str) -> None:
    """`vars` asks no cloud: it is fine, or the name is bad."""
    with pytest.raises(SystemExit) as ended:
        main(["vars", "--", name])
    assert ended.value.code in (0, 2)


def test_with_json_an_error_is_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("up", "--json", "--", "../x") == 2
    captured = capsys.readouterr()
    document = json.loads(captured.out)
    assert document["schema_version"] == SCHEMA_VERSION
    assert document["verb"] == "up"
    assert document["error"]["exit_code"] == 2
    assert set(document["error"]["problems"][0]) == {"where", "what", "fix", "denied"}


def test_an_errors_document_names_an_inner_verb(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("local", "reset", "--json") == 2
    assert json.loads(capsys.readouterr().out)["verb"] == "local reset"
    assert run("--json") == 2
    assert json.loads(capsys.readouterr().out)["verb"] == ""


def test_production_cannot_be_torn_down(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("down", "prod") == 3
    assert "permanent" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ("frob",),
        ("up",),
        ("up", "qa-1", "qa-2"),
        ("up", "--frob", "qa-1"),
        ("u", "qa-1"),
        ("vars", "qa-1", "--format", "xml"),
        ("local", "frob"),
        ("local", "env", "--as", "root"),
        ("run", "qa-1"),
    ],
)
def test_a_wrong_command_line_is_2(arguments: Sequence[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*arguments) == 2
    assert capsys.readouterr().out == ""
    assert run(*arguments, "--json") == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert (error["exit_code"], bool(error["message"])) == (2, True)


def test_a_wrong_parameter_is_told_before_anything(capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        run("run", "qa-1", "flights", "--param", "year", "--param", "=1", "--param", "a=1", "--param", "a=2")
        == 2
    )
    said = capsys.readouterr().err
    assert all(word in said for word in ("'year'", "'=1'", "'a' is given twice"))


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--version") == 0
    assert capsys.readouterr().out == f"mayfly {version('mayfly')}\n"


@pytest.mark.parametrize(
    "arguments", [("id", "x"), ("--help",), ("--version",), ("vars", "prod"), ("up", "--json", "--", "../x")]
)
def test_a_result_that_nobody_reads_ends_it_quietly(arguments: Sequence[str]) -> None:
    """As in `mayfly list | head -0`."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-c", "from mayfly.cli import main; main()", *arguments]
    ended = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, cwd=ROOT, check=False)
    os.close(writing)
    assert ended.returncode == 141
    assert all(line.startswith("error: ") for line in ended.stderr.splitlines()), ended.stderr


def test_reset_asks_to_mean_it() -> None:
    assert run("local", "reset") == 2


def test_no_branch_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("id", "") == 2
    said = capsys.readouterr().err
    assert said.startswith("error: branch: no branch is named (")
    assert "feature/x" in said


@pytest.mark.parametrize(
    "arguments", [("up", "qa-1"), ("down", "qa-1"), ("list",), ("vars", "qa-1"), ("local", "start")]
)
def test_outside_of_a_project(
    arguments: Sequence[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(*arguments) == 2
    told = "no Pulumi.yaml in this folder or one above it (run mayfly inside the project)"
    assert capsys.readouterr().err == f"error: {tmp_path}: {told}\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (MayflyError("x"), 1),
        (BadInput([Problem("a", "b", "c")]), 2),
        (NotAllowed("x"), 3),
        (Leftovers("x"), 4),
        (Busy("x"), 5),
        (KeyboardInterrupt(), 130),
    ],
)
def test_each_error_has_its_exit_code(error: BaseException, code: int) -> None:
    def command() -> None:
        raise error

    assert guarded(command, Output()) == code


def test_an_unexpected_error_keeps_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError):
        guarded(lambda: 1 / 0, Output())


def commands() -> Iterator[tuple[str, Any]]:
    group: Any = typer.main.get_command(application())
    for name, command in group.commands.items():
        yield from _flat(name, command)


def _flat(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield name, command
        return
    assert command.help, name
    for inner_name, inner_command in inner.items():
        yield from _flat(f"{name} {inner_name}", inner_command)


@pytest.mark.parametrize(("name", "command"), list(commands()))
def test_every_command_and_every_option_has_a_help_text(name: str, command: Any) -> None:
    assert command.help, name
    for parameter in command.params:
        assert parameter.help, f"{name}: {parameter.name}"


@pytest.mark.parametrize(("name", "command"), list(commands()))
def test_every_verb_takes_json(name: str, command: Any) -> None:
    assert "--json" in {flag for parameter in command.params for flag in parameter.opts}


def test_help_and_id_import_no_cloud_and_no_pulumi() -> None:
    """Both answer at once: what is heavy is imported when it is used."""
    script = (
        "import sys; from mayfly.cli.app import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "sys.stderr.write(' '.join(sorted({name.split('.')[0] for name in sys.modules})))"
    )
    for arguments in (["--help"], ["id", "feature/x"]):
        command = [sys.executable, "-c", script, *arguments]
        loaded = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True).stderr.split()
        assert not {"azure", "pulumi", "grpc", "localcloud", "requests", "tenacity"} & set(loaded)


def test_a_verb_loads_no_other_verb() -> None:
    script = (
        "import sys; from mayfly.cli.app import application\n"
        "application(sys.argv[1:])\n"
        "sys.stdout.write(' '.join(name for name in sys.modules if name.startswith('mayfly.cli.')))"
    )
    for asked, there, absent in (("id", "id", "local"), ("local", "local", "id")):
        command = [sys.executable, "-c", script, asked]
        loaded = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True).stdout.split()
        assert f"mayfly.cli.{there}" in loaded
        assert f"mayfly.cli.{absent}" not in loaded
