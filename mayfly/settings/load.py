"""Loads an environment's settings: every file is checked, and all problems are told together."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from mayfly.errors import BadInput, Problem
from mayfly.nearest import choices
from mayfly.settings import files, ids, rules
from mayfly.settings.document import Document, read
from mayfly.settings.models import EnvironmentSettings, Fabric, VariableGroup
from mayfly.settings.overrides import override

PROJECT = "mayfly"


def load(root: Path, stack: str, environ: Mapping[str, str]) -> EnvironmentSettings:
    """Return the settings of the environment that a stack is named after.

    root: the project's folder, which holds Pulumi.yaml and `stacks/`.
    stack: the environment's name, `qa-142` or `prod`.
    environ: the process's environment: `MAYFLY_VAR_<NAME>` overrides a variable.

    Raises BadInput with all problems of the name, of all files of `stacks/`, and of the overrides.
    """
    known, groups = files.fabrics(root), files.variables(root)
    problems = [*known.problems, *groups.problems]
    for name, document in known.documents.items():
        problems += _dangling(root, name, document, groups.documents)
    try:
        fabric, id = _environment(stack, known)
    except BadInput as error:
        raise BadInput([*error.problems, *problems]) from None
    variables = groups.found.get(fabric.variables) if fabric else None
    if variables is not None:
        variables, wrong = override(variables, environ)
        problems += wrong
    if problems or fabric is None or variables is None:
        raise BadInput(problems)
    return _settings(root, stack, fabric, id, variables)


def fabrics(root: Path) -> dict[str, Fabric]:
    """Return every fabric of a project by its name. Raises BadInput with all problems of their files."""
    known = files.fabrics(root)
    if known.problems:
        raise BadInput(known.problems)
    return known.found


def fabric_of(root: Path, stack: str) -> Fabric:
    """Return the fabric of an environment, from the fabric's own file alone: others may be gone or broken.

    For a teardown, which has to work whatever else is wrong. Raises BadInput.
    """
    name, id = ids.parse(stack)
    fabric = files.fabric(root, name)
    _check_id(stack, fabric, id)
    return fabric


def _environment(stack: str, known: files.Files[Fabric]) -> tuple[Fabric | None, str | None]:
    """The fabric (None: its file is broken, which is told elsewhere) and the id of an environment."""
    name, id = ids.parse(stack)
    if name not in known.documents:
        raise BadInput([files.unknown_fabric(name, known.documents)])
    fabric = known.found.get(name)
    if fabric is not None:
        _check_id(stack, fabric, id)
    return fabric, id


def _check_id(stack: str, fabric: Fabric, id: str | None) -> None:
    where = f"environment {stack!r}"
    if fabric.permanent and id is not None:
        what = f"the fabric {fabric.name!r} is permanent: its one environment has no id"
        raise BadInput([Problem(where, what, f"use {fabric.name!r}, or another fabric")])
    if not fabric.permanent and id is None:
        what = f"the fabric {fabric.name!r} is ephemeral: its environments have an id"
        raise BadInput([Problem(where, what, f"{fabric.name}-<id>, such as {fabric.name}-142")])


def _dangling(root: Path, name: str, document: Document, groups: Collection[str]) -> Iterator[Problem]:
    """What a fabric names that is not there, whatever else is wrong with its file."""
    if not document.data:
        return
    group, workload = document.data.get("variables", name), document.data.get("workload")
    if isinstance(group, str) and group and group not in groups:
        what = f"there is no {files.VARIABLES}/{group}.yaml"
        yield Problem(document.where(("variables",)), what, choices(group, groups))
    if rules.is_folder(workload) and not (root / workload).is_dir():
        what = f"there is no folder {workload!r}"
        yield Problem(document.where(("workload",)), what, "the folder that holds factory/")


def _settings(
    root: Path, stack: str, fabric: Fabric, id: str | None, variables: VariableGroup
) -> EnvironmentSettings:
    return EnvironmentSettings(
        name=stack,
        fabric=fabric,
        id=id,
        variables=variables,
        workload=(root / fabric.workload).resolve(),
        project=_project(root),
    )


def _project(root: Path) -> str:
    """The project's name, from Pulumi.yaml."""
    path = root / "Pulumi.yaml"
    name = read(path, path.name).data.get("name") if path.is_file() else None
    return name if isinstance(name, str) and name else PROJECT
