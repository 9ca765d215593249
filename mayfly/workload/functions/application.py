"""The application side of functions: names and sources alone. How they run, the infrastructure says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mayfly.errors import Problem
from mayfly.workload.functions import code, rules
from mayfly.workload.functions.folder import folders, misnamed, missing, root_of


@dataclass(frozen=True)
class Application:
    """What runs in an environment that takes over how it runs.

    folder: where it was read. sources: function → path in its folder → content; no function.yaml is read.
    """

    folder: Path
    sources: Mapping[str, Mapping[str, bytes]] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """The functions' names, in order."""
        return sorted(self.sources)

    @property
    def shown(self) -> str:
        """The folder, as messages name it."""
        return f"{self.folder.parent.name}/{self.folder.name}"


def examine(folder: Path) -> tuple[Application, list[Problem]]:
    """Read the sources of a workload's functions; what is wrong with them is returned.

    folder: the one that holds `functions/`, or that folder itself.
    """
    root = root_of(folder)
    if not root.is_dir():
        return Application(root), [missing(folder)]
    found = Application(root)
    paths, problems = folders(root, folder, found.shown)
    sources = {}
    for path in paths:
        file = f"{found.shown}/{path.name}"
        if not rules.is_name(path.name):
            problems.append(misnamed(path.name, file))
        sources[path.name] = code.read(path, folder, file, problems) or {}
        problems += code.problems(sources[path.name], None, file, file)
    if not sources and not problems:
        problems.append(missing(root))
    return Application(root, sources), problems


def names(folder: Path) -> list[str]:
    """The names of a workload's functions, in order; none where it has no folder of them."""
    root = root_of(folder)
    paths = folders(root, folder, root.name)[0] if root.is_dir() else []
    return [path.name for path in paths if rules.is_name(path.name)]
