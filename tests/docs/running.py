"""Runs what a page of the documentation says."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
from pathlib import Path

from tests.docs.pages import PAGES, blocks
from tests.support.checkout import HERE, Finished, clean_environment, copy_project
from tests.support.warm import begin_warm

WITH_COMMANDS = [
    page for page in PAGES if any(block.language == "sh" and not block.marker for block in blocks(page))
]
BENCHMARKS = HERE / "docs/benchmarks.md"

OURS = "'mayfly up, mayfly down' 'our program, plain Pulumi'"
"""Contenders that every other test runs."""

SMALLER = {
    r"(?m)^\./scripts/test$": "./scripts/test tests/naming/test_naming_tags.py",  # the whole runs this test
    r"up_down (.*)--rounds \d+": rf"up_down \1--rounds 0 --without Terraform {OURS}",
    r"teardown (.*)--rounds \d+": r"teardown \1--rounds 1",
    r"--objects [\d ]+": "--objects 10 ",
}
"""What takes long, and what is done in its place."""

LONGEST = 240.0
"""Seconds for a page."""

NO_SETUP = "#!/bin/sh\n# The tests share the virtual environment that the real one made.\n"


def follow(page: Path, folder: Path) -> Finished:
    """Do all that a page says, in one shell that ends at the first failure and says where it was.

    folder: an empty one; it becomes a checkout as a new user has it, with a local cloud of its own. Its verbs
    begin warm where the page does not call Pulumi itself, and does not measure.
    """
    checkout = copy_project(folder)
    shell = "".join(block.text for block in blocks(page) if block.language == "sh")
    if not re.search(r"\bpulumi |-m bench", shell):
        begin_warm(checkout.root)
    (checkout.root / "scripts/setup").write_text(NO_SETUP)
    lines = ["set -euo pipefail"]
    for block in blocks(page):
        if block.path:
            lines += [
                f"mkdir -p {shlex.quote(str(Path(block.path).parent))}",
                writing(block.path, block.text),
            ]
        elif block.language == "sh" and not block.marker:
            lines += [f"echo '== {block.where}'", smaller(block.text)]
    (checkout.root / "page.sh").write_text("\n".join(lines))
    environ = {name: value for name, value in clean_environment().items() if not name.startswith("PYTEST_")}
    try:
        return run(["bash", "page.sh"], checkout.root, {**environ, "MAYFLY_LOCAL_DELETE_SECONDS": "0.2"})
    finally:
        checkout.run("mayfly", "local", "stop", principal="nobody").ok()


def smaller(text: str) -> str:
    """The same commands, with less to do."""
    for pattern, less in SMALLER.items():
        text = re.sub(pattern, less, text)
    return text


def run(command: list[str], folder: Path, environ: dict[str, str]) -> Finished:
    """Run a command to its end; one that takes too long is killed with all that it started."""
    process = subprocess.Popen(
        command, cwd=folder, env=environ, text=True, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        stdout, stderr = process.communicate(timeout=LONGEST)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        stdout, stderr = process.communicate()
    return Finished(" ".join(command), process.returncode, stdout, stderr)


def writing(path: str, text: str) -> str:
    return f"cat >{shlex.quote(path)} <<'END_OF_{len(text)}'\n{text}END_OF_{len(text)}"
