"""Reads a factory folder, as ADF Studio's Git integration writes it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any

from mayfly import plain_files
from mayfly.errors import BadInput, Problem
from mayfly.nearest import nearest
from mayfly.workload.factory import answers, check, jsontext
from mayfly.workload.factory.document_kinds import (
    DOCUMENT_KINDS,
    FOLDERS,
    NETWORK,
    file,
    is_store,
    kind_of,
    name,
)
from mayfly.workload.factory.fit import fit, runtime_of, unusable_runtimes
from mayfly.workload.factory.reach import Reach, reaches

LARGEST = 4 * 1024 * 1024
"""Bytes of a document. Source: Azure Resource Manager, "Request limits": the size of a request."""


@dataclass(frozen=True)
class Factory:
    """What runs in an environment.

    folder: where it was read. documents: key (`pipeline/flights`) to the JSON text, as in its file, or as
    the variable group has it. notes: what is left out, or is to be known of them; it stops nothing.
    answers: how the variable group answers for a linked service, by its key.
    """

    folder: Path
    documents: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[Problem] = ()
    answers: Mapping[str, str] = field(default_factory=dict)

    def names(self, of: str) -> list[str]:
        """The names of one kind, `pipeline`, in order."""
        return sorted(name(key) for key in self.documents if kind_of(key) == of)

    def elsewhere(self, stores: Collection[str]) -> list[Reach]:
        """Return what in it reaches places outside the environment.

        stores: the variable group's, which take the place of linked services.
        """
        parsed = {key: json.loads(text) for key, text in self.documents.items()}
        others = {key: one for key, one in parsed.items() if not is_store(key, stores)}
        return reaches(others, answers=self.answers)


def load(folder: Path, variables: check.Variables | None = None) -> Factory:
    """Read a workload and check all of it.

    folder: the factory folder itself (`pipeline/`, `dataset/`, …), or the one that holds it as `factory/`.
    variables: the variable group it is to run with; without one, every linked service has to be in the
    folder, and no global parameter is known.

    Raises BadInput with all problems of all files.
    """
    workload, problems = examine(folder, variables or check.NoVariables())
    if problems:
        raise BadInput(problems)
    return workload


def examine(
    folder: Path, variables: check.Variables | None, permanent: bool | None = None
) -> tuple[Factory, list[Problem]]:
    """Read a workload as `load` does, but return the problems, for a caller with more to check.

    variables: None when the variable group cannot be read; what needs it is then not checked. permanent:
    whether the environment is; None where that is not known, and nothing is left out or refused for it.
    """
    problems: list[Problem] = []
    root = _root(folder)
    if not root.is_dir():
        return Factory(root), [
            Problem(str(folder), "there is no such folder", "the folder that holds factory/")
        ]
    if not _is_plain(root, folder, "", problems):
        return Factory(root), [_under(root, folder, problem) for problem in problems]
    problems.extend(_misnamed_folders(root))
    texts, documents, unread = _read(root, folder, problems)
    answered = answers.answered(documents, variables) if variables else answers.Answered(documents)
    if not unread:  # of what cannot be read, nobody knows what it lacks
        problems.extend(answered.problems)
    documents = answered.documents
    moved = _moved(documents, variables.containers if variables else (), permanent)
    documents |= moved
    texts |= {key: json.dumps(documents[key], indent=4) for key in (*answered.changed, *moved)}
    if not texts and not problems:
        problems.append(Problem("", "holds no document", f"folders named {', '.join(FOLDERS)}"))
    problems.extend(check.problems(documents, variables, unread))
    stores = variables.containers if variables else ()
    endpoints = variables is not None and variables.managed_private_endpoints == "sent"
    fits = fit(documents, stores, permanent if variables else None, endpoints)
    what = "is a store, and signs in from the environment's own runtime: the file's has no node there"
    fix = "nothing is to be done"
    own = [Problem(f"{file(key)}: properties.connectVia", what, fix) for key in moved]
    notes = [_under(root, folder, note) for note in (*_others(root), *own, *fits.notes)]
    sent = {key: _sent(key, text) for key, text in texts.items() if key not in fits.left_out}
    found = [_under(root, folder, problem) for problem in (*problems, *fits.problems)]
    services = [key for key in sent if kind_of(key) == "linkedService"] if variables else []
    told = {key: answer for key in services if variables and (answer := answers.answer_of(key, variables))}
    return Factory(root, sent, notes, told), found


def _sent(key: str, text: str) -> str:
    """A document as it is sent: ADF Studio writes the network without the properties that are asked for."""
    if key != NETWORK or "properties" in (document := json.loads(text)):
        return text
    return json.dumps({**document, "properties": {}}, indent=4)


def _moved(
    documents: Mapping[str, dict[str, Any]], stores: Collection[str], permanent: bool | None
) -> dict[str, dict[str, Any]]:
    """The stores' linked services of an ephemeral environment without a runtime that it cannot use.

    A store is reached from anywhere, and its address is another one now.
    """
    unusable = unusable_runtimes(documents) if permanent is False else set()
    found = {}
    for key, document in documents.items():
        properties = document.get("properties")
        if is_store(key, stores) and isinstance(properties, dict) and runtime_of(properties) in unusable:
            kept = {field: value for field, value in properties.items() if field != "connectVia"}
            found[key] = {**document, "properties": kept}
    return found


def parsed(folder: Path) -> dict[str, dict[str, Any]]:
    """Return a folder's documents as they are read, unchecked, with those of the factory's own settings.

    folder: see `load`. The factory's own are `factory/<name>`. Raises BadInput with what cannot be read.
    """
    root, problems = _root(folder), list[Problem]()
    if not root.is_dir():
        raise BadInput([Problem(str(folder), "there is no such folder", "the folder that holds factory/")])
    _, documents, _ = _read(root, folder, problems)
    own = root / "factory"
    for path in (
        sorted(own.glob("*.json")) if own.is_dir() and _is_plain(own, folder, "factory", problems) else ()
    ):
        try:
            text = plain_files.read(path, folder, LARGEST).decode("utf-8-sig")
        except (plain_files.NotPlain, UnicodeDecodeError, OSError):
            continue
        document, _ = jsontext.read(text, path.name)
        if document is not None:
            documents[f"factory/{path.stem}"] = document
    if not documents and not problems:
        problems.append(Problem(str(folder), "holds no document", f"folders named {', '.join(FOLDERS)}"))
    if problems:
        raise BadInput([_under(root, folder, problem) for problem in problems])
    return documents


def _root(folder: Path) -> Path:
    """The factory's folder: in a factory folder itself, `factory/` holds the factory's own settings."""
    inner, is_factory = folder / "factory", any((folder / known).is_dir() for known in FOLDERS)
    return inner if inner.is_dir() and not is_factory else folder


def _under(root: Path, folder: Path, problem: Problem) -> Problem:
    """Name the file from the workload's folder on: `flights/factory/pipeline/month.json`."""
    start = f"{folder.name}/{root.name}" if root != folder else folder.name
    return Problem(f"{start}/{problem.where}", problem.what, problem.fix)


