"""Shows what the identities of an environment may and may not do: their roles, and what comes of trying."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from mayfly.clouds.azure import grants, permissions
from mayfly.clouds.azure.errors import CloudError
from mayfly.clouds.azure.grants import Found
from mayfly.clouds.azure.permissions import ROLE_NAMES
from mayfly.proof.azure import environments, identities, reach, sources
from mayfly.proof.azure.canary import Store
from mayfly.proof.azure.sources import Container
from mayfly.proof.azure.trial import Got, Trial
from mayfly.proof.patience import PATIENCE_SECONDS, patiently
from mayfly.proof.verdict import Outcome, Proof, Row

if TYPE_CHECKING:
    from mayfly.clouds.azure.client import Azure
    from mayfly.clouds.azure.grants import Grant
    from mayfly.settings import EnvironmentSettings

WHO = "the factory's identity"
READER = "Storage Blob Data Reader"
GRANTING = frozenset({"azure-native:authorization:RoleAssignment", "azure-native:datafactory:Factory"})
"""What an update makes when permissions may yet have to become effective."""


def prove(cloud: Azure, wanted: EnvironmentSettings, patience: float, say: Callable[[str], None]) -> Proof:
    """Ask for the roles and make the probes. Raises BadInput for an environment that is not there."""
    return judge(cloud, environments.deployed(cloud, wanted), patience, say)


def judge(cloud: Azure, place: environments.Deployed, patience: float, say: Callable[[str], None]) -> Proof:
    """The proof of an environment that is there."""
    held = _held(cloud, place)
    known = sources.known(place, (grant for _, found in held for grant in found.grants))
    stores, unread = _stores(cloud, known)
    closed = {row.where for row in unread}
    readable = [container.id for container in known if container.declared and container.id not in closed]
    return Proof(
        WHO,
        [*roles(place, held, known), *unread, *probes(cloud, place, stores, patience, say)],
        short,
        reach.elsewhere(cloud, place, readable),
        [container.judged for container in known],
        _caveats(place, known),
    )


def _caveats(place: environments.Deployed, known: Iterable[Container]) -> list[str]:
    """From the cloud's records; what the fabric's file says is added."""

    fabric = place.settings.azure
    if fabric.permanent:
        return []
    ids = [container.id for container in known]
    return permissions.caveats(fabric.subscription, ids, fabric.shared_subscription)


def short(where: str) -> str:
    """A scope by the names in its id, an address without its host: a table has little room."""
    parts = where.split("/")
    if where.startswith("/subscriptions/") and len(parts) > 4:
        return "/".join(name for name in (parts[4], *parts[8::2]) if name != "default")
    return re.sub(r"\(https?://[^/]+/(.*)\)", r"\1", where)


def probes(
    cloud: Azure,
    place: environments.Deployed,
    stores: list[Store],
    patience: float,
    say: Callable[[str], None],
) -> list[Row]:
    """What the factory's identity gets when it tries. stores: the sources.

    What is allowed comes first and has its time; then what is forbidden, once.
    """
    trial = Trial(cloud, place, stores, _sinks(place))
    patiently(trial.try_allowed, patience, say)
    trial.try_forbidden()
    answers = sorted(
        trial.got.values(), key=lambda got: (got.probe.label.startswith("sink"), got.probe.label)
    )
    return [_probe_row(got, trial.outcome(got)) for got in answers]


def await_access(
    cloud: Azure, wanted: EnvironmentSettings, made: Collection[str] | None, say: Callable[[str], None]
) -> Sequence[Row]:
    """Wait until the factory's identity can read the sources and write the sinks; what it cannot in the end.

    A permanent environment's sinks are production's own, and a blob that is written there may set off what
    waits for blobs: of one, the sources alone are tried.
    """
    if made is not None and not GRANTING & set(made):
        return []
    say(f"waiting until the permissions of {wanted.name} are effective")
    place = environments.deployed(cloud, wanted)
    return usable(cloud, place, [] if wanted.fabric.permanent else _sinks(place), PATIENCE_SECONDS, say)


def usable(
    cloud: Azure,
    place: environments.Deployed,
    sinks: list[Store],
    patience: float,
    tell: Callable[[str], None],
) -> list[Row]:
    """The rows of what is allowed and does not work after so long."""
    stores, unread = _stores(cloud, sources.declared(place))
    trial = Trial(cloud, place, stores, sinks)
    if stores or sinks:
        patiently(trial.try_allowed, patience, tell)
    rows = [_probe_row(got, trial.outcome(got)) for got in trial.got.values()]
    return [*unread, *(row for row in rows if not row.ok)]


def _probe_row(got: Got, outcome: Outcome) -> Row:
    store = got.probe.store
    where = f"{store.name} ({store.endpoint.rstrip('/')}/{got.probe.path})"
    early = outcome is Outcome.NOT_SHOWN and got.status == 403
    words = f"{got}, but what is allowed here does not work" if early else str(got)
    return Row(WHO, got.probe.what, where, got.probe.expected, words, outcome)


def _stores(cloud: Azure, known: Iterable[Container]) -> tuple[list[Store], list[Row]]:
    """Containers with the addresses that their accounts name; and a row for each that has none to tell."""
    from mayfly.clouds.azure import ids

    stores, unread = [], []
    for found in known:
        container = ids.parse_as(found.id, ids.CONTAINER)
        account = str(ids.account_of(container))
        try:
            document = cloud.get(account)
            why = "the account is not there"
        except CloudError as error:
            document, why = None, str(error)
        if document:
            endpoint = document["properties"]["primaryEndpoints"]["blob"]
            stores.append(Store(found.name, endpoint, container.name))
        else:
            unread.append(Row(WHO, "is tried", found.id, "an address", why, Outcome.NOT_SHOWN))
    return stores, unread


def _sinks(place: environments.Deployed) -> list[Store]:
    sinks = place.settings.variables.sinks
    return [Store(name, place.blob_endpoint, container) for name, container in sinks.items()]


def _held(cloud: Azure, place: environments.Deployed) -> list[tuple[str, Found]]:
    """By identity of the group, the factory's first, its role assignments wherever the caller may read them.

    Where it has to be able to, and is not, is told; a subscription or an account beside may be closed to it.
    """

    permanent = place.settings.fabric.permanent
    named = (grants.reading_scope(found.id, permanent) for found in sources.declared(place))
    needed = [f"/subscriptions/{place.settings.azure.subscription}", *dict.fromkeys(named)]
    scopes = [*needed, *grants.beside(cloud, place.principal_id)]
    must = {scope.lower() for scope in needed}
    held = []
    for principal, who in identities.of_group(cloud, place).items():
        found = grants.effective(cloud, principal, scopes)
        unread = tuple((scope, why) for scope, why in found.unread if scope.lower() in must)
        held.append((who, Found(found.grants, unread)))
    return held


def roles(
    place: environments.Deployed, held: Sequence[tuple[str, Found]], known: Sequence[Container]
) -> list[Row]:
    """The role assignments, as the cloud lists them: the reader's on sources, any at home, no others."""

    permanent = place.settings.fabric.permanent
    meant = (container.id for container in known if container.declared)
    declared = [*dict.fromkeys(grants.reading_scope(id, permanent) for id in meant)]
    rows: list[Row] = []
    for who, found in held:
        rows += [_role(who, grant, declared, place.group_id) for grant in found.grants]
        if who == WHO:
            rows += _missing(found.grants, declared)
        rows += [
            Row(who, "holds roles", scope, "readable", why, Outcome.NOT_SHOWN) for scope, why in found.unread
        ]
    return rows


def _role(who: str, grant: Grant, declared: Sequence[str], group: str) -> Row:
    """One assignment: anything at home, at a source the reader's, nowhere else any."""
    from mayfly.clouds.azure import ids

    name, what = _name(grant), "holds a role" if who == WHO else f"{who} holds a role"
    if ids.is_at_or_below(grant.scope, group):
        return Row(who, what, grant.scope, "any in its own group", name, Outcome.OK)
    if grant.scope.lower() in {source.lower() for source in declared}:
        return Row(who, what, grant.scope, READER, name, Outcome.of(name == READER))
    return Row(who, what, grant.scope, "none", name, Outcome.NO)


def _missing(held: Sequence[Grant], declared: Sequence[str]) -> Iterator[Row]:
    """Sources that the factory's identity has no reader role on."""
    for source in declared:
        if not any(grant.scope.lower() == source.lower() and _name(grant) == READER for grant in held):
            yield Row(WHO, "holds a role", source, READER, "none", Outcome.NO)


def _name(grant: Grant) -> str:
    """The role's name, its guid for one that we do not know."""

    return ROLE_NAMES.get(grant.role, grant.role)
