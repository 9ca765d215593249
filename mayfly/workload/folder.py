"""Reads a factory folder, as ADF Studio's Git integration writes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mayfly.errors import BadInput, Problem
from mayfly.nearest import nearest
from mayfly.workload import check, jsontext
from mayfly.workload.kinds import KINDS, kind, name


@dataclass(frozen=True)
class Workload:
    """What runs in an environment.

    folder: where it was read. documents: key (`pipeline/flights`) to the JSON text, as in its file.
    """

    folder: Path
    documents: Mapping[str, str] = field(default_factory=dict)

    def names(self, of: str) -> list[str]:
        """The names of one kind, `pipeline`, in order."""
        return sorted(name(key) for key in self.documents if kind(key) == of)


def load(folder: Path, variables: check.Variables | None = None) -> Workload:
    """Read a workload and check all of it.

    folder: the factory folder itself (`pipeline/`, `dataset/`, …), or the one that holds it as `factory/`.
    variables: the variable group it is to run with; without one, every linked service has to be in the
    folder, and no global parameter is known.

    Raises BadInput with all problems of all files.
    """
    problems: list[Problem] = []
    root = _root(folder)
    if not root.is_dir():
        raise BadInput([Problem(str(folder), "there is no such folder", "the folder that holds factory/")])
    problems.extend(_folders(root))
    texts, documents = _read(root, problems)
    if not texts and not problems:
        problems.append(Problem(folder.name, "holds no document", f"folders named {', '.join(KINDS)}"))
    problems.extend(check.problems(documents, variables or check.NoVariables()))
    if problems:
        raise BadInput([_under(root, folder, problem) for problem in problems])
    return Workload(root, texts)


def _root(folder: Path) -> Path:
    """The factory folder. In a factory folder itself, `factory/` holds the factory's own settings."""
    inner = folder / "factory"
    is_factory = any((folder / known).is_dir() for known in KINDS)
    return inner if inner.is_dir() and not is_factory else folder


def _under(root: Path, folder: Path, problem: Problem) -> Problem:
    """Name the file from the workload's folder on: `flights/factory/pipeline/month.json`."""
    start = f"{folder.name}/{root.name}" if root != folder else folder.name
    return Problem(f"{start}/{problem.where}", problem.what, problem.fix)


def _folders(root: Path) -> Iterator[Problem]:
    """Folders that were meant to be a kind and are not; others, such as factory/, are none of ours."""
    for path in sorted(root.iterdir()):
        meant = None if path.name in KINDS or not path.is_dir() else nearest(path.name, KINDS)
        if meant and any(path.rglob("*.json")):
            yield Problem(path.name, "is no kind of document", f"did you mean {meant}?")


def _read(root: Path, problems: list[Problem]) -> tuple[dict[str, str], dict[str, dict[str, Any]]]:
    """The text and the object of every document that can be read."""
    texts, documents = {}, {}
    for key, path in _files(root, problems):
        text = _text(path, key, problems)
        if text is None:
            continue
        document, wrong = jsontext.read(text, f"{key}.json")
        problems.extend(wrong)
        if document is not None:
            texts[key], documents[key] = text, document
    return texts, documents


def _files(root: Path, problems: list[Problem]) -> Iterator[tuple[str, Path]]:
    for known in KINDS:
        for path in sorted((root / known).glob("**/*.json")):
            inner = path.relative_to(root).as_posix()
            if path.parent == root / known:
                yield f"{known}/{path.stem}", path
            else:
                problems.append(Problem(inner, *_nested(known)))


def _nested(known: str) -> tuple[str, str]:
    if known == "managedVirtualNetwork":
        what = "a managed private endpoint asks its target, production, to approve a connection"
        return what, "take it out: an environment changes nothing in production"
    return f"lies in a folder inside {known}/", f"move it to {known}/ itself"


def _text(path: Path, key: str, problems: list[Problem]) -> str | None:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problems.append(Problem(f"{key}.json", f"byte {error.start} is not UTF-8", "save it as UTF-8"))
    except OSError as error:
        problems.append(Problem(f"{key}.json", f"cannot be read: {error.strerror}", "a readable file"))
    return None
