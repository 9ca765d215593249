"""Azure: a subscription; a resource group with a storage account and a data factory."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from mayfly import naming
from mayfly.clouds.shared import shared
from mayfly.errors import NoInfrastructure, Problem
from mayfly.registry import Cloud
from mayfly.settings.fabrics import AzureFabric
from mayfly.settings.files import VARIABLES
from mayfly.settings.sinks import shared_containers
from mayfly.settings.sources import CONTAINER_ID, ContainerId, container_id
from mayfly.teardown import TeardownTarget
from mayfly.workload.factory import Factory
from mayfly.workload.factory import folder as factory

if TYPE_CHECKING:
    from pathlib import Path

    import pulumi

    from mayfly.check import Check
    from mayfly.cli.output import Output
    from mayfly.cli.run import RunResult
    from mayfly.clouds.azure.client import Azure
    from mayfly.clouds.azure.groups import Group
    from mayfly.engine.recovery import Finder
    from mayfly.listing import Listed, Listing
    from mayfly.proof.verdict import Proof, Row
    from mayfly.settings import EnvironmentSettings, Examination, Fabric, VariableGroup
    from mayfly.status import EnvironmentStatus
    from mayfly.teardown import Receipt, Stack
    from mayfly.workload.loading import Workload
    from stacks.plan import Plan


class AzureCloud(Cloud):
    """Azure."""

    title = "Azure"
    source_form = CONTAINER_ID
    source_kind = "the resource id of a container"
    group_type = "azure-native:resources:ResourceGroup"
    plugin = "azure-native"
    refusals = ("AuthorizationFailed", "LinkedAuthorizationFailed", "ScopeLocked")

    @property
    def fabric_form(self) -> type[AzureFabric]:
        """Subscription and location."""
        return AzureFabric

    def is_source(self, text: str) -> bool:
        """A resource id, or an address that the rule has a better message for."""
        return text.startswith("/") or "://" in text

    def source(self, value: object) -> ContainerId:
        """A container of a storage account."""
        return container_id(value)

    def read_workload(self, folder: Path, found: Examination) -> tuple[Workload, list[Problem]]:
        """A Data Factory folder."""

        variables = None if found.application else found.variables
        workload, problems = factory.examine(folder, variables, found.permanent)
        return workload, [*_by_accident(found.variables), *problems]

    def preflight_request(self, wanted: EnvironmentSettings, workload: Workload) -> dict[str, Any]:
        """See `clouds.azure.preflight.Request`."""

        names = naming.azure.names(wanted)
        return {
            "subscription": wanted.azure.subscription,
            "location": wanted.azure.location,
            "group": names.group,
            "account": names.account,
            "further_accounts": [*names.further.values()],
            "factory": names.factory,
            "sources": wanted.variables.granted,
            "project": wanted.project,
            "environment": wanted.name,
            **({"infrastructure": where} if (where := _infrastructure(wanted)) else {}),
            "permanent": wanted.azure.permanent,
            "shared_subscription": wanted.azure.shared_subscription,
        }

    def completed(
        self, wanted: EnvironmentSettings, workload: Workload, answer: Mapping[str, Any]
    ) -> tuple[EnvironmentSettings, Workload]:
        """With the sources that its infrastructure's group tells in tags."""
        from mayfly.workload import takeover

        sources = answer.get("infrastructure")
        if sources is None or not isinstance(workload, Factory):
            return wanted, workload
        return takeover.factory(wanted, workload, sources)

    def load(self) -> None:
        """`stacks.azure`, and the classes of its SDK."""
        from components.azure import import_classes

        import_module("stacks.azure")
        import_classes()

    def build(self, plan: Plan) -> Mapping[str, pulumi.Input[object]]:
        """By `stacks.azure`."""
        from stacks import azure

        return azure.build(plan)

    def build_reaper(self, root: Path, stack: str) -> Mapping[str, pulumi.Input[object]]:
        """By `stacks.reaper_azure`, with the janitor's permissions under names of its own."""
        import os

        from mayfly.clouds.azure import endpoints, permissions
        from mayfly.sweep import sources
        from stacks import reaper_azure

        where = endpoints.discover(os.environ)
        made = reaper_azure.Permissions(permissions.reaper_roles, permissions.reaper)
        return reaper_azure.build(root, stack, made, sources, (where.resource_manager, where.audience))

    def preflight(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """By the same function as the provider's."""
        from mayfly.clouds.azure.preflight import preflight

        return preflight(shared().azure(request["subscription"]), request)

    def credentials(self, wanted: EnvironmentSettings) -> Sequence[Check]:
        """By its role assignments."""
        from mayfly.proof.azure import deployer

        return deployer.checks(_signed_in(wanted), wanted)

    def complete(self, wanted: EnvironmentSettings) -> EnvironmentSettings:
        """By the tags of its infrastructure's group."""
        from mayfly.clouds.azure import infrastructure
        from mayfly.workload import takeover

        where = _infrastructure(wanted)
        if where is None:
            return wanted
        cloud, name = _signed_in(wanted), where["environment"]
        sources = infrastructure.published(cloud, where["group"], wanted.project, name)
        if sources is None:
            what, fix = f"{where['group']} is not there", f"make it first, as its owner: `mayfly up {name}`"
            raise NoInfrastructure([Problem(f"infrastructure {name}", what, fix)])
        return takeover.containers(wanted, sources)

    def finder(self, wanted: EnvironmentSettings) -> Finder:
        """By the ids that follow from the state's inputs."""
        from mayfly.engine import recovery_azure

        return recovery_azure.finder(_signed_in(wanted), wanted.azure.subscription)

    def target(self, wanted: EnvironmentSettings, variables_known: bool) -> TeardownTarget:
        """In the fabric's subscription."""

        return TeardownTarget(
            environment=wanted.name,
            project=wanted.project,
            cloud="azure",
            place=(wanted.azure.subscription,),
            group=naming.azure.names(wanted).group,
            sources=tuple(wanted.variables.granted.values()) if variables_known else None,
        )

    def listed_target(self, row: Listed) -> TeardownTarget:
        """By its group, whose tags name the sources; without one, by where its grants were found."""
        return TeardownTarget(
            row.environment or "", row.project or "", "azure", row.place, row.group or "", row.sources
        )

    def tear_down(self, target: TeardownTarget, stack: Stack, say: Callable[[str], None]) -> Receipt:
        """Grants, then the group, then Azure is asked again."""
        from mayfly.teardown.azure import Teardown

        (subscription,) = target.place
        return Teardown(shared().azure(subscription), stack, target, say).run()

    def group(self, target: TeardownTarget) -> Group | None:
        """The resource group."""
        from mayfly.clouds.azure import groups

        (subscription,) = target.place
        return groups.get(shared().azure(subscription), groups.group_id(subscription, target.group))

    def tag_group(self, target: TeardownTarget, tags: Mapping[str, str], untag: Collection[str] = ()) -> None:
        """By the tags' own resource, which merges."""
        from mayfly.clouds.azure import groups

        (subscription,) = target.place
        cloud, id = shared().azure(subscription), groups.group_id(subscription, target.group)
        groups.tag(cloud, id, {name: naming.azure.value(text) for name, text in tags.items()}, untag)

    def status(self, target: TeardownTarget) -> EnvironmentStatus:
        """By the group's inventory, the factory's runs and the grants."""
        from mayfly.status import azure

        (subscription,) = target.place
        return azure.status(shared().azure(subscription), target)

    def caller(self, target: TeardownTarget) -> str:
        """Its object id: a person's address has no place in a tag that everybody reads."""
        (subscription,) = target.place
        return shared().azure(subscription).caller().object_id

    def run(
        self, wanted: EnvironmentSettings, name: str, parameters: Mapping[str, Any], output: Output
    ) -> RunResult:
        """A pipeline of the environment's factory."""
        from mayfly.cli import run_azure

        return run_azure.run(_signed_in(wanted), wanted, name, parameters, output)

    def prove(self, wanted: EnvironmentSettings, patience: float, say: Callable[[str], None]) -> Proof:
        """By canary pipelines of the environment's factory."""
        from mayfly.proof.azure import prove

        return prove.prove(_signed_in(wanted), wanted, patience, say)

    def await_access(
        self, wanted: EnvironmentSettings, made: Collection[str] | None, say: Callable[[str], None]
    ) -> Sequence[Row]:
        """By canary pipelines, as in `prove`."""
        from mayfly.proof.azure import prove

        return prove.await_access(_signed_in(wanted), wanted, made, say)

    def environments(
        self, fabrics: Iterable[Fabric], here: bool = False, closely: Collection[str] | None = None
    ) -> Listing:
        """Of subscriptions."""
        from mayfly.listing import azure

        return azure.environments(fabrics, here, closely)


def _by_accident(group: VariableGroup | None) -> Iterator[Problem]:
    """Stores that are apart in production, and would be one container here."""
    for store, other, name in shared_containers(group.sinks if group else {}):
        what = f"its container {name!r} is one with that of the store {other!r}, in one account"
        fix = "`account: apart` in one of the two, or the same word in both where they are one in production"
        yield Problem(f"sinks.{store} of {VARIABLES}/{group.name if group else ''}.yaml", what, fix)


def _signed_in(wanted: EnvironmentSettings) -> Azure:
    """A client of the fabric's subscription, the same for all of a verb. Nothing is called."""

    return shared().azure(wanted.azure.subscription)


def _infrastructure(wanted: EnvironmentSettings) -> dict[str, str] | None:
    """Whose sources an application reads, and the group that tells them; None for one with its own."""
    name, group = wanted.fabric.infrastructure, wanted.infrastructure_group
    return {"environment": name, "group": group} if name and group else None


CLOUD = AzureCloud()
