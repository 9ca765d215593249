"""An environment on AWS: names, tags and functions for `components.aws`."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from datetime import timedelta

import pulumi
from pulumi_aws import Provider

from components.aws import (
    CloneArgs,
    Environment,
    EnvironmentArgs,
    FunctionArgs,
    ImageArgs,
    LayerArgs,
    PublishedArgs,
    ZipArgs,
)
from mayfly import naming
from mayfly.naming import clones
from mayfly.naming.aws import AwsNames
from mayfly.workload import functions
from mayfly.workload.functions import Function, published
from stacks import archives
from stacks.plan import Plan


def build(plan: Plan) -> Mapping[str, pulumi.Input[object]]:
    """Register an environment's resources, and return the stack's outputs by their names."""
    names = naming.aws.names(plan.wanted)
    for problem in plan.functions.notes:
        pulumi.log.warn(str(problem))
    component = _environment(plan, _args(plan, names))
    return _outputs(plan, names, component)


def _functions(plan: Plan) -> dict[str, FunctionArgs]:
    return {key: _function(plan, function) for key, function in plan.functions.functions.items()}


def _function(plan: Plan, function: Function) -> FunctionArgs:
    wanted = plan.wanted
    return FunctionArgs(
        function_name=naming.aws.function_name(wanted, function.name),
        log_group_name=naming.aws.log_group(wanted, function.name),
        code=_code(plan, function),
        memory=function.memory,
        timeout=function.timeout,
        log_retention=function.log_retention,
        layers=function.layer_arns(wanted.aws.region),
        own_layers=[naming.aws.layer(wanted, part.digest) for part in function.layer_parts],
        schedule=function.schedule,
    )


def _code(plan: Plan, function: Function) -> ZipArgs | ImageArgs:
    if function.runtime is None:
        return ImageArgs(function.image_uri(plan.wanted.aws.region))
    archive = archives.write(plan.root, function.name, functions.zipped(function))
    return ZipArgs(str(archive.path), archive.source_hash, function.runtime, function.handler)


def _layers(plan: Plan) -> dict[str, LayerArgs]:
    """The layers of all functions' dependencies: one for what several ask for alike."""
    parts = [part for function in plan.functions.functions.values() for part in function.layer_parts]
    return {
        naming.aws.layer(plan.wanted, part.digest): LayerArgs(
            str(part.path), base64.b64encode(bytes.fromhex(part.digest)).decode()
        )
        for part in parts
    }


def _environment(plan: Plan, args: EnvironmentArgs) -> Environment:
    """Register it, with a provider pinned to the fabric's account and region, whatever the shell's are."""
    fabric = plan.wanted.aws
    aws = Provider("aws", region=fabric.region, allowed_account_ids=[fabric.account])
    return Environment(plan.wanted.name, args, pulumi.ResourceOptions(providers=[aws]))


def _args(plan: Plan, names: AwsNames) -> EnvironmentArgs:
    wanted, life = plan.wanted, plan.life
    tags, group_tags = naming.aws.tags(
        wanted, plan.origin, life.created, life.expires, plan.workload_origin, life.kept
    )
    return EnvironmentArgs(
        environment=wanted.name,
        project=wanted.project,
        account=wanted.aws.account,
        region=wanted.aws.region,
        group_name=names.resource_group,
        bucket_name=names.bucket,
        role_name=names.role,
        schedule_role_name=names.schedule_role,
        path=names.iam_path,
        logs=naming.aws.log_prefix(wanted.name),
        boundary_arn=naming.aws.boundary_arn(wanted.aws.account),
        sources=_sources(plan),
        functions=_functions(plan),
        layers=_layers(plan),
        variables=functions.environment_variables(wanted, names.bucket),
        tags=tags,
        group_tags={**group_tags, **_clone_tags(plan)},
        expire_days=_expire_days(plan),
        published=_published(plan, names),
        permanent=wanted.fabric.permanent,
        clones=_clones(plan),
        namespace_tag=_namespace_tag(plan),
    )


def _clones(plan: Plan) -> dict[str, CloneArgs]:
    """Return what is cloned: nothing in a permanent environment, whose tables are production's own."""
    entries = plan.wanted.variables.tables
    return {
        name: CloneArgs(
            engine=entries[name].engine,
            catalog=entries[name].catalog,
            source=entries[name].namespace,
            tables=entries[name].tables,
            at=entries[name].at,
            namespace=namespace,
            folder=f"{clones.FOLDER}/{name}",
        )
        for name, namespace in clones.namespaces(plan.wanted).items()
    }


def _namespace_tag(plan: Plan) -> dict[str, str]:
    cloned = clones.namespaces(plan.wanted)
    return {clones.NAMESPACE_TAG: clones.folded(plan.wanted.name)} if cloned else {}


def _clone_tags(plan: Plan) -> dict[str, str]:
    """Return the group's tags that name the engines a teardown has to ask."""
    entries = plan.wanted.variables.tables
    return {
        f"{clones.CLONE_TAG}{name}": naming.aws.value(f"{entries[name].engine} {entries[name].catalog}")
        for name in clones.namespaces(plan.wanted)
    }


def _expire_days(plan: Plan) -> int | None:
    """Return the longest life in days, and the day that was begun; None where there is no end."""
    life = plan.wanted.fabric.life
    return None if life is None else math.ceil(life.longest / timedelta(days=1))


def _published(plan: Plan, names: AwsNames) -> PublishedArgs | None:
    """Return what fabrics of the scope application take over: of the permanent environment alone."""
    if not plan.wanted.fabric.permanent:
        return None
    text = published.publish(plan.wanted, names.bucket, plan.functions)
    return PublishedArgs(naming.aws.parameter(plan.wanted.name), text)


def _sources(plan: Plan) -> dict[str, str]:
    return {store: str(arn) for store, arn in plan.wanted.variables.buckets.items()}


def _outputs(plan: Plan, names: AwsNames, component: Environment) -> dict[str, pulumi.Input[object]]:
    return {
        "account": plan.wanted.aws.account,
        "region": plan.wanted.aws.region,
        "resource_group": component.group.group_name,
        "bucket": component.sink.bucket_name,
        "sinks": {
            store: f"s3://{names.bucket}/{folder}/" for store, folder in plan.wanted.variables.sinks.items()
        },
        "functions": dict(component.functions.arns),
        "role_arn": component.reader.role_arn,
        "boundary_arn": naming.aws.boundary_arn(plan.wanted.aws.account),
        "variables": plan.wanted.variables.resolved,
        **({"clones": _cloned(component)} if component.clones else {}),
        **plan.infrastructure,
    }


def _cloned(component: Environment) -> dict[str, pulumi.Input[object]]:
    """Return each clone's namespace, the versions of production that it is of, and their rows."""
    made = component.clones.made if component.clones else {}
    return {
        name: {"namespace": clone.namespace, "snapshots": clone.snapshots, "rows": clone.rows}
        for name, clone in made.items()
    }
