"""The documentation is run: every command of a page, in its order, in a checkout as a new user has it.

Three kinds of block: `sh` is run; a block whose marker is a path (`yaml stacks/fabrics/etl.yaml`) is written
to that file first; `sh azure` and `sh aws` need a real cloud, so what they call of ours and of Pulumi is only
held against the command lines.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from mayfly import settings
from mayfly.workload import loading
from mayfly.workload.factory import Factory
from tests.docs.commands import wrong
from tests.docs.pages import PAGES, Block, blocks, prose, spans
from tests.docs.running import BENCHMARKS, WITH_COMMANDS, follow
from tests.support.checkout import HERE, copy_project

README = HERE / "README.md"
RUN = [page for page in WITH_COMMANDS if page != BENCHMARKS]
"""Pages that are run here; the benchmarks have a file of their own, since they take a while."""


def test_something_is_run() -> None:
    assert {page.name for page in RUN} >= {
        "README.md",
        "your-own-factory.md",
        "your-own-functions.md",
        "permissions-aws.md",
        "local-cloud.md",
        "concepts.md",
    }


@pytest.mark.parametrize("page", RUN, ids=lambda page: page.name)
def test_every_command_of_a_page_works(page: Path, tmp_path: Path) -> None:
    done = follow(page, tmp_path).ok()
    stacks = [*tmp_path.glob(".mayfly/pulumi/.pulumi/stacks/mayfly/*.json")]
    assert not stacks, "a page leaves nothing behind"
    if page == README:
        shown = next(block for block in blocks(page) if block.marker == "demo")
        assert not missing(shown.text, done.stdout)


def missing(shown: str, real: str) -> list[str]:
    """Lines of shown output that the real one does not have, in the same order; "…" stands for anything."""
    rest = iter([normal(line) for line in real.splitlines()])
    wanted = [line for line in shown.splitlines() if line.strip() not in ("", "…")]
    return [line for line in wanted if not any(re.fullmatch(pattern(line), other) for other in rest)]


def pattern(line: str) -> str:
    return r".*".join(re.escape(part) for part in normal(line).split("…"))


def normal(line: str) -> str:
    """Without what differs from run to run: durations, and the space that columns take."""
    return " ".join(re.sub(r"\b\d+(\.\d+)? s\b", "# s", line).split())


def test_shown_output_is_held_against_the_real_one() -> None:
    real = "a  1\nqa-142 is up: 14 created in 3 s\nb"
    assert missing("…\nqa-142 is up: 14 created in 2 s\n", real) == []
    assert missing("qa-142 is up: 13 created in 2 s", real)
    assert missing("b\na 1", real) == ["a 1"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_verb_and_option_that_is_named_exists(page: Path) -> None:
    shell = [block.text for block in blocks(page) if block.language == "sh"]
    inline = [span for span in spans(prose(page)) if "…" not in span.split()[:3]]
    assert wrong("\n".join([*shell, *inline])) == []


def test_what_does_not_exist_is_found() -> None:
    assert wrong("mayfly destroy qa-1") == ["mayfly destroy qa-1: there is no such verb"]
    assert wrong("x=$(mayfly id --nope b)") == ["mayfly id has no option --nope"]
    assert wrong("mayfly local lgos") == ["mayfly local lgos: there is no such verb"]
    assert wrong("pulumi up --stack qa-1 --nope") == ["pulumi up has no option --nope"]
    assert wrong("pulumi stack nope") == ["pulumi stack nope: there is no such verb"]
    assert wrong("mayfly up qa-1 --json; pulumi stack rm --yes qa-1 # pulumi nope") == []


@pytest.mark.parametrize(
    "block", [block for block in blocks() if block.language == "sh"], ids=lambda block: block.where
)
def test_shell_is_shell(block: Block) -> None:
    subprocess.run(["bash", "-n"], input=block.text, text=True, check=True)


@pytest.mark.parametrize(
    "page", sorted({block.page for block in blocks() if block.path}), ids=lambda page: page.name
)
def test_example_files_are_what_the_program_takes(page: Path, tmp_path: Path) -> None:
    files = [block for block in blocks(page) if block.path]
    root = copy_project(tmp_path).root
    for block in files:
        target = root / str(block.path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(block.text)
    for block in files:
        if str(block.path).startswith("stacks/"):
            name = Path(str(block.path)).stem
            stack = name if settings.fabrics(root)[name].permanent else f"{name}-1"
            _, runs = loading.load(root, stack, {})
            assert runs.documents if isinstance(runs, Factory) else runs.names
