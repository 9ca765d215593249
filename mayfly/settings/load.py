"""Loads an environment's settings: checks every file and reports all problems together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mayfly.errors import BadInput, Problem
from mayfly.registry import ENTRIES
from mayfly.settings import cross_checks, expiry, files, ids, workload
from mayfly.settings.document import Document, read
from mayfly.settings.fabrics import Fabric
from mayfly.settings.models import EnvironmentSettings, VariableGroup
from mayfly.settings.overrides import override, undeclared

PROJECT = "mayfly"

IMAGE = "MAYFLY_IMAGE_"
"""What the environment variables begin with that name the digest of a function's image."""


@dataclass(frozen=True)
class Examination:
    """What the files say of an environment, as far as they can be read.

    settings: None when anything is wrong. cloud, variables, workload: its cloud, variable group (overridden)
    and folder; each None when it is unknown. problems: of the name, of all files of `stacks/`, of what the
    workload declares, and of the overrides.
    application: whether it takes its sources over, so that the group has none. permanent: None when the
    fabric's file does not say it.
    missing: the problem that the fabric's own workload does not exist, which only a deployment needs.
    images: function → digest of the image that it runs, as `MAYFLY_IMAGE_<FUNCTION>` hands it over.
    """

    settings: EnvironmentSettings | None
    cloud: str | None
    variables: VariableGroup | None
    workload: Path | None
    problems: Sequence[Problem]
    application: bool = False
    permanent: bool | None = None
    missing: Problem | None = None
    images: Mapping[str, str] = field(default_factory=dict)


def load(root: Path, stack: str, environ: Mapping[str, str]) -> EnvironmentSettings:
    """Return the settings of the environment that a stack is named after.

    root: the project's folder, which holds Pulumi.yaml and `stacks/`.
    stack: the environment's name, `qa-142` or `prod`.
    environ: the process's environment: `MAYFLY_VAR_<NAME>` overrides a variable, `MAYFLY_WORKLOAD` names the
        workload's folder, and `MAYFLY_IMAGE_<FUNCTION>` the image of a function. They need not be there.

    Raises BadInput with all problems of the name, of all files of `stacks/`, of what the workload declares,
    and of the overrides.
    """
    found = examine(root, stack, environ)
    if found.settings is None:
        raise BadInput(found.problems)
    return found.settings


def examine(root: Path, stack: str, environ: Mapping[str, str]) -> Examination:
    """Read the settings of an environment as `load` does, for a caller with more to check."""
    known, groups = files.fabrics(root), files.variables(root)
    fabric, id, problems = _environment(stack, known)
    problems += [*known.problems, *groups.problems, *cross_checks.problems(known, groups)]
    name = stack.partition("-")[0]
    document = known.documents.get(name, Document(name, {}))
    cloud = document.data.get("cloud") if document.data.get("cloud") in ENTRIES else None
    application = document.data.get("scope") == "application"
    permanent = {"permanent": True, "ephemeral": False}.get(str(document.data.get("lifetime")))
    group, named = cross_checks.named(name, document)
    folder, wrong = workload.folder(root, named, environ)
    missing = None
    if not folder and not wrong and named:
        fix = "the folder that holds factory/ or functions/; one of another checkout by --workload PATH"
        missing = Problem(document.where(("workload",)), f"there is no folder {named!r}", fix)
    problems += wrong
    variables, places = groups.found.get(group) if group else None, dict[str, str]()
    if variables is not None and folder is not None:
        variables, places, wrong = workload.merge(variables, folder, cloud)
        problems += wrong
    further = undeclared(variables, environ) if variables else {}
    if variables is not None:
        variables, wrong = override(variables, environ, open=application)
        problems += wrong
    asked, wrong = expiry.requested(environ, fabric)
    problems += wrong
    settings = None
    if not problems and fabric is not None and variables is not None:
        infrastructure = known.found[fabric.infrastructure] if fabric.infrastructure else None
        settings = EnvironmentSettings(
            name=stack,
            fabric=fabric,
            id=id,
            variables=variables,
            workload=folder or root / fabric.workload,
            project=project(root),
            infrastructure=infrastructure,
            declared_by_workload=places,
            expiry=asked,
            undeclared=further if infrastructure else {},
        )
    images = {
        name[len(IMAGE) :].lower(): value for name, value in environ.items() if name.upper().startswith(IMAGE)
    }
    return Examination(settings, cloud, variables, folder, problems, application, permanent, missing, images)


def fabrics(root: Path) -> dict[str, Fabric]:
    """Return every fabric of a project by its name. Raises BadInput with all problems of their files."""
    known = files.fabrics(root)
    if known.problems:
        raise BadInput(known.problems)
    return known.found


def readable_fabrics(root: Path) -> Sequence[Fabric]:
    """Return every fabric of a project whose file is valid; the others are left out."""
    return [*files.fabrics(root).found.values()]


def has_fabric(root: Path, stack: str) -> bool:
    """Return whether an environment's fabric has a file. Raises BadInput for an invalid name."""
    return files.has_fabric(root, ids.parse(stack)[0])


def fabric_of(root: Path, stack: str) -> Fabric:
    """Return the fabric of an environment from the fabric's own file only. Raises BadInput.

    For a teardown, which must work even if other files are missing or broken.
    """
    name, id = ids.parse(stack)
    fabric = files.fabric(root, name)
    _check_id(stack, fabric, id)
    return fabric


def without_variables(root: Path, fabric: Fabric, environment: str) -> EnvironmentSettings:
    """Return settings for a teardown, for which names are enough: the fabric's file alone is needed."""
    return EnvironmentSettings(
        name=environment,
        fabric=fabric,
        id=environment.partition("-")[2] or None,
        variables=VariableGroup(name=fabric.variables),
        workload=root / fabric.workload,
        project=project(root),
    )


def _environment(stack: str, known: files.Files[Fabric]) -> tuple[Fabric | None, str | None, list[Problem]]:
    """The fabric and id in an environment's name, and what is wrong with the name.

    The fabric is None for an invalid name, and for a broken file, whose problems `files` has.
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


def project(root: Path) -> str:
    """The project's name, from Pulumi.yaml."""
    path = root / "Pulumi.yaml"
    name = read(path, path.name).data.get("name") if path.is_file() else None
    return name if isinstance(name, str) and name else PROJECT
