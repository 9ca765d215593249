"""Breaks one line at a time in permissions, teardown and proof, and tells which the tests do not notice.

Run by scripts/mutate in a copy of the tree, with mutmut importable. mutmut writes every mutant of a function
into one module and chooses among them by a variable, so a mutant costs a fork and the tests that run its
function. It breaks no constants of modules: test_policies_as_written and test_probes_as_written notice those.
A mutant is chosen after the tests were imported, so a test notices nothing by what its module made before.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

ROOMS = {
    "permissions": (
        "mayfly/clouds/aws/permissions/*",
        "mayfly/clouds/aws/statements.py",
        "mayfly/clouds/azure/permissions.py",
    ),
    "teardown": (
        "mayfly/teardown/*",
        "mayfly/clouds/aws/kinds/*",
        "mayfly/clouds/aws/emptying.py",
        "mayfly/clouds/aws/owner.py",
        "mayfly/clouds/thing.py",
    ),
    "proof": (
        "mayfly/cli/prove.py",
        "mayfly/proof/aws/prove.py",
        "mayfly/proof/aws/environments.py",
        "mayfly/proof/aws/probes.py",
        "mayfly/proof/aws/roles.py",
        "mayfly/proof/aws/trial.py",
        "mayfly/proof/azure/canary.py",
        "mayfly/proof/azure/prove.py",
        "mayfly/proof/azure/trial.py",
    ),
}
"""What is sampled, by the names that the figures have in docs/security.md."""

TESTS = (
    "tests/clouds",
    "tests/teardown",
    "tests/cli/aws",
    "tests/cli/azure",
    "tests/cli/test_probes_as_written.py",
    "tests/cli/test_prove.py",
)
"""Where the tests of these rooms are."""

SLOW = (
    "tests/cli/aws/test_aws_prove.py",
    "tests/cli/aws/test_aws_recovery.py",
    "tests/cli/aws/test_aws_run.py",
    "tests/cli/azure/test_list.py",
    "tests/cli/azure/test_prove.py",
    "tests/cli/azure/test_reach.py",
    "tests/cli/azure/test_recovery.py",
    "tests/cli/azure/test_run.py",
    "tests/clouds/test_aws_boundary.py",
    "tests/clouds/test_aws_on_local_cloud.py",
    "tests/clouds/test_azure_deployer.py",
    "tests/clouds/test_azure_on_local_cloud.py",
    "tests/teardown/aws/test_sweep.py",
    "tests/teardown/aws/test_teardown_aws.py",
    "tests/teardown/test_teardown.py",
)
"""Those of them that have a local cloud in each test, which would take minutes for each survivor. They notice
more than what the figures say.
"""

COPIED = (
    "components",
    "docs",
    "examples",
    "localcloud",
    "mayfly",
    "plugin",
    "stacks",
    "Pulumi.yaml",
    "README.md",
)

SURVIVED, NO_TEST = 0, 33
"""mutmut's exit codes of a mutant that the tests passed with, and of one that no test runs."""

PROSE = re.compile(r"XX[^\"']*XX")
SID = re.compile(r"(allow|deny|_denied|Sid)\W")


@dataclass(frozen=True)
class Mutant:
    """One broken line. room: of ROOMS. name: mutmut's. line: before and after, as a diff has them."""

    room: str
    name: str
    line: str


def main() -> int:
    """Print the survivors of a sample and the share that was noticed; 1 when a room is below the aim."""
    parser = argparse.ArgumentParser(prog="scripts/mutate", description=__doc__)
    parser.add_argument("--room", choices=ROOMS, action="append", help="of this room alone")
    parser.add_argument("--seed", type=int, default=0, help="which sample is taken")
    parser.add_argument("--most", type=int, default=30, metavar="N", help="mutants a room")
    parser.add_argument(
        "--aim", type=float, default=95, metavar="PERCENT", help="share that has to be noticed"
    )
    given = parser.parse_args()
    _configure()
    _generate()
    chosen = list(_sample(given.room or [*ROOMS], given.seed, given.most))
    _run(chosen)
    return _tell(chosen, given.aim)


