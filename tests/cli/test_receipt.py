"""`mayfly receipt show`: what is kept, the latest first of all, as tables and as one document."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from mayfly.cli.app import main
from mayfly.cli.receipt import COLUMNS
from tests.teardown.test_receipt import OLDER


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose receipts are of all ages."""
    (tmp_path / "Pulumi.yaml").write_text("name: mayfly\n")
    (tmp_path / "receipts").mkdir()
    for path in OLDER:
        shutil.copy(path, tmp_path / "receipts")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.mark.usefixtures("project")
def test_the_latest_receipt_of_an_environment(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("receipt", "show", "qa-7") == 0
    said = capsys.readouterr().out
    assert "storageAccounts" in said
    assert "\nqa-7 is gone: 15 things in " in said


@pytest.mark.usefixtures("project")
def test_all_receipts_of_an_environment_and_the_latest_of_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("receipt", "show", "qa-7", "--all") == 0
    header, first, second = capsys.readouterr().out.splitlines()
    assert header.split() == [word for column in COLUMNS for word in column.split()]
    assert (first.split()[-4:], second.split()[-1]) == (["0", "+", "unknown", "NO"], "yes")
    assert run("receipt", "show") == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()[1:]] == ["qa-7", "awsqa-7"]


def test_with_json_they_are_as_they_are_kept(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "receipts/qa-7-x.json").write_text("{}")
    assert run("receipt", "show", "qa-7", "--all", "--json") == 0
    captured = capsys.readouterr()
    document = json.loads(captured.out)
    assert (document["verb"], [each["complete"] for each in document["receipts"]]) == (
        "receipt show",
        [False, True],
    )
    assert "qa-7-x.json: no receipt: " in captured.err


@pytest.mark.parametrize(
    ("name", "what"), [("qa-8", "did you mean 'qa-7'? known: awsqa-7, qa-7"), ("../x", "name it")]
)
@pytest.mark.usefixtures("project")
def test_what_has_no_receipt_is_told(name: str, what: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("receipt", "show", "--", name) == 2
    assert what in capsys.readouterr().err


def test_no_receipt_at_all_is_fine(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(project / "receipts")
    assert run("receipt", "show") == 0
    assert capsys.readouterr().out == "there is no receipt\n"
