"""The calls to the Pulumi CLI: the real one, on a program without a cloud."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest

from mayfly.engine import serving
from mayfly.engine.inline import Program
from mayfly.engine.pulumi import Pulumi, PulumiFailed, _parsed
from mayfly.errors import MayflyError, NotAllowed
from mayfly.teardown.stack import claims
from tests.support.warm import warm

ROOT = Path(__file__).resolve().parents[2]
ANOTHER_USER = """
import os, sys
import grpc
with grpc.insecure_channel(sys.argv[1]) as channel:
    run = channel.unary_unary("/pulumirpc.LanguageRuntime/Run")
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
    try:
        run(b"", timeout=20)
    except grpc.RpcError as error:
        sys.exit(error.code().name)
"""
LINUX = pytest.mark.skipif(
    not sys.platform.startswith("linux") or os.geteuid() != 0, reason="needs to be another user"
)
PROGRAM = """
import os, pathlib, time
import pulumi

class Thing(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("test:index:Thing", name)
        self.register_outputs({})

Thing("one")
if package := os.environ.get("PACKAGE"):
    pulumi.CustomResource(
        f"{package}:index:Thing", "theirs", opts=pulumi.ResourceOptions(version=os.environ.get("VERSION"))
    )
pulumi.export("factory", "f-1")
pulumi.export("variables", {"year": 2013})
if said := os.environ.get("FAIL"):
    raise ValueError(said)
wait = os.environ.get("WAIT")
if wait:
    pathlib.Path(wait).touch()
    while pathlib.Path(wait).exists():
        time.sleep(0.02)
"""
CALLER = """
import json, os, sys
from pathlib import Path
from mayfly.cli.app import guarded
from mayfly.cli.output import Output
from mayfly.engine.inline import Program
from mayfly.engine.pulumi import Pulumi
from mayfly.process import leave
root = Path(sys.argv[1])
pulumi = Pulumi(root, dict(os.environ))
inline = Program(root, lambda: None, lambda: None) if sys.argv[2] == "inline" else None
leave(SystemExit(guarded(lambda: pulumi.up("qa-1", lambda event: None, program=inline) and None, Output())))
"""

pytestmark = pytest.mark.skipif(
    not shutil.which("pulumi", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}"),
    reason="needs the Pulumi CLI",
)


@dataclass
class Project:
    root: Path
    environ: dict[str, str]
    runs_it: str = "a language host"

    def pulumi(self, **extra: str) -> Pulumi:
        return Pulumi(self.root, {**self.environ, **extra})

    def caller(self, **extra: str) -> subprocess.Popen[str]:
        """Another process that runs `up`."""
        return subprocess.Popen(
            [sys.executable, "-c", CALLER, str(self.root), self.runs_it],
            env={**self.environ, "PYTHONPATH": str(ROOT), **extra}, cwd=self.root,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    @property
    def locks(self) -> list[Path]:
        return list((self.root / "state/.pulumi/locks").rglob("*.json"))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "Pulumi.yaml").write_text(
        "name: test\nruntime: {name: python, options: {virtualenv: .venv}}\nstackConfigDir: stacks\n"
    )
    (tmp_path / "__main__.py").write_text(PROGRAM)
    (tmp_path / ".venv").symlink_to(Path(sys.prefix))
    (tmp_path / "state").mkdir()
    programs = tmp_path / "bin"
    programs.mkdir()
    shutil.copy(warm().programs / "pulumi-language-python", programs)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PULUMI_", "ARM_"))}
    return Project(
        tmp_path,
        {
            **kept,
            "PATH": os.pathsep.join([str(programs), str(Path(sys.executable).parent), kept["PATH"]]),
            "PULUMI_BACKEND_URL": f"file://{tmp_path / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "x",
            "PULUMI_HOME": str(tmp_path / "home"),
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        },
    )


def nothing(_event: object) -> None:
    """Events are of no interest."""


def until(condition: Callable[[], Any], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.02)


def test_a_whole_life(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    pulumi, run = project.pulumi(), Pulumi._run
    verbs: list[str] = []

    def noted(self: Pulumi, words: Any, *rest: Any, **named: Any) -> Any:
        verbs.append(words[0])
        return run(self, words, *rest, **named)

    monkeypatch.setattr(Pulumi, "_run", noted)
    with pulumi.exporting("qa-1") as exported:
        assert exported() is None
    verbs.clear()
    events: list[Any] = []
    made = pulumi.up("qa-1", events.append)
    assert made.outputs == {"factory": "f-1", "variables": {"year": 2013}}
    assert made.changes == {"create": 2}
    assert [event["sequence"] for event in events] == list(range(len(events)))
    assert sorted(verbs) == ["stack", "up"]
    verbs.clear()
    assert pulumi.up("qa-1", nothing).changes == {"same": 2}
    assert sorted(verbs) == ["stack", "up"]
    workspaces = (project.root / "home/workspaces").rglob("*.json")
    assert not any(json.loads(path.read_text()).get("stack") for path in workspaces), "the user's current one"
    is_read_while_something_else_goes_on(project, pulumi)
    pulumi.remove("qa-1", force=True)
    assert not pulumi.known("qa-1")
    assert not list((project.root / "stacks").glob("*"))
    assert [path for path in (project.root / "state").rglob("qa-1*") if path.is_file()] == []


def is_read_while_something_else_goes_on(project: Project, pulumi: Pulumi) -> None:
    """The state of qa-1; and one that is none is told."""
    with pulumi.exporting("qa-1") as exported:
        state = exported()
    assert state is not None
    assert [resource["type"] for resource in state["deployment"]["resources"]] == [
        "pulumi:pulumi:Stack", "test:index:Thing",
    ]  # fmt: skip
    assert claims(state) == ()
    kept = project.root / "state/.pulumi/stacks/test/qa-1.json"
    text = kept.read_text()
    kept.write_text("{")
    with pulumi.exporting("qa-1") as exported, pytest.raises(PulumiFailed):
        exported()
    kept.write_text(text)


def test_a_state_that_is_nested_too_deeply_is_told() -> None:
    """Go reads and prints 10,000 levels; a hostile state ended `down` without a receipt."""
    with pytest.raises(PulumiFailed, match="is no state"):
        _parsed('{"a":' * 5000 + "1" + "}" * 5000)


def test_a_stack_that_cannot_be_made_tells_why(project: Project) -> None:
    environ = {name: value for name, value in project.environ.items() if "PASSPHRASE" not in name}
    with pytest.raises(PulumiFailed, match=r"could not be made(.|\n)*passphrase"):
        Pulumi(project.root, environ).up("qa-1", nothing)


def test_an_environment_without_its_stack_is_told(project: Project) -> None:
    with pytest.raises(PulumiFailed, match=r"mayfly down qa-1"):
        project.pulumi().up("qa-1", nothing, new=False)


def test_a_stack_is_made_before_the_engine_begins(project: Project) -> None:
    pulumi = project.pulumi()
    known: list[bool] = []

    def exists() -> bool:
        known.append(pulumi.known("qa-1"))
        return False

    assert not pulumi.known("qa-1")
    assert pulumi.up("qa-1", nothing, exists=exists).changes == {"create": 2}
    assert known == [True]
    assert pulumi.up("qa-1", nothing, new=False).changes == {"same": 2}


def test_nothing_is_left_of_a_stack_that_cannot_be(project: Project) -> None:
    def exists() -> bool:
        raise MayflyError("taken")

    with pytest.raises(MayflyError, match="taken"):
        project.pulumi().up("qa-1", nothing, exists=exists)
    assert not project.pulumi().known("qa-1")
    assert [path for path in (project.root / "state").rglob("qa-1*") if path.is_file()] == []


@pytest.fixture
def inline(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project whose program this process runs: what is its language host leaves a mark and fails."""
    host = project.root / "bin/pulumi-language-python"
    host.write_text(f"#!/bin/sh\ntouch {shlex.quote(str(project.root / 'asked'))}\nexit 1\n")
    (project.root / "stacks").mkdir()
    project.runs_it = "inline"
    return project


def own(project: Project) -> Program:
    return Program(project.root, lambda: None, lambda: pytest.fail("nobody asks"))


def test_a_program_of_our_own_process_needs_no_language_host(
    inline: Project, capfd: pytest.CaptureFixture[str]
) -> None:
    program = inline.root / "__main__.py"
    program.write_text(PROGRAM + "print(pathlib.Path.cwd(), os.getpid())\n")
    before, folder = [*sys.path], Path.cwd()
    for changes in ({"create": 2}, {"same": 2}):
        made = inline.pulumi().up("qa-1", nothing, program=own(inline))
        assert made.outputs == {"factory": "f-1", "variables": {"year": 2013}}
        assert made.changes == changes
    assert not (inline.root / "asked").exists()
    assert capfd.readouterr() == ("", f"{inline.root} {os.getpid()}\n" * 2)  # stdout is for the result
    assert (sys.path, Path.cwd()) == (before, folder)
    with pytest.raises(PulumiFailed):  # the control
        inline.pulumi().up("qa-1", nothing)
    assert (inline.root / "asked").exists()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("pulumi.Output.from_input(1).apply(lambda x: x / 0)", "ZeroDivisionError: division by zero"),
        ("raise pulumi.RunError('one\\ntwo')", "one\ntwo"),
        ("raise SystemExit(3)", "Program exited with non-zero exit code: 3"),
        ("import nowhere", "No module named 'nowhere'"),
    ],
)
def test_what_ends_a_program_of_our_own_process_is_told_once(inline: Project, line: str, told: str) -> None:
    (inline.root / "__main__.py").write_text(f"import pulumi\n{line}\n")
    with pytest.raises(PulumiFailed) as caught:
        inline.pulumi().up("qa-1", nothing, program=own(inline))
    assert str(caught.value).count(told) == 1
    assert "mayfly/engine" not in str(caught.value)
    if "RunError" in line:
        assert "Traceback" not in str(caught.value)


