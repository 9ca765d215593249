"""Loads an environment's settings: every file is checked, and all problems are told together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mayfly.errors import BadInput, Problem
from mayfly.registry import ENTRIES
from mayfly.settings import cross_checks, files, ids, workload
from mayfly.settings.document import read
from mayfly.settings.fabrics import Fabric
from mayfly.settings.models import EnvironmentSettings, VariableGroup
from mayfly.settings.overrides import override, undeclared

PROJECT = "mayfly"


@dataclass(frozen=True)
class Examined:
    """What the files say of an environment, as far as they can be used.

    settings: None when anything is wrong. cloud, variables, workload: where it is to run, with which group
    (overridden) and which folder; None when they cannot be made out, kept when something else is wrong.
    problems: of the name, of all files of `stacks/`, of what the workload declares, and of the overrides.
    application: whether it takes its sources over, so that the group does not have them. permanent: None
    where its file does not say whether it is.
    missing: that the fabric's own workload is not there, which matters to who deploys it.
    """

    settings: EnvironmentSettings | None
    cloud: str | None
    variables: VariableGroup | None
    workload: Path | None
    problems: Sequence[Problem]
    application: bool = False
    permanent: bool | None = None
    missing: Problem | None = None


def load(root: Path, stack: str, environ: Mapping[str, str]) -> EnvironmentSettings:
    """Return the settings of the environment that a stack is named after.

    root: the project's folder, which holds Pulumi.yaml and `stacks/`.
    stack: the environment's name, `qa-142` or `prod`.
    environ: the process's environment: `MAYFLY_VAR_<NAME>` overrides a variable, and `MAYFLY_WORKLOAD` names
        the workload's folder. It need not be there.

    Raises BadInput with all problems of the name, of all files of `stacks/`, of what the workload declares,
    and of the overrides.
    """
    found = examine(root, stack, environ)
    if found.settings is None:
        raise BadInput(found.problems)
    return found.settings


def examine(root: Path, stack: str, environ: Mapping[str, str]) -> Examined:
    """Read the settings of an environment as `load` does, for a caller with more to check."""
    known, groups = files.fabrics(root), files.variables(root)
    fabric, id, problems = _environment(stack, known)
    problems += [*known.problems, *groups.problems]
    problems += cross_checks.problems(known, groups)
    name, further = stack.partition("-")[0], dict[str, str]()
    application, permanent = _is_application(known, name), _is_permanent(known, name)
    cloud, group, named = _named(known, name)
    folder, wrong = workload.folder(root, named, environ)
    missing = None if folder or wrong or not named else _missing(known, name, named)
    problems += wrong
    variables, places, wrong = _merged(groups.found.get(group) if group else None, folder, cloud)
    problems += wrong
    if variables is not None:
        further = undeclared(variables, environ)
        variables, wrong = override(variables, environ, open=application)
        problems += wrong
    found = Examined(None, cloud, variables, folder, problems, application, permanent, missing)
    if problems or fabric is None or variables is None:
        return found
    settings = _settings(root, stack, fabric, id, variables, folder or root / fabric.workload, places)
    if fabric.infrastructure is not None:
        taken = {"infrastructure": known.found[fabric.infrastructure], "undeclared": further}
        settings = settings.model_copy(update=taken)
    return replace(found, settings=settings)


def fabrics(root: Path) -> dict[str, Fabric]:
    """Return every fabric of a project by its name. Raises BadInput with all problems of their files."""
    known = files.fabrics(root)
    if known.problems:
        raise BadInput(known.problems)
    return known.found


def readable_fabrics(root: Path) -> Sequence[Fabric]:
    """Return every fabric of a project whose file can be used; the others are passed over."""
    return [*files.fabrics(root).found.values()]


def has_fabric(root: Path, stack: str) -> bool:
    """Return whether an environment's fabric has a file. Raises BadInput for what is no name of one."""
    return files.has_fabric(root, ids.parse(stack)[0])


