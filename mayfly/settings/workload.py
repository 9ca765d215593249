"""The workload of another repository's checkout: its folder, and variables of its own.

It is data, and its author may be anybody who opened a pull request. The platform decides what it may read and
do, and where it runs; the workload declares its sinks and plain values.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from pydantic import Field

from mayfly import plain_files, registry
from mayfly.errors import Problem
from mayfly.settings.document import Document, read
from mayfly.settings.files import VARIABLES, same_names, secrets_in
from mayfly.settings.forms import SettingsForm, fill
from mayfly.settings.git_origin import checkout
from mayfly.settings.invalid import shown
from mayfly.settings.models import VariableGroup
from mayfly.settings.overrides import SECTIONS, folded
from mayfly.settings.stores import SinkStore
from mayfly.settings.types import StoreName, Value, ValueName

VARIABLE = "MAYFLY_WORKLOAD"
"""The environment variable that names the folder; a relative path starts at the working directory."""

FILE = "mayfly.yaml"
"""What a workload says itself, beside `factory/` or `functions/`."""

_FOLDER = "the folder that holds factory/ or functions/"
_OWN = ("sinks", "values")


class WorkloadVariables(SettingsForm):
    """The variables that a workload declares itself: `mayfly.yaml`."""

    name: str
    """The folder's."""

    sinks: Mapping[StoreName, SinkStore] = Field(default_factory=dict)
    """Store to what is written: containers of the environment's own account, a folder of its own bucket."""

    values: Mapping[ValueName, Value] = Field(default_factory=dict)
    """Plain values: the factory's global parameters, the functions' environment variables."""


def folder(root: Path, named: str | None, environ: Mapping[str, str]) -> tuple[Path | None, list[Problem]]:
    """Return the folder of an environment's workload, and what is wrong with the one that was given.

    named: the folder that the fabric names, in the project itself; taken where none is given.

    It is None when it is not there. A folder of another checkout that is reached by a link inside that
    checkout is refused: whoever wrote the checkout chose where it leads.
    """
    given = environ.get(VARIABLE)
    if given is None:
        own = (root / named).resolve() if named else None
        return (own if own is not None and own.is_dir() else None), []
    if not given.strip():
        return None, [Problem(VARIABLE, "is empty", f"{_FOLDER}, or unset it for the fabric's own")]
    where = f"workload {shown(given)}"
    path = Path(os.path.abspath(given))  # noqa: PTH100 - resolve() would follow its links
    try:
        plain_files.check(path, checkout(path) or path.parent)
    except plain_files.NotPlain as refused:
        return None, [Problem(where, refused.what, f"{_FOLDER} itself, reached by no link of its checkout")]
    if not path.is_dir():
        return None, [Problem(where, "there is no such folder", f"{_FOLDER}, here {path}")]
    return path.resolve(), []


def merge(
    group: VariableGroup, own: Path, cloud: str | None
) -> tuple[VariableGroup | None, dict[str, str], list[Problem]]:
    """Add a workload's own variables to a variable group.

    own: the workload's folder. cloud: its fabric's.

    Returns the group, or None when the workload's file cannot be read; where each added name is declared, by
    its `folded` form; and what is wrong.
    """
    file = own / FILE
    if not (file.is_symlink() or file.exists()):
        return group, {}, []
    document = read(file, f"{own.name}/{FILE}", own)
    fix = f"{' and '.join(_OWN)} alone: sources, permissions and fabrics are the platform's"
    problems = [
        Problem(document.where((name,)), "cannot be set by a workload", fix)
        for name in document.data
        if name not in _OWN
    ]
    known = {section: document.data[section] for section in _OWN if section in document.data}
    form, wrong = fill(WorkloadVariables, replace(document, data=known), {"name": own.name})
    problems += [*wrong, *same_names(document), *secrets_in(document)]
    if form is None:
        return None, {}, problems
    problems += [
        Problem(
            document.where(("sinks", store)), "a seed reads production", "the platform's group declares it"
        )
        for store, sink in form.sinks.items()
        if sink.seeds
    ]
    brought = VariableGroup(name=group.name, sinks=form.sinks, values=form.values)
    problems += _taken(group, brought, document)
    if cloud is not None:
        problems += registry.of(cloud).variable_problems(brought, document)
    sections = {section: {**getattr(group, section), **getattr(brought, section)} for section in _OWN}
    places = {
        folded(name): document.where((section, name))
        for section in _OWN
        for name in getattr(brought, section)
    }
    return group.model_copy(update=sections), places, problems


def _taken(group: VariableGroup, brought: VariableGroup, document: Document) -> Iterator[Problem]:
    """Names that the platform's group has as well: it decides what they stand for."""
    declared = {folded(name): f"{section}.{name}" for section in SECTIONS for name in getattr(group, section)}
    for section in _OWN:
        for name in getattr(brought, section):
            if other := declared.get(folded(name)):
                what = f"is declared by the platform: {VARIABLES}/{group.name}.yaml has {other}"
                yield Problem(document.where((section, name)), what, "call it otherwise, or leave it out")