@LINUX
def test_another_user_cannot_have_the_program_run(inline: Project) -> None:
    with serving.serving(inline.environ, own(inline)) as served:
        served.start()
        address = served.flags[0].removeprefix("--client=")
        with grpc.insecure_channel(address) as channel:
            run = channel.unary_unary("/pulumirpc.LanguageRuntime/GetRequiredPackages")
            assert run(b"", timeout=20, wait_for_ready=True) == b""
        caller = [sys.executable, "-c", ANOTHER_USER, address]
        assert subprocess.run(caller, capture_output=True, text=True).stderr == "PERMISSION_DENIED\n"


def test_absent_is_fine(project: Project) -> None:
    project.pulumi().remove("qa-1")


def test_an_error_is_told_whole(project: Project) -> None:
    with pytest.raises(PulumiFailed) as caught:
        project.pulumi(FAIL="the first line\nthe second line").up("qa-1", nothing)
    assert "ValueError: the first line\nthe second line" in str(caught.value)


def test_what_the_cloud_does_not_allow_is_told_as_such(project: Project) -> None:
    """As azure-native prints what Resource Manager refused."""
    said = 'Status=403 Code="AuthorizationFailed" Message="The client does not have authorization"'
    with pytest.raises(NotAllowed, match="does not have authorization") as caught:
        project.pulumi(FAIL=said).up("qa-1", nothing)
    assert caught.value.exit_code == 3


