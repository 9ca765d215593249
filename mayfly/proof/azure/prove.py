"""The proof on Azure: the role assignments of an environment's identities, and probes as the factory."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from mayfly.clouds.azure import grants, permissions
from mayfly.clouds.azure.errors import CloudError
from mayfly.clouds.azure.grants import GrantSearch
from mayfly.naming.azure import ids
from mayfly.proof.azure import environments, sources
from mayfly.proof.azure.canary import Store
from mayfly.proof.azure.environments import DeployedEnvironment
from mayfly.proof.azure.sources import Container
from mayfly.proof.azure.trial import ProbeAnswer, Trial
from mayfly.proof.canaries import PATIENCE_SECONDS, retry_until_effective
from mayfly.proof.verdict import Outcome, Proof, Row

if TYPE_CHECKING:
    from mayfly.clouds.azure.client import Azure
    from mayfly.clouds.azure.grants import Grant
    from mayfly.settings import EnvironmentSettings

WHO = "the factory's identity"
READER = "Storage Blob Data Reader"
GRANTING = frozenset({"azure-native:authorization:RoleAssignment", "azure-native:datafactory:Factory"})
"""The types whose creation gives a permission that may not be effective yet."""


def prove(cloud: Azure, wanted: EnvironmentSettings, patience: float, say: Callable[[str], None]) -> Proof:
    """Check the role assignments and run the probes. Raises BadInput when the environment does not exist."""
    return judge(cloud, environments.deployed(cloud, wanted), patience, say)


def judge(cloud: Azure, place: DeployedEnvironment, patience: float, say: Callable[[str], None]) -> Proof:
    """Return the proof of an environment that exists."""
    held = _role_assignments(cloud, place)
    known = sources.known(place, (grant for _, found in held for grant in found.grants))
    stores, unread = _stores(cloud, known)
    closed = {row.where for row in unread}
    readable = [container.id for container in known if container.declared and container.id not in closed]
    return Proof(
        WHO,
        [*role_rows(place, held, known), *unread, *probe_rows(cloud, place, stores, patience, say)],
        short,
        sources.elsewhere(cloud, place, readable),
        [container.judged for container in known],
        caveats(place, known),
        sources.allowed(place),
    )


def caveats(place: DeployedEnvironment, known: Iterable[Container]) -> list[str]:
    """Return what the deployer may do to production, by the cloud's records and the fabric's file."""
    fabric = place.settings.azure
    if fabric.permanent:
        return []
    named = [container.id for container in known]
    return permissions.caveats(fabric.subscription, named, fabric.shared_subscription)


def probe_rows(
    cloud: Azure,
    place: DeployedEnvironment,
    stores: list[Store],
    patience: float,
    say: Callable[[str], None],
) -> list[Row]:
    """Run the probes and return their rows. stores: the sources.

    Allowed probes run first and have their time; then the forbidden ones run, once.
    """
    trial = Trial(cloud, place, stores, _sinks(place))
    retry_until_effective(trial.try_allowed, patience, say)
    trial.try_forbidden()
    answers = sorted(
        trial.answers.values(),
        key=lambda answer: (answer.probe.label.startswith("sink"), answer.probe.label),
    )
    return [_probe_row(answer, trial.outcome(answer)) for answer in answers]


def short(where: str) -> str:
    """Shorten a scope to the names in its id, and an address to its path: a table is narrow."""
    parts = where.split("/")
    if where.startswith("/subscriptions/") and len(parts) > 4:
        return "/".join(name for name in (parts[4], *parts[8::2]) if name != "default")
    return re.sub(r"\(https?://[^/]+/(.*)\)", r"\1", where)


def await_access(
    cloud: Azure, wanted: EnvironmentSettings, made: Collection[str] | None, say: Callable[[str], None]
) -> Sequence[Row]:
    """Wait until the factory's identity can read the sources and write the sinks; return what fails.

    In a permanent environment only the sources are tried: its sinks are production's own, and a blob that is
    written there may start an event trigger.
    """
    if made is not None and not GRANTING & set(made):
        return []
    say(f"waiting until the permissions of {wanted.name} are effective")
    place = environments.deployed(cloud, wanted)
    return usable(cloud, place, [] if wanted.fabric.permanent else _sinks(place), PATIENCE_SECONDS, say)


def usable(
    cloud: Azure,
    place: DeployedEnvironment,
    sinks: list[Store],
    patience: float,
    say: Callable[[str], None],
) -> list[Row]:
    """Return a row for each allowed call that does not work after `patience` seconds."""
    stores, unread = _stores(cloud, sources.known(place))
    trial = Trial(cloud, place, stores, sinks)
    if stores or sinks:
        retry_until_effective(trial.try_allowed, patience, say)
    rows = [_probe_row(answer, trial.outcome(answer)) for answer in trial.answers.values()]
    return [*unread, *(row for row in rows if not row.ok)]


def _probe_row(answer: ProbeAnswer, outcome: Outcome) -> Row:
    probe, store = answer.probe, answer.probe.store
    where = f"{store.name} ({store.endpoint.rstrip('/')}/{probe.path})"
    early = outcome is Outcome.NOT_SHOWN and answer.status == 403
    got = f"{answer}, but what is allowed here does not work" if early else str(answer)
    return Row(WHO, probe.what, where, probe.expected, got, outcome)


def _stores(cloud: Azure, known: Iterable[Container]) -> tuple[list[Store], list[Row]]:
    """Containers with their accounts' addresses, and a row for each account that cannot be read."""
    stores, unread = [], []
    for source in known:
        container = ids.parse_as(source.id, ids.CONTAINER)
        try:
            document, why = cloud.get(str(ids.account_of(container))), "the account is not there"
        except CloudError as error:
            document, why = None, str(error)
        if document:
            endpoint = document["properties"]["primaryEndpoints"]["blob"]
            stores.append(Store(source.name, endpoint, container.name))
        else:
            unread.append(Row(WHO, "is tried", source.id, "an address", why, Outcome.NOT_SHOWN))
    return stores, unread


