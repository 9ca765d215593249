"""AWS: an account and region; a Resource Group with a bucket, a role and Lambda functions."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from mayfly import naming
from mayfly.clouds.shared import shared
from mayfly.errors import NoInfrastructure, NotAllowed, Problem
from mayfly.registry import Cloud
from mayfly.settings import function_names
from mayfly.settings.fabrics import AwsFabric
from mayfly.settings.invalid import TYPE_WORDS
from mayfly.settings.sources import BUCKET_ARN, BucketArn, bucket_arn
from mayfly.teardown import TeardownTarget

if TYPE_CHECKING:
    from pathlib import Path

    import pulumi

    from mayfly.check import Check
    from mayfly.cli.output import Output
    from mayfly.cli.run import RunResult
    from mayfly.clouds.aws import Aws
    from mayfly.clouds.thing import EnvironmentGroup
    from mayfly.engine.recovery import Finder
    from mayfly.listing import Listed, Listing
    from mayfly.proof.verdict import Proof, Row
    from mayfly.settings import EnvironmentSettings, Examination, Fabric, VariableGroup
    from mayfly.settings.document import Document
    from mayfly.status import EnvironmentStatus
    from mayfly.teardown import Receipt, Stack
    from mayfly.workload.loading import Workload
    from stacks.plan import Plan


class AwsCloud(Cloud):
    """AWS."""

    title = "AWS"
    source_form = BUCKET_ARN
    source_kind = "the ARN of a bucket"
    group_type = "aws:resourcegroups/group:Group"
    plugin = "aws"
    refusals = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")

    @property
    def fabric_form(self) -> type[AwsFabric]:
        """Account and region."""
        return AwsFabric

    def is_source(self, text: str) -> bool:
        """An ARN, or what the tools of S3 take for a bucket."""
        return text.startswith(("arn:", "s3:", "s3a:", "s3n:")) or ".amazonaws.com" in text

    def source(self, value: object) -> BucketArn:
        """A bucket, or a prefix of it."""
        return bucket_arn(value)

    def variable_problems(self, group: VariableGroup, document: Document) -> Iterable[Problem]:
        """Names that a function cannot have as environment variables; sinks that are more than a folder."""
        for store, sink in group.sinks.items():
            if len(sink.names) > 1 or sink.account or sink.seeds:
                what = "is more than a folder of the environment's one bucket"
                yield Problem(
                    document.where(("sinks", store)), what, "a folder's name: a store on AWS is one"
                )
        for name, value in group.values.items():
            if isinstance(value, list | dict):
                what = f"is {TYPE_WORDS[type(value)]}, and functions have texts"
                yield Problem(document.where(("values", name)), what, "a text of JSON")
        for section in ("linked_services", "overrides"):
            if getattr(group, section):
                yield Problem(document.where((section,)), "is a data factory's", "leave it out")
        yield from function_names.problems(group, document)

    def read_workload(self, folder: Path, found: Examination) -> tuple[Workload, list[Problem]]:
        """Functions; for an application, their code only."""
        from mayfly.workload.functions import folder as functions

        if found.application:
            return functions.examine_application(folder, found.images)
        return functions.examine(folder, found.variables, found.images)

    def preflight_request(self, wanted: EnvironmentSettings, workload: Workload) -> dict[str, Any]:
        """See `clouds.aws.preflight`. A permanent environment has to be able to publish its functions."""
        from mayfly.workload.functions import Functions, published

        names = naming.aws.names(wanted)
        if wanted.fabric.permanent and isinstance(workload, Functions):
            published.publish(wanted, names.bucket, workload)
        return {
            "account": wanted.aws.account,
            "region": wanted.aws.region,
            "project": wanted.project,
            "environment": wanted.name,
            "resource_group": names.resource_group,
            "bucket": names.bucket,
            "role": names.role,
            "functions": [naming.aws.function_name(wanted, name) for name in _names(workload)],
            "sources": {store: str(arn) for store, arn in wanted.variables.buckets.items()},
            **({"infrastructure": name} if (name := wanted.fabric.infrastructure) else {}),
            **_needed(workload),
        }

    def completed(
        self, wanted: EnvironmentSettings, workload: Workload, answer: Mapping[str, Any]
    ) -> tuple[EnvironmentSettings, Workload]:
        """With the sources and the functions' sizes that its infrastructure publishes, as JSON."""
        from mayfly.workload import takeover
        from mayfly.workload.functions import Application

        published = answer.get("infrastructure")
        if published is None or not isinstance(workload, Application):
            return wanted, workload
        return takeover.functions(wanted, workload, json.loads(published))

    def load(self) -> None:
        """`stacks.aws`, and the classes of its SDK."""
        from components.aws import import_classes

        import_module("stacks.aws")
        import_classes()

    def build(self, plan: Plan) -> Mapping[str, pulumi.Input[object]]:
        """By `stacks.aws`."""
        from stacks import aws

        return aws.build(plan)

    def build_reaper(self, root: Path, stack: str) -> Mapping[str, pulumi.Input[object]]:
        """By `stacks.reaper`, with the janitor's policies."""
        from mayfly.clouds.aws import permissions
        from stacks import reaper

        return reaper.build(root, stack, permissions.reaper)

    def preflight(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """By the same function as the provider's."""
        from mayfly.clouds.aws.preflight import preflight

        return preflight(shared().aws(request["account"], request["region"]), request)

    def credentials(self, wanted: EnvironmentSettings) -> Sequence[Check]:
        """By policy simulation, where that is allowed."""
        from mayfly.proof.aws import deployer

        return deployer.checks(_signed_in(wanted), wanted)

    def complete(self, wanted: EnvironmentSettings) -> EnvironmentSettings:
        """By the parameter that its infrastructure publishes."""
        from mayfly.clouds.aws import infrastructure
        from mayfly.workload import takeover

        name = wanted.fabric.infrastructure
        if name is None:
            return wanted
        cloud = _signed_in(wanted)
        cloud.check_account()
        found = infrastructure.published(cloud, naming.aws.parameter(name))
        if found is None:
            what, fix = "publishes nothing", f"make it first, as its owner: `mayfly up {name}`"
            raise NoInfrastructure([Problem(f"infrastructure {name}", what, fix)])
        return takeover.settings(wanted, found)

    def finder(self, wanted: EnvironmentSettings) -> Finder:
        """By the names that the state's inputs have."""
        from mayfly.clouds.aws.owner import Owner
        from mayfly.engine import recovery_aws

        owner = Owner(wanted.project, wanted.name, wanted.aws.account, wanted.aws.region)
        return recovery_aws.finder(_signed_in(wanted), owner)

    def target(self, wanted: EnvironmentSettings, variables_known: bool) -> TeardownTarget:
        """In the fabric's account and region."""

        return TeardownTarget(
            environment=wanted.name,
            project=wanted.project,
            cloud="aws",
            place=(wanted.aws.account, wanted.aws.region),
            group=naming.aws.resource_group(wanted.name),
            sources=tuple(str(arn) for arn in wanted.variables.buckets.values()) if variables_known else None,
        )

    def listed_target(self, row: Listed) -> TeardownTarget:
        """By its name. A group's tags can name another environment: who may tag one need not own that."""
        environment, group = row.environment or "", naming.aws.resource_group(row.environment or "")
        if row.group not in (None, group):
            raise NotAllowed(f"the tags of {row.id} name {environment}, whose own group is {group}")
        return TeardownTarget(environment, row.project or "", "aws", row.place, group)

    def tear_down(self, target: TeardownTarget, stack: Stack, say: Callable[[str], None]) -> Receipt:
        """One sweep of all that carries its tags or lives under its paths, then AWS is asked again.

        Nothing of others can be among it, so there is nothing for `include_foreign` to admit.
        """
        from mayfly.teardown.aws import Teardown

        account, region = target.place
        return Teardown(shared().aws(account, region), stack, target, say).run()

    def group(self, target: TeardownTarget) -> EnvironmentGroup | None:
        """The Resource Group."""
        from mayfly.clouds.aws import groups

        return groups.get(_of(target), target.group)

    def tag_group(self, target: TeardownTarget, tags: Mapping[str, str], untag: Collection[str] = ()) -> None:
        """By the calls of Resource Groups, which merge."""
        from mayfly.clouds.aws import groups

        fit = {name: naming.aws.value(text) for name, text in tags.items()}
        groups.tag(_of(target), target.group, fit, untag)

    def status(self, target: TeardownTarget) -> EnvironmentStatus:
        """By the sweep's own look, the functions' logs and production's policies."""
        from mayfly.status import aws

        return aws.status(_of(target), target)

    def caller(self, target: TeardownTarget) -> str:
        """Its ARN."""
        return _of(target).caller

    def run(
        self, wanted: EnvironmentSettings, name: str, parameters: Mapping[str, Any], output: Output
    ) -> RunResult:
        """A function, invoked once; the parameters are its event."""
        from mayfly.cli import run_aws

        return run_aws.run(_signed_in(wanted), wanted, name, parameters, output)

    def replayed(
        self, wanted: EnvironmentSettings, event: Any, permanent: Sequence[EnvironmentSettings]
    ) -> tuple[Any, int]:
        """By the names of stores: the same store is elsewhere in each environment."""
        from mayfly.workload.functions import events

        others = [(other, naming.aws.names(other).bucket) for other in permanent]
        moved = events.moves(self.complete(wanted), naming.aws.names(wanted).bucket, others)
        return events.rewritten(event, moved)

    def prove(self, wanted: EnvironmentSettings, patience: float, say: Callable[[str], None]) -> Proof:
        """By a canary function under the environment's own role."""
        from mayfly.proof.aws import prove

        return prove.prove(_signed_in(wanted), wanted, patience, say)

    def await_access(
        self, wanted: EnvironmentSettings, made: Collection[str] | None, say: Callable[[str], None]
    ) -> Sequence[Row]:
        """Nothing is tried: what IAM changes is mostly seen within seconds, and to make, call and remove a
        canary would take longer. `run` tells a refusal as what it is.

        Source: IAM User Guide, "Troubleshoot IAM", changes that I make are not always immediately visible.
        """
        return []

    def environments(
        self, fabrics: Iterable[Fabric], here: bool = False, closely: Collection[str] | None = None
    ) -> Listing:
        """Of accounts and regions."""
        from mayfly.listing import aws

        return aws.environments(fabrics, here, closely)


def _signed_in(wanted: EnvironmentSettings) -> Aws:
    """A client that asks for the fabric's account, the same for all of a verb. Nothing is called."""

    return shared().aws(wanted.aws.account, wanted.aws.region)


def _of(target: TeardownTarget) -> Aws:
    """A client of the target's account and region. Raises NotAllowed in another account."""
    cloud = shared().aws(*target.place)
    cloud.check_account()
    return cloud


def _needed(workload: Workload) -> dict[str, int]:
    """The roles and the bytes of code that a workload is made of. An application's schedules are not known
    before its infrastructure tells its functions' settings.
    """
    from mayfly.workload.functions import Functions

    made = workload.functions.values() if isinstance(workload, Functions) else ()
    roles = 2 if any(function.schedule for function in made) else 1
    layers = {part.digest: part.path.stat().st_size for function in made for part in function.layer_parts}
    code = sum(function.code_size for function in made) + sum(layers.values())
    return {"roles": roles, "code_bytes": code}


def _names(workload: Workload) -> list[str]:
    """The names that a workload gives its functions."""
    from mayfly.workload.functions import Application, Functions

    return workload.names if isinstance(workload, Functions | Application) else []


CLOUD = AwsCloud()