def _misnamed_folders(root: Path) -> Iterator[Problem]:
    """Folders whose name is similar to a kind's. Others, such as factory/, are not ours."""
    for path in sorted(root.iterdir()):
        other = path.name not in FOLDERS and path.is_dir() and not path.is_symlink()
        meant = nearest(path.name, FOLDERS) if other else None
        if meant and any(path.rglob("*.json")):
            yield Problem(path.name, "is no kind of document", f"did you mean {meant}?")


def _others(root: Path) -> Iterator[Problem]:
    """A note for each folder with documents that are not sent."""
    for path in sorted(root.iterdir()):
        if path.name in FOLDERS or path.name.startswith(".") or path.is_symlink() or not path.is_dir():
            continue
        if nearest(path.name, FOLDERS) is None and any(path.glob("*.json")):
            yield Problem(f"{path.name}/", *_NOT_SENT.get(path.name, _UNKNOWN))


_NOT_SENT = {
    "adfcdc": ("is not sent: change data capture would read production's tables on its own", "run pipelines"),
    "factory": (
        "is not sent: the fabric makes the factory",
        "global parameters are the variable group's values",
    ),
}
_UNKNOWN = ("is not sent: no kind of document", f"one of {', '.join(FOLDERS)}")


def _read(
    root: Path, top: Path, problems: list[Problem]
) -> tuple[dict[str, str], dict[str, dict[str, Any]], set[str]]:
    """The text and the object of every document that can be read, and the keys of those that cannot.

    top: the workload's folder, out of which nothing is read.
    """
    texts, documents, unread = {}, {}, set()
    for kind in FOLDERS:
        paths = (root / kind).glob("**/*.json") if _is_plain(root / kind, top, kind, problems) else ()
        for path in sorted(paths):
            key = f"{_kind(kind, path.relative_to(root).parent)}/{path.stem}"
            text, document = _document(root, top, key, path, problems)
            if text is None or document is None:
                unread.add(key)
            else:
                texts[key], documents[key] = text, document
    return texts, documents, unread - documents.keys()


def _kind(folder: str, inside: PurePath) -> str:
    """The kind of the documents in a folder, or in one inside it."""
    of_inner = (kind for kind, found in DOCUMENT_KINDS.items() if found.folder == inside.as_posix())
    return next(of_inner, folder)


def _is_plain(path: Path, top: Path, file: str, problems: list[Problem]) -> bool:
    try:
        plain_files.check(path, top)
    except plain_files.NotPlain as refused:
        problems.append(Problem(file, refused.what, refused.fix))
        return False
    return True


def _document(
    root: Path, top: Path, key: str, path: Path, problems: list[Problem]
) -> tuple[str | None, dict[str, Any] | None]:
    """One document's text and object, unless it lies in the wrong place or cannot be read."""
    kind = DOCUMENT_KINDS[kind_of(key)]
    if path.parent != root / (kind.folder or kind_of(key)):
        what, fix = f"lies in a folder inside {kind_of(key)}/", f"move it to {kind_of(key)}/ itself"
        problems.append(Problem(path.relative_to(root).as_posix(), what, fix))
        return None, None
    try:
        text = plain_files.read(path, top, LARGEST).decode("utf-8-sig")
    except plain_files.NotPlain as refused:
        problems.append(Problem(f"{plain_files.shown(key)}.json", refused.what, refused.fix))
        return None, None
    except UnicodeDecodeError as error:
        problems.append(Problem(f"{key}.json", f"byte {error.start} is not UTF-8", "save it as UTF-8"))
        return None, None
    except OSError as error:
        problems.append(Problem(f"{key}.json", f"cannot be read: {error.strerror}", "a readable file"))
        return None, None
    document, wrong = jsontext.read(text, f"{key}.json")
    problems.extend(wrong)
    return text, document
