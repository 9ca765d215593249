"""The files of `stacks/`: every fabric and every variable group, read and checked together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Generic, TypeVar

from mayfly import registry
from mayfly.errors import BadInput, Problem
from mayfly.nearest import choices
from mayfly.settings.document import Document, Field, read
from mayfly.settings.fabrics import Fabric, Life
from mayfly.settings.forms import fill
from mayfly.settings.invalid import InvalidValue, no_secret
from mayfly.settings.models import VariableGroup
from mayfly.settings.overrides import SECTIONS, folded

FABRICS = "stacks/fabrics"
VARIABLES = "stacks/variables"

Form = TypeVar("Form")


@dataclass(frozen=True)
class Files(Generic[Form]):
    """What one folder holds, by the files' names.

    found: the forms that could be filled. documents: every file, filled or not. problems: of all files.
    """

    found: dict[str, Form] = field(default_factory=dict)
    documents: dict[str, Document] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def fabrics(root: Path) -> Files[Fabric]:
    """Read every fabric of a project."""
    files: Files[Fabric] = Files()
    for name, document in _documents(root, FABRICS, files.problems):
        form, problems = _fabric(name, document)
        files.documents[name] = document
        files.problems.extend(problems)
        if form is not None:
            files.found[name] = form
    return files


def has_fabric(root: Path, name: str) -> bool:
    """Whether a fabric has a file."""
    return (root / FABRICS / f"{name}.yaml").is_file()


def fabric(root: Path, name: str) -> Fabric:
    """Read one fabric; other files do not matter. Raises BadInput."""
    path = root / FABRICS / f"{name}.yaml"
    if not has_fabric(root, name):
        raise BadInput([unknown_fabric(name, (other.stem for other in (root / FABRICS).glob("*.yaml")))])
    form, problems = _fabric(name, read(path, f"{FABRICS}/{name}.yaml"))
    if form is None or problems:
        raise BadInput(problems)
    return form


def _fabric(name: str, document: Document) -> tuple[Fabric | None, list[Problem]]:
    """One fabric with all that is wrong with it; an ephemeral one gets a length of life in any case."""
    given = {"name": name, "variables": name}
    on = document.data.get("cloud")
    if not isinstance(on, str) or on not in registry.ENTRIES:
        common = {*Fabric.model_fields}
        known = {field for one in registry.every().values() for field in one.fabric_form.model_fields}
        data = {field: value for field, value in document.data.items() if field not in known - common}
        _, problems = fill(Fabric, replace(document, data=data), given)
        return None, [*problems, *_life_of_permanent(document)]
    form, problems = fill(registry.of(on).fabric_form, document, given)
    problems += _life_of_permanent(document)
    if form is not None and not form.permanent and form.life is None:
        form = form.model_copy(update={"life": Life()})
    return form, problems


def unknown_fabric(name: str, known: Iterable[str]) -> Problem:
    """Return the problem of an unknown fabric, with the known ones."""
    none = f"there is none: write {FABRICS}/{name}.yaml"
    return Problem(f"fabric {name!r}", f"there is no {FABRICS}/{name}.yaml", choices(name, known, none=none))


def variables(root: Path) -> Files[VariableGroup]:
    """Read every variable group of a project."""
    files: Files[VariableGroup] = Files()
    for name, document in _documents(root, VARIABLES, files.problems):
        form, problems = fill(VariableGroup, document, {"name": name})
        files.documents[name] = document
        files.problems.extend(problems)
        files.problems.extend(same_names(document))
        files.problems.extend(secrets_in(document))
        if form is not None:
            files.found[name] = form
    return files


def _documents(root: Path, folder: str, problems: list[Problem]) -> Iterator[tuple[str, Document]]:
    paths = sorted((root / folder).glob("*.y*ml"))
    if not paths:
        problems.append(
            Problem(folder, "there is no file <name>.yaml in it", "run in the project's own folder")
        )
    for path in paths:
        file = f"{folder}/{path.name}"
        if path.suffix == ".yaml":
            yield path.stem, read(path, file)
        else:
            problems.append(
                Problem(file, f"its name ends in {path.suffix}", f"rename it to {path.stem}.yaml")
            )


def _life_of_permanent(document: Document) -> Iterator[Problem]:
    if document.data.get("lifetime") == "permanent" and document.data.get("life") is not None:
        what = "a permanent fabric has no length of life"
        yield Problem(document.where(("life",)), what, "leave it out, or say `lifetime: ephemeral`")


def same_names(document: Document) -> Iterator[Problem]:
    """Names that one environment variable would override together.

    Data Factory does not tell names apart by case either.
    """
    first: dict[str, str] = {}
    for section in SECTIONS:
        fields = document.data.get(section)
        for name in fields if isinstance(fields, dict) else ():
            at = f"{section}.{name}"
            other = first.setdefault(folded(name), at)
            if other != at:
                what = f"is the same name as {other}, as upper and lower case, - and _ are not told apart"
                yield Problem(document.where((section, name)), what, "call one of the two otherwise")


def secrets_in(document: Document) -> Iterator[Problem]:
    """Values that look like secrets, or are called so. Of other fields, `invalid.text` says it."""
    for section in ("values", "linked_services", "overrides"):
        yield from _secrets(document, (section,), document.data.get(section))


def _secrets(document: Document, at: Field, value: object, named: object = "") -> Iterator[Problem]:
    """Those in a value, at any depth. named: what it is called; a `value` is called as what it is one of."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in inner:
        called = named if name == "value" or isinstance(name, int) else str(name).rpartition(".")[2]
        yield from _secrets(document, (*at, name), item, called)
    if len(at) > 1 and not isinstance(value, dict | list):
        try:
            no_secret(value if isinstance(value, str) else "", str(named))
        except InvalidValue as refused:
            yield Problem(document.where(at), refused.what, refused.fix)