def test_what_pulumi_says_before_it_begins_is_told(project: Project) -> None:
    del project.environ["PULUMI_CONFIG_PASSPHRASE"]
    with pytest.raises(PulumiFailed, match="PULUMI_CONFIG_PASSPHRASE"):
        project.pulumi().up("qa-1", nothing)


@pytest.mark.parametrize(
    ("package", "version", "told"),
    [
        ("aws", "7.9.1", "`pulumi plugin install resource aws 7.9.1` brings it"),
        ("azure-native", "", "`pulumi plugin install resource azure-native` brings it"),
        ("evil", "1.0.0", "mayfly fetches no plugin that a program or a state names"),
    ],
)
def test_a_plugin_that_is_missing_is_told_and_not_fetched(
    project: Project, package: str, version: str, told: str
) -> None:
    project.environ["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] = "false"
    with pytest.raises(PulumiFailed) as caught:
        project.pulumi(PACKAGE=package, **({"VERSION": version} if version else {})).up("qa-1", nothing)
    assert told in str(caught.value)
    assert not list((project.root / "home").rglob("resource-*"))


def test_no_cli_is_told(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(project.root / "none/python"))
    with pytest.raises(MayflyError, match="scripts/setup"):
        project.pulumi(PATH="/nowhere").up("qa-1", nothing)


@pytest.mark.parametrize("runs_it", ["a language host", "inline"])
def test_ctrl_c_reaches_the_engine_once_and_the_stack_stays_usable(project: Project, runs_it: str) -> None:
    project.runs_it = runs_it
    waiting = project.root / "waiting"
    caller = project.caller(WAIT=str(waiting))
    until(waiting.exists)
    caller.send_signal(signal.SIGINT)
    _, said = caller.communicate(timeout=60)
    assert caller.returncode == 130, said
    assert "Traceback" not in said
    assert project.locks == []
    assert project.pulumi().up("qa-1", nothing).outputs["factory"] == "f-1"


@pytest.mark.parametrize("runs_it", ["a language host", "inline"])
def test_when_we_are_killed_the_engine_ends_by_itself_and_the_next_goes_on(
    project: Project, runs_it: str
) -> None:
    project.runs_it = runs_it
    waiting = project.root / "waiting"
    caller = project.caller(WAIT=str(waiting))
    until(waiting.exists)
    caller.kill()
    caller.communicate()
    assert project.pulumi().up("qa-1", nothing).outputs["factory"] == "f-1"
    assert project.locks == []


@pytest.mark.parametrize("runs_it", ["a language host", "inline"])
def test_when_the_engine_is_killed_the_next_goes_on(project: Project, runs_it: str) -> None:
    project.runs_it = runs_it
    waiting = project.root / "waiting"
    caller = project.caller(WAIT=str(waiting))
    until(waiting.exists)
    (lock,) = project.locks
    os.kill(json.loads(lock.read_text())["pid"], signal.SIGKILL)
    caller.communicate(timeout=60)
    assert caller.returncode == 1
    waiting.unlink()
    assert project.pulumi().up("qa-1", nothing).outputs["factory"] == "f-1"
    assert project.locks == []