def fabric_of(root: Path, stack: str) -> Fabric:
    """Return the fabric of an environment, from the fabric's own file alone: others may be gone or broken.

    For a teardown, which has to work whatever else is wrong. Raises BadInput.
    """
    name, id = ids.parse(stack)
    fabric = files.fabric(root, name)
    _check_id(stack, fabric, id)
    return fabric


def _environment(stack: str, known: files.Files[Fabric]) -> tuple[Fabric | None, str | None, list[Problem]]:
    """The fabric and the id of an environment, and what is wrong with its name.

    The fabric is None when the name is none, and when its file is broken, which is told elsewhere.
    """
    try:
        name, id = ids.parse(stack)
        if name not in known.documents:
            raise BadInput([files.unknown_fabric(name, known.documents)])
        fabric = known.found.get(name)
        if fabric is not None:
            _check_id(stack, fabric, id)
    except BadInput as error:
        return None, None, [*error.problems]
    return fabric, id, []


def _check_id(stack: str, fabric: Fabric, id: str | None) -> None:
    where = f"environment {stack!r}"
    if fabric.permanent and id is not None:
        what = f"the fabric {fabric.name!r} is permanent: its one environment has no id"
        raise BadInput([Problem(where, what, f"use {fabric.name!r}, or another fabric")])
    if not fabric.permanent and id is None:
        what = f"the fabric {fabric.name!r} is ephemeral: its environments have an id"
        raise BadInput([Problem(where, what, f"{fabric.name}-<id>, such as {fabric.name}-142")])


def _named(known: files.Files[Fabric], name: str) -> tuple[str | None, str | None, str | None]:
    """Cloud, variable group and folder that a fabric names; None when there is no such fabric."""
    document = known.documents.get(name)
    if document is None:
        return None, None, None
    cloud = document.data.get("cloud")
    return cloud if cloud in ENTRIES else None, *cross_checks.named(name, document)


def _merged(
    declared: VariableGroup | None, folder: Path | None, cloud: str | None
) -> tuple[VariableGroup | None, Mapping[str, str], list[Problem]]:
    """The platform's variables with the workload's own, and where it declares these; None when unknown."""
    if declared is None or folder is None:
        return declared, {}, []
    merged, problems = workload.merge(declared, folder, cloud)
    return (merged.group, merged.places, problems) if merged else (None, {}, problems)


def _missing(known: files.Files[Fabric], name: str, named: str) -> Problem:
    where = known.documents[name].where(("workload",))
    fix = "the folder that holds factory/ or functions/; one of another checkout by --workload PATH"
    return Problem(where, f"there is no folder {named!r}", fix)


def _is_application(known: files.Files[Fabric], name: str) -> bool:
    """Whether a fabric's file says so, whatever else is wrong with it."""
    document = known.documents.get(name)
    return document is not None and document.data.get("scope") == "application"


def _is_permanent(known: files.Files[Fabric], name: str) -> bool | None:
    """Whether a fabric's file says so, whatever else is wrong with it; None where it says neither."""
    document = known.documents.get(name)
    lifetime = document.data.get("lifetime") if document is not None else None
    return lifetime == "permanent" if lifetime in ("permanent", "ephemeral") else None


def _settings(
    root: Path,
    stack: str,
    fabric: Fabric,
    id: str | None,
    variables: VariableGroup,
    folder: Path,
    places: Mapping[str, str],
) -> EnvironmentSettings:
    return EnvironmentSettings(
        name=stack,
        fabric=fabric,
        id=id,
        variables=variables,
        workload=folder,
        project=project(root),
        declared_by_workload=places,
    )


def project(root: Path) -> str:
    """The project's name, from Pulumi.yaml."""
    path = root / "Pulumi.yaml"
    name = read(path, path.name).data.get("name") if path.is_file() else None
    return name if isinstance(name, str) and name else PROJECT
