"""`mayfly comment`: from the files that a pipeline kept to the pull request."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mayfly.cli.app import main
from tests.comments.test_comments_render import RUN, UP
from tests.support.forges import FORGES, OURS, READS_ALONE, Forge, served


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project, and what two verbs printed; no fabric is needed."""
    (tmp_path / "Pulumi.yaml").write_text("name: acme data\n")
    (tmp_path / "up.json").write_text(json.dumps(UP))
    (tmp_path / "run.json").write_text(json.dumps(RUN))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(("comment", "qa-142", *arguments))
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_a_dry_run_prints_it_and_needs_no_pipeline(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--dry-run", "--up", "up.json", "--run", "run.json") == 0
    said = capsys.readouterr().out
    assert said.startswith(
        "<!-- mayfly: acme%20data/qa-142 -->\n### ✅ `qa-142` is up and ran its workload\n"
    )
    assert run("--dry-run", "--up", "up.json", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["verb"], document["environment"], document["comment"]) == ("comment", "qa-142", None)
    assert document["markdown"].startswith("<!-- mayfly: ")


@pytest.mark.parametrize("kind", FORGES, ids=lambda kind: kind.name)
def test_it_is_written_by_the_pipelines_own_variables(
    kind: type[Forge], project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with served(kind()) as forge:
        for name, value in forge.environment(project).items():
            monkeypatch.setenv(name, value)
        assert run("--platform", kind.name, "--up", "up.json") == 0
        assert run("--platform", kind.name, "--up", "up.json", "--run", "run.json", "--json") == 0
        ((who, text),) = forge.there
        assert (who, text.splitlines()[1]) == (OURS, "### ✅ `qa-142` is up and ran its workload")
        written = capsys.readouterr().out
        assert json.loads(written[written.index("{") :])["comment"] in ("1", "1/1")
        for name, value in forge.environment(project, READS_ALONE).items():
            monkeypatch.setenv(name, value)
        assert run("--platform", kind.name, "--up", "up.json") == 3


@pytest.mark.parametrize(
    "arguments", [(), ("--dry-run", "--platform", "github"), ("--platform", "sourceforge")]
)
def test_where_to_is_asked(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*arguments) == 2
    assert "--platform" in capsys.readouterr().err
