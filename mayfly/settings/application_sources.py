"""The sources that an application takes over from its infrastructure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mayfly.errors import BadInput, Problem
from mayfly.settings.invalid import InvalidValue, shown
from mayfly.settings.models import EnvironmentSettings
from mayfly.settings.overrides import PREFIX, SECTIONS, folded, unknown
from mayfly.settings.sources import SourceAddress, source


def with_sources(
    wanted: EnvironmentSettings, sources: Mapping[str, object], where: str
) -> EnvironmentSettings:
    """Return an application's settings with the sources that its infrastructure publishes.

    sources: store → resource id of a container, or ARN of a bucket. where: they are published, for messages.

    Raises BadInput with every source that is none on the environment's cloud, or whose name is taken, and
    with what a pipeline sets otherwise: an application reads what its infrastructure reads.
    """
    group, problems = wanted.variables, list(_taken(wanted, sources, where))
    found: dict[str, SourceAddress] = {}
    for store, value in sources.items():
        try:
            address = source(value)
            if address.cloud != wanted.fabric.cloud:
                what = f"is on {address.cloud}, and the application on {wanted.fabric.cloud}"
                raise InvalidValue(what, "publish it anew")
            found[store] = address
        except InvalidValue as refused:
            problems.append(Problem(f"{where}: sources.{store}", refused.what, refused.fix))
    problems += _overridden(wanted, {folded(store): str(found[store]) for store in found})
    if problems:
        raise BadInput(problems)
    return wanted.model_copy(update={"variables": group.model_copy(update={"sources": found})})


def _overridden(wanted: EnvironmentSettings, published: Mapping[str, str]) -> Iterator[Problem]:
    """Variables of the pipeline; the sources' own values among them are what `mayfly vars` has printed."""
    group = wanted.variables
    for variable, value in wanted.undeclared.items():
        name = folded(variable[len(PREFIX) :])
        if name not in published:
            yield unknown(variable, [*published, *map(folded, [*group.sinks, *group.values])], group)
        elif value != published[name]:
            what = f"is {shown(value)}, and {wanted.fabric.infrastructure} reads {published[name]}"
            yield Problem(variable, what, "leave it out: an application reads what its infrastructure does")


def _taken(wanted: EnvironmentSettings, sources: Mapping[str, object], where: str) -> Iterator[Problem]:
    """Names that the application's own group has as well: one variable cannot stand for both."""
    group = wanted.variables
    file = f"stacks/variables/{group.name}.yaml"
    own = {
        folded(name): f"{file}: {section}.{name}" for section in SECTIONS for name in getattr(group, section)
    }
    own |= wanted.declared_by_workload
    for store in sources:
        if other := own.get(folded(store)):
            what = f"is the name of the source {store!r} as well, which {where} publishes"
            yield Problem(other, what, "call it otherwise")