def _configure() -> None:
    """Write mutmut's own settings into the copy's pyproject.toml."""
    lists = {
        "source_paths": ["mayfly"],
        "only_mutate": [pattern for patterns in ROOMS.values() for pattern in patterns],
        "also_copy": list(COPIED),
        "pytest_add_cli_args_test_selection": [*TESTS, *(f"--deselect={path}" for path in SLOW)],
    }
    lines = [f"{name} = {json.dumps(value)}" for name, value in lists.items()]
    with Path("pyproject.toml").open("a") as file:
        file.write("\n".join(["", "[tool.mutmut]", *lines, ""]))


def _generate() -> None:
    from mutmut import __main__ as mutmut

    mutmut.set_mutant_under_test("mutant_generation")
    Path("mutants").mkdir(exist_ok=True)
    mutmut.copy_src_dir()
    mutmut.copy_also_copy_files()
    mutmut.setup_source_paths()
    mutmut.create_mutants(1)


def _sample(rooms: Sequence[str], seed: int, most: int) -> Iterator[Mutant]:
    """Mutants of each room whose change a test could notice."""
    for room in rooms:
        found = [mutant for pattern in ROOMS[room] for mutant in _names(pattern)]
        random.Random(seed).shuffle(found)
        yield from islice(_mutants(room, found), most)


def _names(pattern: str) -> Iterator[tuple[Path, str]]:
    """The mutants of files, each with its file."""
    files = f"{pattern.removesuffix('*')}**/*.py.meta" if pattern.endswith("*") else f"{pattern}.meta"
    for meta in sorted(Path("mutants").glob(files)):
        path = meta.relative_to("mutants").with_suffix("")
        yield from ((path, name) for name in json.loads(meta.read_text())["exit_code_by_key"])


def _mutants(room: str, found: Iterable[tuple[Path, str]]) -> Iterator[Mutant]:
    from mutmut.mutation.diff_apply import get_diff_for_mutant

    for path, name in found:
        line = _change(get_diff_for_mutant(name, path=path))
        if line is not None:
            yield Mutant(room, name, line)


def _change(diff: str) -> str | None:
    """The lines that a diff changes; None for what is the same to every reader.

    Left out are letters' case in a text (clouds do not mind it in keys and actions), the words of messages,
    and the names of statements.
    """
    changed = [line for line in diff.splitlines()[2:] if line[:1] in "+-"]
    before = "\n".join(line[1:] for line in changed if line[0] == "-")
    after = "\n".join(line[1:] for line in changed if line[0] == "+")
    if before.lower() == after.lower():
        return None
    wrapped = PROSE.search(after)
    if wrapped and (" " in wrapped[0].strip() or SID.search(after[: wrapped.start()][-12:])):
        return None
    return "\n".join(changed)


def _run(chosen: list[Mutant]) -> None:
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", "2", *(one.name for one in chosen)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _tell(chosen: list[Mutant], aim: float) -> int:
    ended = {
        name: code
        for meta in Path("mutants").rglob("*.py.meta")
        for name, code in json.loads(meta.read_text())["exit_code_by_key"].items()
    }
    below = False
    for room in dict.fromkeys(one.room for one in chosen):
        mutants = [one for one in chosen if one.room == room]
        survivors = [one for one in mutants if ended[one.name] in (SURVIVED, NO_TEST)]
        for one in survivors:
            why = "no test runs it" if ended[one.name] == NO_TEST else "not noticed"
            sys.stdout.write(f"{one.name}: {why}\n{one.line}\n")
        noticed = 100 * (len(mutants) - len(survivors)) / len(mutants)
        count = f"{len(mutants) - len(survivors)} of {len(mutants)}"
        sys.stdout.write(f"{room}: {count} noticed, {noticed:.0f} %\n\n")
        below |= noticed < aim
    return int(below)


if __name__ == "__main__":
    sys.exit(main())
