"""A verb as a step of a pipeline: which pull requests are open, what is handed on, what exit codes mean."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mayfly.comments import api, azure_devops
from mayfly.errors import BadInput, Busy, Leftovers, MayflyError, NotAllowed
from pipelines import platforms, verb
from tests.support.checkout import HERE
from tests.support.forges import FORGES, Forge, GitHub, Reply, served

FAKE = """#!{python}
import json, os, sys
codes = json.loads(open("{codes}").read())
open("{codes}", "w").write(json.dumps(codes[1:] or codes))
open("{calls}", "a").write(json.dumps(sys.argv[1:]) + "\\n")
print(json.dumps({{"verb": sys.argv[1], "outputs": {outputs!r}, "year": os.environ.get("MAYFLY_VAR_YEAR")}}))
sys.exit(codes[0])
"""
OUTPUTS = {
    "resource_group": "qa-7-flights",
    "functions": ["a", "b"],
    "odd-name": "x\n::set-output name=y::##vso[task.complete]",
}
RUNNERS = {"github": "GITHUB_ACTIONS", "azure-devops": "TF_BUILD", "gitlab": "GITLAB_CI"}


class Pipeline:
    """A job of a forge's pipeline, in which mayfly is a script that ends with given codes."""

    def __init__(self, forge: Forge, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.forge, self.folder, self.monkeypatch = forge, folder, monkeypatch
        self.calls_file, self.codes = folder / "calls", folder / "codes"
        script = FAKE.format(python=sys.executable, codes=self.codes, calls=self.calls_file, outputs=OUTPUTS)
        (folder / "fake").write_text(script)
        (folder / "fake").chmod(0o755)
        monkeypatch.setattr(verb, "MAYFLY", folder / "fake")
        monkeypatch.setattr(verb, "PAUSE", 0.0)
        for name in RUNNERS.values():
            monkeypatch.delenv(name, raising=False)
        folders = dict.fromkeys(("RUNNER_TEMP", "AGENT_TEMPDIRECTORY", "CI_PROJECT_DIR"), str(folder))
        given = {
            **forge.environment(folder),
            **folders,
            "GITHUB_OUTPUT": str(folder / "output"),
            RUNNERS[forge.name]: "true",
        }
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        self.results = folder / (".mayfly-results" if forge.name == "gitlab" else "mayfly")

    def run(self, verb_: str, *codes: int, **given: str) -> int:
        """Run a step. codes: of mayfly's calls, one after the other; the last one goes on."""
        self.codes.write_text(json.dumps(codes or [0]))
        for name in ("ENVIRONMENT", "ARGUMENTS", "PULL_REQUEST", "MAYFLY_VARIABLES"):
            self.monkeypatch.delenv(name, raising=False)
        for name, value in {"VERB": verb_, **given}.items():
            self.monkeypatch.setenv(name, value)
        return verb.main()

    @property
    def calls(self) -> list[list[str]]:
        """The words of each call of mayfly, without the last one, --json."""
        lines = self.calls_file.read_text().splitlines() if self.calls_file.exists() else []
        found = [json.loads(line) for line in lines]
        assert all(words[-1] == "--json" for words in found)
        return [words[:-1] for words in found]


@pytest.fixture(params=FORGES, ids=lambda kind: kind.name)
def pipeline(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Pipeline]:
    with served(request.param()) as forge:
        yield Pipeline(forge, tmp_path, monkeypatch)


@pytest.fixture
def on_github(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pipeline]:
    with served(GitHub()) as forge:
        yield Pipeline(forge, tmp_path, monkeypatch)


def test_a_verb_is_called_with_its_words_and_its_document_is_kept(pipeline: Pipeline, capfd: Any) -> None:
    assert pipeline.run("run", ENVIRONMENT="qa-7", ARGUMENTS="month\n--param=note=two words\n") == 0
    assert pipeline.calls == [["run", "qa-7", "month", "--param=note=two words"]]
    assert json.loads((pipeline.results / "run.json").read_text())["verb"] == "run"
    assert '"verb": "run"' in capfd.readouterr().out


@pytest.mark.parametrize(
    ("code", "word"),
    [(Leftovers.exit_code, "leftovers remain"), (Busy.exit_code, "busy"), (130, "interrupted")],
)
def test_an_exit_code_is_explained_and_handed_on(
    pipeline: Pipeline, code: int, word: str, capfd: Any
) -> None:
    assert pipeline.run("up", code, ENVIRONMENT="qa-7") == code
    line = capfd.readouterr().out.splitlines()[-1]
    begin = {
        "github": "::error title=mayfly::",
        "azure-devops": "##vso[task.logissue type=error]",
        "gitlab": "",
    }
    assert line.startswith(f"{begin[pipeline.forge.name]}mayfly up ended with {code}: ")
    assert word in line


def test_outputs_are_handed_on_and_are_no_commands(pipeline: Pipeline, capfd: Any) -> None:
    assert pipeline.run("up", ENVIRONMENT="qa-7") == 0
    printed, odd = capfd.readouterr().out, OUTPUTS["odd-name"]
    if pipeline.forge.name == "github":
        name, rest = (pipeline.folder / "output").read_text().split("<<", 1)
        end, text, last = rest.splitlines()
        found = json.loads(text)
        assert (name, end) == ("outputs", last)
        assert found["MAYFLY_OUTPUT_ODD_NAME"] == odd
    elif pipeline.forge.name == "azure-devops":
        said = [line for line in printed.splitlines() if line.startswith("##vso")]
        assert len(said) == len(OUTPUTS)
        assert all(line.startswith("##vso[task.setvariable variable=MAYFLY_OUTPUT_") for line in said)
        assert "variable=MAYFLY_OUTPUT_RESOURCE_GROUP;isOutput=true]qa-7-flights" in said[0]
    else:
        report = (pipeline.results / "outputs.env").read_text().splitlines()
        assert len(report) == len(OUTPUTS)
        assert f"MAYFLY_OUTPUT_ODD_NAME={json.dumps(odd)}" in report
        assert 'MAYFLY_OUTPUT_FUNCTIONS=["a", "b"]' in report


def test_a_dotenv_report_that_gitlab_would_refuse_is_an_error(tmp_path: Path) -> None:
    there = platforms.GitLab({"CI_PROJECT_DIR": str(tmp_path)})
    with pytest.raises(MayflyError, match="5000 bytes"):
        there.hand_on({"long": "x" * 5000})


def test_of_a_variable_group_only_its_own_variables_are_taken(on_github: Pipeline, monkeypatch: Any) -> None:
    monkeypatch.delenv("MAYFLY_VAR_YEAR", raising=False)
    group = {"MAYFLY_VAR_YEAR": "2014", "PATH": "/elsewhere", "PULUMI_BACKEND_URL": "file:///elsewhere"}
    before = dict(os.environ)
    try:
        assert on_github.run("up", ENVIRONMENT="qa-7", MAYFLY_VARIABLES=json.dumps(group)) == 0
        assert json.loads((on_github.results / "up.json").read_text())["year"] == "2014"
        assert os.environ["PATH"] == before["PATH"]
        assert os.environ.get("PULUMI_BACKEND_URL") == before.get("PULUMI_BACKEND_URL")
    finally:
        os.environ.pop("MAYFLY_VAR_YEAR", None)


def test_nothing_is_made_for_a_pull_request_that_is_closed(pipeline: Pipeline, capfd: Any) -> None:
    """An old run deploys again after the close: FreiFahren#960, maple#257, phoenix#2299."""
    assert pipeline.run("up", ENVIRONMENT="qa-8", PULL_REQUEST="8") == NotAllowed.exit_code
    assert pipeline.calls == []
    assert "pull request 8 is closed: nothing is made" in capfd.readouterr().err
    assert pipeline.run("up", ENVIRONMENT="qa-7", PULL_REQUEST="7") == 0
    assert pipeline.calls == [["up", "qa-7"]]


def test_what_is_made_while_its_pull_request_is_closed_is_removed(pipeline: Pipeline, capfd: Any) -> None:
    """The job of the close may have found nothing yet."""
    pipeline.forge.when_listed = pipeline.forge.numbers.clear
    assert pipeline.run("up", 0, ENVIRONMENT="qa-7", PULL_REQUEST="7") == NotAllowed.exit_code
    assert pipeline.calls == [["up", "qa-7"], ["down", "qa-7"]]
    assert "it is removed again" in capfd.readouterr().err


def test_what_could_not_be_removed_then_is_told(on_github: Pipeline) -> None:
    on_github.forge.when_listed = on_github.forge.numbers.clear
    assert (
        on_github.run("up", 0, Leftovers.exit_code, ENVIRONMENT="qa-7", PULL_REQUEST="7")
        == Leftovers.exit_code
    )


def test_a_pull_request_that_is_open_again_keeps_its_environment(pipeline: Pipeline) -> None:
    assert pipeline.run("down", ENVIRONMENT="qa-7", PULL_REQUEST="7") == 0
    assert pipeline.calls == []
    pipeline.forge.numbers.clear()
    assert pipeline.run("down", ENVIRONMENT="qa-7", PULL_REQUEST="7") == 0
    assert pipeline.calls == [["down", "qa-7"]]


def test_a_close_waits_for_the_job_that_holds_the_lock(on_github: Pipeline) -> None:
    assert on_github.run("down", Busy.exit_code, Busy.exit_code, 0, ENVIRONMENT="qa-7") == 0
    assert len(on_github.calls) == 3


def test_a_close_does_not_wait_for_ever(on_github: Pipeline) -> None:
    assert (
        on_github.run("down", Busy.exit_code, ENVIRONMENT="qa-7", MAYFLY_BUSY_SECONDS="0") == Busy.exit_code
    )
    assert len(on_github.calls) == 1


def test_no_other_verb_waits(on_github: Pipeline) -> None:
    assert on_github.run("up", Busy.exit_code, 0, ENVIRONMENT="qa-7") == Busy.exit_code


def test_a_sweep_gets_all_that_is_open(pipeline: Pipeline) -> None:
    """A list of several pages: what is missing in it would be removed."""
    pipeline.forge.numbers = [*range(1, 251)]
    assert pipeline.run("sweep", PULL_REQUEST="all", ARGUMENTS="--execute\n--fabric=qa") == 0
    file = pipeline.results / "open-ids.txt"
    assert pipeline.calls == [["sweep", "--execute", "--fabric=qa", "--open-ids", str(file)]]
    assert [*map(int, file.read_text().split())] == pipeline.forge.numbers


def test_a_list_that_changes_while_it_is_read_is_read_again(pipeline: Pipeline) -> None:
    """One is closed after the first page: the 101st slips into that page, and is on none that is read."""
    pipeline.forge.numbers = [*range(1, 251)]
    listed = iter(range(1000))
    pipeline.forge.when_listed = lambda: pipeline.forge.numbers.remove(1) if next(listed) == 0 else None
    assert pipeline.run("sweep", PULL_REQUEST="all", ARGUMENTS="--fabric=qa") == 0
    assert [*map(int, (pipeline.results / "open-ids.txt").read_text().split())] == [*range(2, 251)]


def test_a_list_that_never_rests_removes_nothing(on_github: Pipeline, capfd: Any) -> None:
    on_github.forge.numbers = [*range(1, 251)]
    on_github.forge.when_listed = lambda: on_github.forge.numbers.pop(0)
    assert on_github.run("sweep", PULL_REQUEST="all", ARGUMENTS="--fabric=qa") == 1
    assert on_github.calls == []
    assert "changed each of 5 times" in capfd.readouterr().err


def test_that_none_is_open_is_said(pipeline: Pipeline) -> None:
    pipeline.forge.numbers.clear()
    assert pipeline.run("sweep", PULL_REQUEST="all", ARGUMENTS="--fabric=qa") == 0
    assert pipeline.calls[0][-1] == "--none-open"


def test_a_platform_that_shows_no_pull_request_at_all_closes_none(pipeline: Pipeline, capfd: Any) -> None:
    """An empty list may be of another repository, or all that a token may see."""
    pipeline.forge.numbers.clear()
    pipeline.forge.closed.clear()
    assert pipeline.run("sweep", PULL_REQUEST="all", ARGUMENTS="--fabric=qa") == 0
    assert pipeline.calls == [["sweep", "--fabric=qa"]]
    assert "none is taken for closed" in capfd.readouterr().err


def test_a_list_without_an_end_removes_nothing(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    """Where pages come again and again, what is not on them is no proof of a close."""
    for module in (api, azure_devops):
        monkeypatch.setattr(module, "MOST_PAGES", 2)
    pipeline.forge.numbers = [*range(1, 301)]
    assert pipeline.run("sweep", PULL_REQUEST="all", ARGUMENTS="--fabric=qa") == 1
    assert pipeline.calls == []
    assert "the list has no end after 2 pages" in capfd.readouterr().err


def test_a_platform_that_does_not_answer_removes_nothing(pipeline: Pipeline, monkeypatch: Any) -> None:
    for token in ("GITHUB_TOKEN", "SYSTEM_ACCESSTOKEN", "GITLAB_TOKEN"):
        monkeypatch.setenv(token, "expired")
    assert pipeline.run("sweep", PULL_REQUEST="all", ARGUMENTS="--fabric=qa") != 0
    assert pipeline.run("down", ENVIRONMENT="qa-7", PULL_REQUEST="7") != 0
    assert pipeline.calls == []


@pytest.mark.parametrize(
    "told", ["142; rm -rf /", "$(System.AccessToken)", "142\n- bash: echo", "-1", "0", "٣"]
)
def test_a_pull_request_is_a_number(on_github: Pipeline, told: str) -> None:
    assert on_github.run("down", ENVIRONMENT="qa-7", PULL_REQUEST=told) == BadInput.exit_code
    assert on_github.calls == []


def test_what_a_hook_told_in_place_of_a_number_is_not_in_the_log(on_github: Pipeline, capfd: Any) -> None:
    """It may be a command; or a secret, of which no part is masked: $(PULUMI_CONFIG_PASSPHRASE)."""
    for told in ("##vso[task.prependpath]/tmp", "correct horse battery staple" * 3):
        assert on_github.run("down", ENVIRONMENT="qa-7", PULL_REQUEST=told) == BadInput.exit_code
    printed = "".join(capfd.readouterr())
    assert "##vso" not in printed
    assert "correct horse" not in printed


def test_what_a_platform_answers_is_no_command_of_the_log(on_github: Pipeline, capfd: Any) -> None:
    on_github.forge.answers = [
        ("GET", "/repos/.*", Reply(422, {"message": "no\n::add-path::/tmp\n##vso[task.prependpath]/tmp"}))
    ]
    assert on_github.run("up", ENVIRONMENT="qa-7", PULL_REQUEST="7") == 1
    said = capfd.readouterr().err
    assert "add-path" in said
    assert "##vso" not in said
    assert "\n::" not in said


@pytest.mark.parametrize(
    "group", ["Object", "[]", '{"MAYFLY_VAR_YEAR": 2014}', '{"MAYFLY_VAR_A": "\\u0000"}']
)
def test_a_variable_group_of_another_form_is_told(on_github: Pipeline, group: str, capfd: Any) -> None:
    """GitHub writes `Object` for `${{ vars }}` without toJSON."""
    assert on_github.run("up", ENVIRONMENT="qa-7", MAYFLY_VARIABLES=group) == BadInput.exit_code
    assert on_github.calls == []
    assert "MAYFLY_VARIABLES" in capfd.readouterr().err


def test_a_comment_is_told_of_the_jobs_verbs(on_github: Pipeline) -> None:
    files = {name: str(on_github.results / f"{name}.json") for name in ("up", "run", "prove", "down")}
    on_github.run("up", ENVIRONMENT="qa-7")
    on_github.run("comment", ENVIRONMENT="qa-7")
    told = ["--up", files["up"], "--run", files["run"], "--prove", files["prove"]]
    assert on_github.calls[-1] == ["comment", "qa-7", "--platform", "github", *told]
    on_github.run("down", ENVIRONMENT="qa-7")
    on_github.run("comment", ENVIRONMENT="qa-7")
    assert on_github.calls[-1] == ["comment", "qa-7", "--platform", "github", "--receipt", files["down"]]


def test_outside_of_a_pipeline_it_says_so(on_github: Pipeline, monkeypatch: Any, capfd: Any) -> None:
    monkeypatch.delenv("GITHUB_ACTIONS")
    assert on_github.run("up", ENVIRONMENT="qa-7") == BadInput.exit_code
    assert "elsewhere call mayfly" in capfd.readouterr().err


SLOW = """#!{python}
import signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT, signal.SIGTERM])
print("started", file=sys.stderr, flush=True)
received = signal.sigwait([signal.SIGINT, signal.SIGTERM])
print('{{"received": %d}}' % received)
sys.exit(130)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_cancelled_job_lets_mayfly_come_to_its_own_end(on_github: Pipeline, number: signal.Signals) -> None:
    """The runner signals the process of the step alone, and that is this one: the shell is replaced by it."""
    (on_github.folder / "fake").write_text(SLOW.format(python=sys.executable))
    start = (
        "import sys; from pathlib import Path; from pipelines import verb;"
        "verb.MAYFLY = Path(sys.argv[1]); sys.exit(verb.main())"
    )
    with subprocess.Popen(
        [sys.executable, "-c", start, str(on_github.folder / "fake")],
        cwd=HERE, env={**os.environ, "VERB": "up", "ENVIRONMENT": "qa-7"},
        stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stderr
        assert process.stderr.readline() == "started\n"
        process.send_signal(number)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert json.loads((on_github.results / "up.json").read_text()) == {"received": int(number)}
    assert "::error title=mayfly::mayfly up ended with 130: it was interrupted" in out
