"""`mayfly prove`: shows that an environment reads production and cannot write there."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from mayfly.cli import canary, environments
from mayfly.cli.arguments import Environment, Json
from mayfly.cli.output import Output
from mayfly.cli.trial import Trial

if TYPE_CHECKING:
    from mayfly.clouds.azure.client import Azure
    from mayfly.clouds.azure.grants import Grant

PATIENCE_SECONDS = 600.0
"""A role assignment answers 201 before it is effective: up to 10 minutes, as Azure documents it."""

Patience = Annotated[
    float,
    typer.Option(
        "--patience",
        metavar="SECONDS",
        min=0,
        help="How long a refusal of what is allowed is tried again: permissions take their time.",
    ),
]


@dataclass(frozen=True)
class Row:
    """One line of the proof: who tried what where, what was expected, what came of it."""

    who: str
    what: str
    where: str
    expected: str
    got: str
    ok: bool


WHO = "the factory's identity"
READER = "Storage Blob Data Reader"
HEADER = ("", "what", "where", "expected", "got")


def prove(environment: Environment, patience: Patience = PATIENCE_SECONDS, as_json: Json = False) -> int:
    """Prove the isolation: reads on production allowed, writes refused, by the cloud's own answers.

    The exit code is 1 when anything is not as expected. Nothing that exists is endangered.
    """
    output = Output(as_json)
    cloud, place = environments.deployed(environment, os.environ)
    with output.working(f"proving the isolation of {environment}"):
        rows = [*roles(cloud, place), *probes(cloud, place, patience, output)]
    surprises = [row for row in rows if not row.ok]
    output.table(HEADER, [_cells(row) for row in rows], title=f"as {WHO}:")
    output.text(_verdict(environment, rows, surprises))
    output.document(
        "prove", {"environment": environment, "proved": not surprises, "probes": [vars(row) for row in rows]}
    )
    return 1 if surprises else 0


def _cells(row: Row) -> list[str]:
    return ["ok" if row.ok else "NO", row.what, _where(row.where), row.expected, row.got]


def _where(text: str) -> str:
    """A scope by the names in its id, an address without its host: a table has little room."""
    parts = text.split("/")
    if text.startswith("/subscriptions/") and len(parts) > 4:
        return "/".join(name for name in (parts[4], *parts[8::2]) if name != "default")
    return re.sub(r"\(https?://[^/]+/(.*)\)", r"\1", text)


def _verdict(environment: str, rows: Sequence[Row], surprises: Sequence[Row]) -> str:
    if surprises:
        return f"{environment}: {len(surprises)} of {len(rows)} probes are NOT as expected"
    return f"{environment} is isolated: all {len(rows)} probes are as expected"


def probes(cloud: Azure, place: environments.Deployed, patience: float, output: Output) -> list[Row]:
    """What the factory's identity gets when it tries. Refusals of what is allowed are tried again."""
    from tenacity import RetryCallState, Retrying, retry_if_result, stop_after_delay, wait_random_exponential

    trial = Trial(cloud, place)

    def again(state: RetryCallState) -> None:
        output.line(f"  {len(trial.pending)} permissions are not effective yet; trying again")

    Retrying(
        retry=retry_if_result(bool),
        stop=stop_after_delay(patience),
        wait=wait_random_exponential(1, max=60),
        before_sleep=again,
        retry_error_callback=lambda _: None,
    )(trial.attempt)
    return [_probe_row(*answer) for answer in trial.got.values()]


def _probe_row(probe: canary.Probe, status: int | None, words: str) -> Row:
    got = str(status) if status else f"no status: {words}"
    where = f"{probe.store.name} ({probe.store.endpoint.rstrip('/')}/{probe.path})"
    return Row(WHO, probe.what, where, probe.expected, got, probe.as_expected(status))


def roles(cloud: Azure, place: environments.Deployed) -> list[Row]:
    """The identity's role assignments, as the cloud lists them: reader on the sources, writer at home."""
    from mayfly.clouds.azure import grants

    sources = [str(source) for source in place.settings.variables.sources.values()]
    scopes = [*sources, f"/subscriptions/{place.settings.fabric.subscription}"]
    found = grants.of_principal(cloud, place.principal_id, scopes)
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
