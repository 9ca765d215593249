"""A whole environment: its group, its sink, its functions, and its reading of production."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
from pulumi_aws import ssm

from components.aws.clones import CloneArgs, Clones
from components.aws.functions import FunctionArgs, Functions, FunctionsArgs, LayerArgs
from components.aws.group import EphemeralGroup, EphemeralGroupArgs
from components.aws.reader import ProductionReader, ProductionReaderArgs
from components.aws.schedules import ScheduleArgs, Schedules, SchedulesArgs
from components.aws.sink import Sink, SinkArgs
from components.protection import protected

STANDARD_CHARACTERS = 4096
"""What a parameter of the standard tier holds; the advanced one holds 8 KB, and is charged for.

https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html
"""


@dataclass(frozen=True)
class PublishedArgs:
    """What an environment tells others of itself.

    name: of the parameter, "/mayfly/<environment>/infrastructure".
    value: a JSON document, at most 8 KB, without secrets.
    """

    name: str
    value: str


@dataclass(frozen=True)
class EnvironmentArgs:
    """What an environment is made of.

    environment, project: names that tell what belongs to it, as the tags mayfly-env and mayfly-project say.
    account, region: where it is: 12 digits, and such as "eu-west-1".
    group_name, bucket_name, role_name, schedule_role_name: names of the Resource Group, the bucket, and the
        roles of functions and schedules, checked and cut beforehand.
    path: IAM path of the roles, "/mayfly/<environment>/".
    logs: what the names of its log groups begin with, and those of no other environment.
    boundary_arn: ARN of the permissions boundary of the roles.
    sources: name of a source → ARN of the bucket of production that is read, with a prefix or without.
    functions: the workload's name of a function → what it is made of.
    layers: name of a layer of the environment's own → what it is made of; none by default.
    variables: environment variables of the functions: where the stores are, and plain values.
    tags: on every resource that takes them.
    group_tags: further ones, on the Resource Group alone, since they change.
    expire_days: days after which an object of the sink is deleted, as a last line; None with `permanent`.
    published: what others may read of it; None, the default, publishes nothing.
    permanent: production: everything is protected from deletion, overwritten objects can be brought back for
        a week, and schedules run. The default is an environment that goes again.
    clones: name of an entry → production's tables that are cloned; none by default.
    namespace_tag: the further tag of the functions' role by which the boundary lets it write its clones.
    """

    environment: str
    project: str
    account: str
    region: str
    group_name: str
    bucket_name: str
    role_name: str
    schedule_role_name: str
    path: str
    logs: str
    boundary_arn: str
    sources: Mapping[str, str]
    functions: Mapping[str, FunctionArgs]
    variables: Mapping[str, str]
    tags: Mapping[str, str]
    layers: Mapping[str, LayerArgs] = field(default_factory=dict)
    group_tags: Mapping[str, str] = field(default_factory=dict)
    expire_days: int | None = None
    published: PublishedArgs | None = None
    permanent: bool = False
    clones: Mapping[str, CloneArgs] = field(default_factory=dict)
    namespace_tag: Mapping[str, str] = field(default_factory=dict)

    @property
    def logs_arn(self) -> str:
        """ARN of the environment's log groups."""
        return f"arn:aws:logs:{self.region}:{self.account}:log-group:{self.logs}*"

    def function_arn(self, key: str) -> str:
        """ARN of a function, known before it is made."""
        return f"arn:aws:lambda:{self.region}:{self.account}:function:{self.functions[key].function_name}"


