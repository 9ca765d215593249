"""Completes an application by what its infrastructure publishes: sources, and how functions run.

A module of its own, which the package does not import: see `environment`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mayfly.errors import BadInput, Problem
from mayfly.nearest import choices
from mayfly.settings import EnvironmentSettings, with_sources
from mayfly.workload.factory import folder
from mayfly.workload.factory.folder import Factory
from mayfly.workload.factory.kinds import file, kind
from mayfly.workload.functions import Application, Function, Functions, code, published, variables
from mayfly.workload.functions.published import Published, PublishedFunction


def settings(environment: EnvironmentSettings, found: Mapping[str, Any]) -> EnvironmentSettings:
    """Return the settings of an application on AWS with its infrastructure's sources.

    found: what that published, a JSON object. Raises BadInput.
    """
    return _reading(environment, published.read(environment, found))


def _reading(environment: EnvironmentSettings, infrastructure: Published) -> EnvironmentSettings:
    return with_sources(environment, infrastructure.sources, published.parameter(environment))


def functions(
    environment: EnvironmentSettings, own: Application, found: Mapping[str, Any]
) -> tuple[EnvironmentSettings, Functions]:
    """Return an application on AWS with its infrastructure's sources, and its functions as they run there.

    They keep their own sources. None has a schedule: what triggers functions is infrastructure.
    found: what the infrastructure published, a JSON object.

    Raises BadInput with all problems: what was published, and functions that cannot run as it says.
    """
    infrastructure = published.read(environment, found)
    wanted = _reading(environment, infrastructure)
    problems = list(variables.problems(wanted.variables))
    made = {}
    for name in own.names:
        runs = infrastructure.functions.get(name)
        if runs is None:
            problems.append(_unknown(environment, own, name, infrastructure.functions))
        else:
            made[name] = _function(name, runs, own.sources[name])
            problems += _handler(environment, own, made[name])
    if problems:
        raise BadInput(problems)
    return wanted, Functions(own.folder, made)


def _unknown(
    environment: EnvironmentSettings, own: Application, name: str, known: Mapping[str, object]
) -> Problem:
    infrastructure = environment.fabric.infrastructure
    what = f"the infrastructure {infrastructure} has no function of this name"
    fix = f"deploy it there first, as its owner; {choices(name, known, none='it has none')}"
    return Problem(f"{own.shown}/{name}", what, fix)


def _function(name: str, runs: PublishedFunction, sources: Mapping[str, bytes]) -> Function:
    """A function as the infrastructure runs it. Its layers name their region already."""
    how = runs.model_dump(exclude={"name", "layers"})
    return Function(name=name, **how, sources=sources).model_copy(update={"layers": runs.layers})


def _handler(environment: EnvironmentSettings, own: Application, function: Function) -> Iterator[Problem]:
    """The handler that the infrastructure calls may not be in these sources."""
    file, infrastructure = f"{own.shown}/{function.name}", environment.fabric.infrastructure
    yield from code.problems(function.sources, function, file, f"{file}: handler of {infrastructure}")


def containers(environment: EnvironmentSettings, sources: Mapping[str, Any]) -> EnvironmentSettings:
    """Return the settings of an application on Azure with its infrastructure's sources.

    sources: store → id of its container, as the infrastructure's group tells them. Raises BadInput.
    """
    return with_sources(environment, sources, f"the group {environment.infrastructure_group}")


def factory(
    environment: EnvironmentSettings, workload: Factory, sources: Mapping[str, Any]
) -> tuple[EnvironmentSettings, Factory]:
    """Return an application on Azure with its infrastructure's sources, and its documents but the triggers.

    sources: see `containers`.

    Raises BadInput with what of the workload does not go with these sources.
    """
    wanted = containers(environment, sources)
    checked, problems = folder.examine(wanted.workload, wanted.variables, wanted.fabric.permanent)
    if problems:
        raise BadInput(problems)
    runs = {key: text for key, text in checked.documents.items() if kind(key) != "trigger"}
    dropped = [_not_sent(key) for key in checked.documents if key not in runs]
    return wanted, Factory(workload.folder, runs, [*checked.notes, *dropped])


def _not_sent(key: str) -> Problem:
    return Problem(
        file(key), "is not sent: what triggers pipelines is infrastructure", "start them by `mayfly run`"
    )
