"""Checks the files of `stacks/` against each other: what a fabric names must exist, on the same cloud."""

from __future__ import annotations

from collections.abc import Iterator

from mayfly import registry
from mayfly.errors import Problem
from mayfly.naming.azure import ids
from mayfly.nearest import choices
from mayfly.settings import rules, tables
from mayfly.settings.document import Document
from mayfly.settings.fabrics import AwsFabric, AzureFabric, Fabric
from mayfly.settings.files import FABRICS, VARIABLES, Files
from mayfly.settings.models import VariableGroup


def problems(known: Files[Fabric], groups: Files[VariableGroup]) -> Iterator[Problem]:
    """Yield what does not fit together, even if a fabric's file has other problems."""
    for name, document in known.documents.items():
        group, _ = named(name, document)
        if group and group not in groups.documents:
            what = f"there is no {VARIABLES}/{group}.yaml"
            yield Problem(document.where(("variables",)), what, choices(group, groups.documents))
        yield from _infrastructure(document, known.found.get(name), known)
        yield from _production_beside(document, known.found.get(name), known, groups)
    for fabric in known.found.values():
        if fabric.variables in groups.found:
            found, document = groups.found[fabric.variables], groups.documents[fabric.variables]
            yield from _sources(fabric, found, document)
            if isinstance(fabric, AwsFabric):
                yield from tables.of_account(found, document, fabric.name, fabric.account)
    for name, on in sorted({(fabric.variables, fabric.cloud) for fabric in known.found.values()}):
        if name in groups.found:
            yield from registry.of(on).variable_problems(groups.found[name], groups.documents[name])
            yield from tables.problems(groups.found[name], groups.documents[name], on)


def named(name: str, document: Document) -> tuple[str | None, str | None]:
    """Return the variable group and the folder that a fabric's file names; None for one that is invalid."""
    if not document.data:
        return None, None
    group, workload = document.data.get("variables", name), document.data.get("workload")
    return group if isinstance(group, str) else None, workload if rules.is_folder(workload) else None


def _sources(fabric: Fabric, group: VariableGroup, document: Document) -> Iterator[Problem]:
    """The sources of a fabric's variable group: on the fabric's cloud; none for an application."""
    for store, id in group.sources.items():
        if id.cloud != fabric.cloud:
            what = f"{str(id)[:60]!r} is on {id.cloud}, but the fabric {fabric.name!r} is on {fabric.cloud}"
            fix = f"{registry.of(fabric.cloud).source_form}; or give the fabric other `variables`"
            yield Problem(document.where(("sources", store)), what, fix)
    for label in group.seeds if fabric.permanent else ():
        store = label.partition(".")[0]
        what = f"the fabric {fabric.name!r} is permanent: its sinks are production's own data"
        yield Problem(
            document.where(("sinks", store, "seed")), what, "leave it out, or use other `variables`"
        )
    if fabric.infrastructure is not None and group.sources:
        what = f"the fabric {fabric.name!r} takes its sources over from {fabric.infrastructure!r}"
        fix = "leave `sources` out, or give the fabric other `variables`"
        yield Problem(document.where(("sources",)), what, fix)


def _infrastructure(document: Document, fabric: Fabric | None, known: Files[Fabric]) -> Iterator[Problem]:
    """The infrastructure of an application: a permanent fabric; on AWS of the same account and region."""
    if fabric is None or fabric.infrastructure is None:
        return
    where, name = document.where(("infrastructure",)), fabric.infrastructure
    permanent = [other.name for other in known.found.values() if other.permanent]
    if name not in known.documents:
        yield Problem(where, f"there is no {FABRICS}/{name}.yaml", choices(name, permanent))
    elif name in known.found and name not in permanent:
        what = f"the fabric {name!r} is ephemeral: it has no one environment"
        yield Problem(where, what, choices(name, permanent, none="make a permanent fabric"))
    elif name in known.found and place(known.found[name]) != place(fabric):
        what = f"{name!r} is on {place(known.found[name])}, this fabric on {place(fabric)}"
        yield Problem(
            where, what, "what runs is copied beside its infrastructure: name the same place in both"
        )


def _production_beside(
    document: Document, fabric: Fabric | None, known: Files[Fabric], groups: Files[VariableGroup]
) -> Iterator[Problem]:
    """On Azure an ephemeral fabric's deployer is Contributor of its subscription, and may give roles there.

    Whatever of production lies in it, it could give itself the right to write, or remove.
    """
    if not isinstance(fabric, AzureFabric) or fabric.permanent or fabric.shared_subscription:
        return
    beside = [
        f"the permanent fabric {other.name!r}"
        for other in known.found.values()
        if isinstance(other, AzureFabric) and other.permanent and other.subscription == fabric.subscription
    ]
    beside += [
        f"the source {store!r} of {VARIABLES}/{group.name}.yaml"
        for group in groups.found.values()
        for store, id in group.granted.items()
        if id.startswith("/") and ids.parse(id).subscription == fabric.subscription
    ]
    if beside:
        what = f"holds {', '.join(beside)}: whoever deploys here could write production"
        fix = "another subscription; or `shared_subscription: true`, see docs/permissions.md"
        yield Problem(document.where(("subscription",)), what, fix)


def place(fabric: Fabric) -> str:
    """Where an application and its infrastructure have to be alike: `aws 123456789012 eu-west-1`, `azure`.

    On AWS the boundary and the layers are those of an account and region. On Azure roles reach across
    subscriptions, and whoever deploys applications had better have no right in production's.
    """
    if isinstance(fabric, AwsFabric):
        return f"{fabric.cloud} {fabric.account} {fabric.region}"
    return fabric.cloud