class Environment(pulumi.ComponentResource):
    """Functions that write to their own sink, and production's data, which they only read."""

    group: EphemeralGroup
    """What it is torn down by."""

    sink: Sink
    """Where the environment writes."""

    reader: ProductionReader
    """Who its functions are, and what they may read of production."""

    functions: Functions
    """What runs."""

    clones: Clones | None
    """Production's tables, writable; None without any."""

    def __init__(self, name: str, args: EnvironmentArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mayfly:aws:Environment", name, None, protected(opts, args.permanent))
        self.group = self._create_group(name, args)
        self.sink = self._create_sink(name, args)
        self.clones = self._create_clones(name, args)
        self.reader = self._create_reader(name, args)
        self.functions = self._create_functions(name, args)
        self._create_schedules(name, args)
        self._publish(name, args)
        self.register_outputs({"groupName": self.group.group_name, "roleArn": self.reader.role_arn})

    def _create_group(self, name: str, args: EnvironmentArgs) -> EphemeralGroup:
        group = EphemeralGroupArgs(
            environment=args.environment,
            project=args.project,
            account=args.account,
            region=args.region,
            group_name=args.group_name,
            tags={**args.tags, **args.group_tags},
        )
        return EphemeralGroup(name, group, pulumi.ResourceOptions(parent=self))

    def _create_sink(self, name: str, args: EnvironmentArgs) -> Sink:
        sink = SinkArgs(args.bucket_name, args.tags, None if args.permanent else args.expire_days)
        return Sink(name, sink, self.group.inside(self))

    def _create_clones(self, name: str, args: EnvironmentArgs) -> Clones | None:
        """Outside of the group, as a grant on Azure is: `inside` would leave them to the group's delete."""
        if not args.clones:
            return None
        return Clones(
            name,
            args.clones,
            bucket=self.sink.bucket_name,
            marker=args.tags,
            account=args.account,
            region=args.region,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _create_reader(self, name: str, args: EnvironmentArgs) -> ProductionReader:
        reader = ProductionReaderArgs(
            role_name=args.role_name,
            path=args.path,
            boundary_arn=args.boundary_arn,
            sources=args.sources,
            bucket_name=args.bucket_name,
            logs_arn=args.logs_arn,
            tags={**args.tags, **args.namespace_tag},
            databases=[
                f"arn:aws:glue:{args.region}:{args.account}:database/{clone.namespace}"
                for clone in args.clones.values()
            ],
        )
        return ProductionReader(name, reader, self.group.inside(self))

    def _create_functions(self, name: str, args: EnvironmentArgs) -> Functions:
        functions = FunctionsArgs(
            functions=args.functions,
            layers=args.layers,
            role_arn=self.reader.role_arn,
            variables=args.variables,
            tags=args.tags,
            depends_on=[self.reader.policy, *(self.clones.made.values() if self.clones else ())],
        )
        return Functions(name, functions, self.group.inside(self))

    def _create_schedules(self, name: str, args: EnvironmentArgs) -> None:
        """Make the schedules, after the permissions and the sink that their functions use."""
        wanted = self._schedules(args)
        if not wanted:
            return
        schedules = SchedulesArgs(
            schedules=wanted,
            account=args.account,
            functions=[args.function_arn(key) for key in wanted],
            role_name=args.schedule_role_name,
            path=args.path,
            boundary_arn=args.boundary_arn,
            tags=args.tags,
            running=args.permanent,
            depends_on=[self.sink],
        )
        Schedules(name, schedules, self.group.inside(self))

    def _schedules(self, args: EnvironmentArgs) -> dict[str, ScheduleArgs]:
        return {
            key: ScheduleArgs(function.function_name, function.schedule, self.functions.arns[key])
            for key, function in args.functions.items()
            if function.schedule is not None
        }

    def _publish(self, name: str, args: EnvironmentArgs) -> None:
        """Tell what the environment offers, when it is there."""
        if args.published is None:
            return
        ssm.Parameter(
            f"{name}-published",
            name=args.published.name,
            type="String",
            tier="Standard" if len(args.published.value) <= STANDARD_CHARACTERS else "Advanced",
            insecure_value=args.published.value,
            tags=args.tags,
            opts=pulumi.ResourceOptions.merge(
                self.group.inside(self), pulumi.ResourceOptions(depends_on=[self.sink, self.functions])
            ),
        )
