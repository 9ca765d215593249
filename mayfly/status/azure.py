"""The status of an environment on Azure: its group's inventory, its factory's runs, its grants."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from mayfly.clouds.azure import groups, runs
from mayfly.clouds.azure.client import Azure
from mayfly.clouds.thing import Thing
from mayfly.errors import MayflyError
from mayfly.naming.azure import ids
from mayfly.proof import canaries
from mayfly.status import MOST_RUNS, RUN_DAYS, CostClass, EnvironmentStatus, RunRecord, costs
from mayfly.teardown import TeardownTarget
from mayfly.teardown.azure import subject
from mayfly.teardown.azure.grants import GrantKind
from mayfly.teardown.loop import PartlyListed

COSTS = {
    ids.ACCOUNT.lower(): CostClass.STORED,
    ids.FACTORY.lower(): CostClass.BY_USE,
    ids.IDENTITY.lower(): CostClass.FREE,
    ids.TOPIC.lower(): CostClass.BY_USE,
}
"""Source: "Azure Blob Storage pricing", "Data Pipeline pricing" (a pipeline that did not run for a month
costs less than a dollar then), "Event Grid pricing".
"""

VERDICT = "the canary's run does not tell the verdict: `mayfly prove` does"
NO_PROOF = f"none among the latest {runs.MOST_LATEST:,} runs of {RUN_DAYS} days"


def status(cloud: Azure, target: TeardownTarget) -> EnvironmentStatus:
    """Ask for all of it. Raises CloudError where not even the group may be read."""
    (subscription,) = target.place
    found = subject.find(
        cloud, target.project, target.environment, subscription, target.group, target.sources
    )
    grants = GrantKind(cloud, found)
    granted, unread = _granted(grants)
    factories = [each.id for each in found.resources if each.type.lower() == ids.FACTORY.lower()]
    ran, why = _runs(cloud, factories)
    proofs = [run.started for run in ran if run.pipeline.startswith(canaries.PREFIX)]
    others = [run for run in ran if not run.pipeline.startswith(canaries.PREFIX)]
    resources = [_thing(each, target.environment) for each in found.resources]
    group = found.ours[0] if found.ours else None
    return EnvironmentStatus(
        group=group,
        state=group.state if group else None,
        resources=resources,
        grants=grants.proof(),
        granted=granted,
        runs=[RunRecord(run.pipeline, run.status, run.started, run.ended, run.id) for run in others][
            :MOST_RUNS
        ],
        runs_unknown=why,
        proved=proofs[0] if proofs else None,
        proved_unknown=why or (VERDICT if proofs else NO_PROOF),
        costs=costs(resources, COSTS),
        unread=unread,
    )


def _granted(grants: GrantKind) -> tuple[Sequence[Thing], list[str]]:
    """Its grants on production, and what could not be read of them."""
    try:
        return grants.find(), []
    except PartlyListed as error:
        return error.things, [f"{grants.name}: {error}"]
    except MayflyError as error:
        return (), [f"{grants.name}: {error}"]


def _runs(cloud: Azure, factories: Sequence[str]) -> tuple[list[runs.Run], str]:
    """The latest runs of its factory, and why they are not told."""
    since = datetime.now(UTC) - timedelta(days=RUN_DAYS)
    try:
        found = [run for id in factories for run in runs.latest(cloud, id, since)]
    except MayflyError as error:
        return [], str(error)
    return found, "" if factories else "there is no factory"


def _thing(resource: groups.Resource, environment: str) -> Thing:
    whose = "" if resource.environment == environment else "not the environment's own"
    return Thing(id=resource.id, type=resource.type, detail=whose)
