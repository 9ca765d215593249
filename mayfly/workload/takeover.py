"""Completes an application with what its infrastructure publishes: sources, and the functions' settings.

The package does not import this module: see `loading`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mayfly.errors import BadInput, Problem
from mayfly.nearest import choices
from mayfly.settings import EnvironmentSettings, with_sources
from mayfly.workload.factory import folder as factory_folder
from mayfly.workload.factory.document_kinds import file, kind_of
from mayfly.workload.factory.folder import Factory
from mayfly.workload.functions import Application, Function, Functions, code, folder, published, variables


def settings(wanted: EnvironmentSettings, found: Mapping[str, Any]) -> EnvironmentSettings:
    """Return the settings of an application on AWS with its infrastructure's sources.

    found: what that published, a JSON object. Raises BadInput.
    """
    infrastructure = published.read(wanted, found)
    return with_sources(wanted, infrastructure.sources, published.parameter(wanted))


def functions(
    wanted: EnvironmentSettings, own: Application, found: Mapping[str, Any]
) -> tuple[EnvironmentSettings, Functions]:
    """Return an application on AWS with its infrastructure's sources, and its functions with its settings.

    The functions keep their own code, and get no schedules: schedules belong to the infrastructure.
    found: what the infrastructure published, a JSON object.

    Raises BadInput with all problems in what was published, and with functions that do not fit it.
    """
    infrastructure = published.read(wanted, found)
    wanted = with_sources(wanted, infrastructure.sources, published.parameter(wanted))
    problems = list(variables.problems(wanted.variables))
    made = {}
    for name in own.names:
        runs = infrastructure.functions.get(name)
        file = f"{own.shown}/{name}"
        if runs is None:
            what = f"the infrastructure {wanted.fabric.infrastructure} has no function of this name"
            near = choices(name, infrastructure.functions, none="it has none")
            problems.append(Problem(file, what, f"deploy it there first, as its owner; {near}"))
            continue
        # The layers name their region already, so they need no check.
        settings = runs.model_dump(exclude={"name", "layers"})
        function = Function(name=name, **settings, files=own.files[name])
        made[name] = function = function.model_copy(update={"layers": runs.layers})
        where = f"{file}: handler of {wanted.fabric.infrastructure}"
        problems += code.problems(function.files, function, file, where)
    asked = {
        name: own.asked[name]
        for name, function in made.items()
        if name in own.asked and function.takes_requirements
    }
    made, wrong = folder.with_dependencies(made, asked, own.folder, own.shown)
    problems += wrong
    made, wrong = folder.with_images(made, own.images, own.shown, also=own.names)
    if problems or wrong:
        raise BadInput([*problems, *wrong])
    return wanted, Functions(own.folder, made)


def containers(wanted: EnvironmentSettings, sources: Mapping[str, Any]) -> EnvironmentSettings:
    """Return the settings of an application on Azure with its infrastructure's sources.

    sources: store → id of its container, as the infrastructure's group tells them; of a store with several
    containers `store.container` → id. Raises BadInput.
    """
    stores: dict[str, str] = {}
    for label, id in sources.items():
        store = label.partition(".")[0]
        stores[store] = f"{stores[store]},{str(id).rpartition('/')[2]}" if store in stores else str(id)
    return with_sources(wanted, stores, f"the group {wanted.infrastructure_group}")


def factory(
    wanted: EnvironmentSettings, workload: Factory, sources: Mapping[str, Any]
) -> tuple[EnvironmentSettings, Factory]:
    """Return an application on Azure with its infrastructure's sources, and its documents but the triggers.

    sources: see `containers`.

    Raises BadInput with what of the workload does not go with these sources.
    """
    wanted = containers(wanted, sources)
    checked, problems = factory_folder.examine(wanted.workload, wanted.variables, wanted.fabric.permanent)
    if problems:
        raise BadInput(problems)
    runs = {key: text for key, text in checked.documents.items() if kind_of(key) != "trigger"}
    what, fix = "is not sent: what triggers pipelines is infrastructure", "start them by `mayfly run`"
    dropped = [Problem(file(key), what, fix) for key in checked.documents if key not in runs]
    return wanted, Factory(workload.folder, runs, [*checked.notes, *dropped])
