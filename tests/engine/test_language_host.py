"""The real CLI runs programs through our language host."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support import official_host

if TYPE_CHECKING:
    from tests.engine.conftest import Workspace

ROOT = Path(__file__).resolve().parents[2]


def test_a_program_runs_in_its_own_folder_and_sees_its_configuration(plain: Workspace) -> None:
    plain.pulumi("config", "set", "colour", "green")
    plain.write("helper.py", "value = 3\n")
    plain.write(
        "__main__.py",
        """
        import pathlib, sys
        import helper, pulumi
        print("printed by the program")
        pulumi.export("value", helper.value)
        pulumi.export("colour", pulumi.Config().require("colour"))
        pulumi.export("folder", str(pathlib.Path.cwd()))
        pulumi.export("stack", pulumi.get_stack())
        pulumi.export("dry", pulumi.runtime.is_dry_run())
        pulumi.export("prefix", sys.prefix)
        pulumi.export("input", sys.stdin.read())
        """,
    )
    assert "printed by the program" in plain.up()
    assert plain.outputs() == {
        "value": 3,
        "colour": "green",
        "folder": str(plain.folder),
        "stack": "dev",
        "dry": False,
        "prefix": sys.prefix,
        "input": "",
    }


def test_a_preview_and_the_update_after_it_are_runs_of_their_own(plain: Workspace) -> None:
    plain.write("part.py", "import pulumi\npulumi.export('dry', pulumi.runtime.is_dry_run())\n")
    plain.write("__main__.py", "import part\n")
    plain.pulumi("up", "--yes")
    assert plain.outputs() == {"dry": False}


def test_an_exception_reaches_the_user_as_the_program_s_own_traceback(plain: Workspace) -> None:
    plain.write("broken.py", "def fail():\n    raise ValueError('boom')\n")
    plain.write("__main__.py", "import broken\nbroken.fail()\n")
    done = plain.try_pulumi("preview")
    assert done.returncode != 0
    assert "error: Program failed with an unhandled exception:" in done.stdout
    assert f'File "{plain.folder}/__main__.py", line 2, in <module>' in done.stdout
    assert f'File "{plain.folder}/broken.py", line 2, in fail' in done.stdout
    assert "ValueError: boom" in done.stdout
    assert "language_host" not in done.stdout.replace("using pulumi-language-python", "")


ENDS = {
    "import pulumi\npulumi.Config().require('nothing')": (
        "Missing required configuration variable 'probe:nothing'"
    ),
    "import (": "SyntaxError",
    "import sys\nsys.exit(3)": "Program exited with non-zero exit code: 3",
    "import sys\nsys.exit('because')": "because",
    "import pulumi\npulumi.Output.from_input(1).apply(lambda _: 1 / 0)": (
        "ZeroDivisionError: division by zero"
    ),
    "import pulumi\nraise pulumi.RunError('told so')": "error: told so",
}
"""What a program ends by, and what is said of it."""


def test_what_ends_a_program_is_said_and_fails_the_command(plain: Workspace) -> None:
    """But for a clean exit, which is no failure."""
    for program, message in ENDS.items():
        plain.write("__main__.py", program + "\n")
        done = plain.try_pulumi("preview")
        assert done.returncode != 0, program
        assert message in done.stdout + done.stderr
    plain.write("__main__.py", "import sys\nsys.exit(0)\n")
    plain.up()


def test_another_virtual_environment_is_refused(plain: Workspace) -> None:
    plain.write("Pulumi.yaml", "name: probe\nruntime: {name: python, options: {virtualenv: elsewhere}}\n")
    plain.write("__main__.py", "")
    done = plain.try_pulumi("preview")
    assert done.returncode != 0
    assert f"the program asks for {plain.folder}/elsewhere" in done.stdout


def test_about_and_install_are_answered(plain: Workspace) -> None:
    plain.write("__main__.py", "")
    about = plain.pulumi("about")
    assert f"executable='{sys.prefix}/bin/python" in about
    assert "azure-core" in about
    assert "installed by the project's own set-up" in plain.pulumi("install")


def _start(plain: Workspace) -> subprocess.Popen[str]:
    launcher = plain.environ["PATH"].split(":")[0] + "/pulumi-language-python"
    host = subprocess.Popen(
        [launcher, "127.0.0.1:1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert host.stdout is not None
    assert int(host.stdout.readline()) > 0
    return host


def test_it_leaves_when_the_cli_has_gone(plain: Workspace) -> None:
    with _start(plain) as host:
        assert host.stdin is not None
        host.stdin.close()
        assert host.wait(10) == 0


def test_it_leaves_at_once_when_interrupted(plain: Workspace) -> None:
    with _start(plain) as host:
        host.send_signal(signal.SIGINT)
        assert host.wait(10) == -signal.SIGINT


@pytest.fixture
def official(plain: Workspace, tmp_path: Path) -> Path:
    """An empty program, and a host that asks for pip as the official one does; its calls are in this file."""
    calls = tmp_path / "calls"
    plain.host("tests.support.official_host")
    plain.environ[official_host.CALLS] = str(calls)
    plain.write("__main__.py", "")
    return calls


def test_an_update_passes_where_the_host_asks_for_pip(plain: Workspace, official: Path) -> None:
    plain.up()
    assert official.read_text().splitlines() == ["--version", "list --format json"]


def test_an_update_would_fail_without_pip(plain: Workspace, official: Path, tmp_path: Path) -> None:
    """The control: what is called pip here is none."""
    (tmp_path / "nothing").mkdir()
    (tmp_path / "nothing" / "pip.py").write_text("raise ImportError('No module named pip')\n")
    plain.environ["PYTHONPATH"] = str(tmp_path / "nothing")
    done = plain.try_pulumi("up", "--yes", "--skip-preview")
    assert done.returncode != 0
    assert "pip" in done.stdout + done.stderr


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-local.txt", "requirements-dev.txt"])
def test_pip_is_locked(lock: str) -> None:
    assert "\npip==" in (ROOT / lock).read_text()
