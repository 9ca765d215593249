"""Sources that an application takes over from its infrastructure, when the cloud has told them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mayfly.errors import BadInput, Problem
from mayfly.settings.models import EnvironmentSettings, VariableGroup
from mayfly.settings.overrides import SECTIONS, folded
from mayfly.settings.refused import Refused
from mayfly.settings.sources import cloud, source
from mayfly.settings.types import Source


def with_sources(
    environment: EnvironmentSettings, sources: Mapping[str, object], where: str
) -> EnvironmentSettings:
    """Return an application's settings with the sources that its infrastructure publishes.

    sources: store → resource id of a container, or ARN of a bucket. where: they are published, for messages.

    Raises BadInput with every source that is none on the environment's cloud, or whose name is taken.
    """
    group, problems = environment.variables, list(_taken(environment.variables, sources, where))
    found: dict[str, Source] = {}
    for store, value in sources.items():
        try:
            found[store] = _of(environment.fabric.cloud, value)
        except Refused as refused:
            problems.append(Problem(f"{where}: sources.{store}", refused.what, refused.fix))
    if problems:
        raise BadInput(problems)
    return environment.model_copy(update={"variables": group.model_copy(update={"sources": found})})


def _of(wanted: str, value: object) -> Source:
    found = source(value)
    if cloud(found) != wanted:
        raise Refused(f"is on {cloud(found)}, and the application on {wanted}", "publish it anew")
    return found


def _taken(group: VariableGroup, sources: Mapping[str, object], where: str) -> Iterator[Problem]:
    """Names that the application's own group has as well: one variable cannot stand for both."""
    own = {folded(name): f"{section}.{name}" for section in SECTIONS for name in getattr(group, section)}
    for store in sources:
        if other := own.get(folded(store)):
            what = f"is the name of the source {store!r} as well, which {where} publishes"
            yield Problem(f"stacks/variables/{group.name}.yaml: {other}", what, "call it otherwise")
