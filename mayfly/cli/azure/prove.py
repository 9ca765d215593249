"""Shows what a factory's own identity may and may not do: its roles, and what it gets when it tries."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mayfly.cli.azure import canary, environments, reach
from mayfly.cli.azure.trial import Trial
from mayfly.cli.clouds import Proof, Row
from mayfly.cli.output import Output
from mayfly.cli.patience import patiently

if TYPE_CHECKING:
    from mayfly.clouds.azure.client import Azure
    from mayfly.clouds.azure.grants import Grant
    from mayfly.settings import EnvironmentSettings

WHO = "the factory's identity"
READER = "Storage Blob Data Reader"


def prove(wanted: EnvironmentSettings, patience: float, output: Output) -> Proof:
    """Ask for the roles and make the probes. Raises BadInput for an environment that is not there."""
    cloud, place = environments.deployed(wanted, os.environ)
    sources = [str(source) for source in wanted.variables.sources.values()]
    rows = [*roles(cloud, place), *probes(cloud, place, patience, output)]
    return Proof(WHO, rows, short, reach.elsewhere(cloud, place, sources))


def short(where: str) -> str:
    """A scope by the names in its id, an address without its host: a table has little room."""
    parts = where.split("/")
    if where.startswith("/subscriptions/") and len(parts) > 4:
        return "/".join(name for name in (parts[4], *parts[8::2]) if name != "default")
    return re.sub(r"\(https?://[^/]+/(.*)\)", r"\1", where)


def probes(cloud: Azure, place: environments.Deployed, patience: float, output: Output) -> list[Row]:
    """What the factory's identity gets when it tries. Refusals of what is allowed are tried again."""
    trial = Trial(cloud, place)
    patiently(trial.attempt, patience, output.line)
    return [_probe_row(*answer) for answer in trial.got.values()]


def _probe_row(probe: canary.Probe, status: int | None, words: str) -> Row:
    got = str(status) if status else f"no status: {words}"
    where = f"{probe.store.name} ({probe.store.endpoint.rstrip('/')}/{probe.path})"
    return Row(WHO, probe.what, where, probe.expected, got, probe.as_expected(status))


def roles(cloud: Azure, place: environments.Deployed) -> list[Row]:
    """The identity's role assignments, as the cloud lists them: reader on the sources, writer at home."""
    from mayfly.clouds.azure import grants

    permanent = place.settings.fabric.permanent
    named = [str(source) for source in place.settings.variables.sources.values()]
    sources = [*dict.fromkeys(grants.reading_scope(source, permanent) for source in named)]
    scopes = [*sources, f"/subscriptions/{place.settings.azure.subscription}"]
    found = grants.effective(cloud, place.principal_id, scopes)
    unread = [Row(WHO, "holds roles", scope, "readable", why, False) for scope, why in found.unread]
    missing = [_missing(source) for source in sources if not _reads(found.grants, source)]
    return [*(_role(grant, sources, place.group_id) for grant in found.grants), *missing, *unread]


def _role(grant: Grant, sources: Sequence[str], group: str) -> Row:
    """One assignment: anything at home, at a source the reader's, nowhere else any."""
    from mayfly.clouds.azure import ids

    name = _name(grant)
    if ids.is_at_or_below(grant.scope, group):
        return Row(WHO, "holds a role", grant.scope, "any in its own group", name, True)
    if grant.scope.lower() in {source.lower() for source in sources}:
        return Row(WHO, "holds a role", grant.scope, READER, name, name == READER)
    return Row(WHO, "holds a role", grant.scope, "none", name, False)


def _missing(source: str) -> Row:
    return Row(WHO, "holds a role", source, READER, "none", False)


def _reads(held: Sequence[Grant], source: str) -> bool:
    return any(grant.scope.lower() == source.lower() and _name(grant) == READER for grant in held)


def _name(grant: Grant) -> str:
    """The role's name, its guid for one that we do not know."""
    from mayfly.clouds.azure.permissions import ROLE_NAMES

    return ROLE_NAMES.get(grant.role, grant.role)