def _sinks(place: DeployedEnvironment) -> list[Store]:
    sinks = place.settings.variables.sinks
    return [
        Store(
            name if len(sink.names) == 1 else f"{name}.{container}", place.endpoint(sink.account), container
        )
        for name, sink in sinks.items()
        for container in sink.names
    ]


def _role_assignments(cloud: Azure, place: DeployedEnvironment) -> list[tuple[str, GrantSearch]]:
    """The role assignments of each identity in the group, the factory's first, in all readable scopes.

    The environment's subscription and the sources must be readable. Other scopes may be closed to the caller.
    """
    permanent = place.settings.fabric.permanent
    named = (grants.reading_scope(source.id, permanent) for source in sources.known(place))
    needed = [f"/subscriptions/{place.settings.azure.subscription}", *dict.fromkeys(named)]
    scopes = [*needed, *grants.beside(cloud, place.principal_id)]
    must = {scope.lower() for scope in needed}
    held = []
    for principal, who in environments.identities(cloud, place).items():
        found = grants.effective(cloud, principal, scopes)
        unread = tuple((scope, why) for scope, why in found.unread if scope.lower() in must)
        held.append((who, GrantSearch(found.grants, unread)))
    return held


def role_rows(
    place: DeployedEnvironment, held: Sequence[tuple[str, GrantSearch]], known: Sequence[Container]
) -> list[Row]:
    """Return a row for each role assignment: any role in the group, the reader on sources, none elsewhere."""
    permanent = place.settings.fabric.permanent
    declared = (container.id for container in known if container.declared)
    scopes = [*dict.fromkeys(grants.reading_scope(id, permanent) for id in declared)]
    rows: list[Row] = []
    for who, found in held:
        rows += [_role_row(who, grant, scopes, place.group_id) for grant in found.grants]
        if who == WHO:
            readable = {grant.scope.lower() for grant in found.grants if _role_name(grant) == READER}
            missing = (scope for scope in scopes if scope.lower() not in readable)
            rows += [Row(WHO, "holds a role", scope, READER, "none", Outcome.NO) for scope in missing]
        rows += [
            Row(who, "holds roles", scope, "readable", why, Outcome.NOT_SHOWN) for scope, why in found.unread
        ]
    return rows


def _role_row(who: str, grant: Grant, declared: Sequence[str], group: str) -> Row:
    name, what = _role_name(grant), "holds a role" if who == WHO else f"{who} holds a role"
    if ids.is_at_or_below(grant.scope, group):
        return Row(who, what, grant.scope, "any in its own group", name, Outcome.OK)
    if grant.scope.lower() in {source.lower() for source in declared}:
        return Row(who, what, grant.scope, READER, name, Outcome.of(name == READER))
    return Row(who, what, grant.scope, "none", name, Outcome.NO)


def _role_name(grant: Grant) -> str:
    """The role's name, or its guid when it is not one of ours."""
    return permissions.ROLE_NAMES.get(grant.role, grant.role)
