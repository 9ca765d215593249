"""Reads the functions of a workload: one folder each, with its function.yaml and its sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mayfly import plain_files
from mayfly.errors import BadInput, Problem
from mayfly.settings import VariableGroup
from mayfly.settings.document import read
from mayfly.settings.forms import fill
from mayfly.workload.functions import code, rules, variables
from mayfly.workload.functions.code import MANIFEST
from mayfly.workload.functions.models import Function, Infrastructure

FOLDER = "functions"
_FIX = f"a folder a function, {FOLDER}/<name>/ with {MANIFEST} and its sources"


@dataclass(frozen=True)
class Functions:
    """What runs in an environment.

    folder: where it was read. functions: each by its name, in order.
    """

    folder: Path
    functions: Mapping[str, Function] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """The functions' names, in order."""
        return sorted(self.functions)


def load(folder: Path, group: VariableGroup | None = None) -> Functions:
    """Read the functions of a workload and check all of them.

    folder: the one that holds `functions/`, or that folder itself.
    group: the variable group they are to run with, if that is to be checked.

    Raises BadInput with all problems of all files.
    """
    functions, problems = examine(folder, group)
    if problems:
        raise BadInput(problems)
    return functions


def examine(folder: Path, group: VariableGroup | None) -> tuple[Functions, list[Problem]]:
    """Read functions as `load` does, for a caller with more to check: what is wrong is returned."""
    root = root_of(folder)
    shown = f"{root.parent.name}/{root.name}"
    if not root.is_dir():
        return Functions(root), [missing(folder)]
    found: dict[str, Function] = {}
    paths, problems = folders(root, folder, shown)
    for path in paths:
        function, wrong = _function(path, folder, f"{shown}/{path.name}")
        problems += wrong
        if function is not None:
            found[path.name] = function
    if not found and not problems:
        problems.append(missing(root))
    problems += _too_many(found, shown)
    if group is not None:
        problems += variables.problems(group)
    return Functions(root, found), problems


def _too_many(found: Mapping[str, Function], shown: str) -> Iterator[Problem]:
    scheduled = sum(function.schedule is not None for function in found.values())
    if scheduled > rules.MOST_SCHEDULED:
        what = f"{scheduled} functions have a schedule"
        yield Problem(shown, what, f"at most {rules.MOST_SCHEDULED}: one role calls them all")


def root_of(folder: Path) -> Path:
    """The folder of the functions: `functions/` of a workload, or the folder itself where it is that."""
    return folder if folder.name == FOLDER and not (folder / FOLDER).is_dir() else folder / FOLDER


def missing(folder: Path) -> Problem:
    """Say that a workload has no functions, or that the folder of them holds none."""
    if folder.name == FOLDER:
        return Problem(f"{folder.parent.name}/{FOLDER}", "holds no function", _FIX)
    return Problem(folder.name, f"there is no folder {FOLDER}/ in it", _FIX)


def folders(root: Path, top: Path, shown: str) -> tuple[list[Path], list[Problem]]:
    """The folder of each function, with what is wrong with what lies there.

    top: the workload's folder. shown: the functions' folder for messages.
    """
    if wrong := link(root, top, shown):
        return [], [wrong]
    there = [path for path in sorted(root.iterdir()) if path.is_dir() and not _is_left_behind(path)]
    links = {path: link(path, top, f"{shown}/{path.name}") for path in there}
    plain = [path for path, wrong in links.items() if wrong is None]
    return plain, [*_strays(root, shown), *(wrong for wrong in links.values() if wrong is not None)]


def link(path: Path, top: Path, file: str) -> Problem | None:
    """Say that a folder is a link, or has a name that cannot be shown; None when it is as it should be."""
    try:
        plain_files.check(path, top)
    except plain_files.NotPlain as refused:
        return Problem(plain_files.shown(file), refused.what, refused.fix)
    return None


def _is_left_behind(path: Path) -> bool:
    return path.name.startswith(".") or path.name == "__pycache__"


def _strays(root: Path, shown: str) -> Iterator[Problem]:
    """Code beside the functions: it would be in none of them."""
    for path in sorted(root.glob("*.py")):
        what = "lies beside the functions, so it would be in none of them"
        yield Problem(f"{shown}/{path.name}", what, f"move it to {shown}/<name>/, or make a layer of it")


def _function(folder: Path, top: Path, file: str) -> tuple[Function | None, list[Problem]]:
    """A function with all that is wrong with it, None when it cannot be used. top: the workload's folder."""
    problems = [] if rules.is_name(folder.name) else [misnamed(folder.name, file)]
    manifest = folder / MANIFEST
    if not manifest.is_file():
        there = sorted(path.name for path in folder.glob("*.y*ml"))
        what = f"there is no {MANIFEST} in it" + (f", but {there[0]}" if there else "")
        return None, [*problems, Problem(file, what, f"rename it to {MANIFEST}" if there else _FIX)]
    document = read(manifest, f"{file}/{MANIFEST}", top)
    infrastructure, wrong = fill(Infrastructure, document, {"name": folder.name})
    problems += wrong
    sources = code.read(folder, top, file, problems)
    if sources is not None:
        problems += code.problems(sources, infrastructure, file, document.where(("handler",)))
    if problems or infrastructure is None or sources is None:
        return None, problems
    return Function(**infrastructure.model_dump(), sources=sources), []


def misnamed(name: str, file: str) -> Problem:
    """Say that a folder's name cannot be a function's."""
    return Problem(file, f"{name[:60]!r} is not a function's name", rules.NAME)
