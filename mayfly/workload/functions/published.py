"""What a permanent environment publishes for applications: how the parameter is written and read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import ValidationError

from mayfly import naming
from mayfly.errors import BadInput, Problem
from mayfly.settings import EnvironmentSettings
from mayfly.settings.forms import SettingsForm
from mayfly.workload.functions.folder import Functions
from mayfly.workload.functions.models import Days, Function, Image, Megabytes, Package, Runtime, Seconds

SCHEMA_VERSION: Literal[1] = 1
LONGEST = 8192
"""Bytes of a parameter's value, at most.

https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html
"""


class PublishedFunction(SettingsForm):
    """The settings of a function of the infrastructure."""

    name: str
    """Its name on AWS."""

    image: Image | None = None
    """The repository of its image, with {region}."""

    runtime: Runtime | None = None
    """What AWS runs it with; None with an image."""

    handler: str = ""
    """What is called: in Python the module and the function in it."""

    package: Package | None = None
    """The .zip file of its folder that is sent as it is."""

    memory: Megabytes
    """In MB."""

    timeout: Seconds
    """In seconds."""

    layers: tuple[str, ...] = ()
    """ARNs of layer versions, in the infrastructure's region."""

    log_retention: Days
    """How long its log is kept, in days."""


class Published(SettingsForm):
    """What an environment publishes: place, boundary, sources, functions."""

    schema_version: Literal[1]
    """Of this form."""

    environment: str
    """The permanent environment's name."""

    account: str
    """12 digits."""

    region: str
    """Such as eu-west-1."""

    boundary_arn: str
    """The permissions boundary of every environment's roles."""

    roles_path: str
    """The IAM path that the paths of all environments' roles begin with."""

    bucket: str
    """Its own, which it writes."""

    sources: Mapping[str, str]
    """Store → ARN of the bucket that is read, with its prefix."""

    functions: Mapping[str, PublishedFunction]
    """The workload's name of each → how it runs."""


def publish(wanted: EnvironmentSettings, bucket: str, functions: Functions) -> str:
    """Return an environment's published outputs as JSON. Nothing of it is secret; all is known beforehand.

    bucket: its own.

    Raises BadInput when it is longer than a parameter may be.
    """
    fabric = wanted.aws
    published = Published(
        schema_version=SCHEMA_VERSION,
        environment=wanted.name,
        account=fabric.account,
        region=fabric.region,
        boundary_arn=naming.aws.boundary_arn(fabric.account),
        roles_path=naming.aws.ROLES_PATH,
        bucket=bucket,
        sources={store: str(arn) for store, arn in wanted.variables.buckets.items()},
        functions={name: _function(wanted, functions.functions[name]) for name in functions.names},
    )
    text = json.dumps(published.model_dump(mode="json", exclude_none=True), separators=(",", ":"))
    if len(text) > LONGEST:
        what = f"what is published of {wanted.name} has {len(text)} characters"
        fix = f"at most {LONGEST}: have fewer functions or sources"
        raise BadInput([Problem(f"parameter {naming.aws.parameter(wanted.name)}", what, fix)])
    return text


def _function(wanted: EnvironmentSettings, function: Function) -> PublishedFunction:
    return PublishedFunction(
        name=naming.aws.function_name(wanted, function.name),
        image=function.image,
        runtime=function.runtime,
        handler=function.handler,
        package=function.package,
        memory=function.memory,
        timeout=function.timeout,
        layers=tuple(function.layer_arns(wanted.aws.region)),
        log_retention=function.log_retention,
    )


def read(wanted: EnvironmentSettings, published: Mapping[str, Any]) -> Published:
    """Return what the infrastructure of an application published.

    published: the JSON object in its parameter.

    Raises BadInput where it is not of our form, or of another place than the application is for.
    """
    where = parameter(wanted)
    again = "bring the infrastructure up to date: `mayfly up`, as its owner"
    try:
        found = Published.model_validate(published)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        at = ".".join(map(str, first["loc"]))
        what = f"is not what we publish: {first['msg']}"
        raise BadInput([Problem(f"{where}: {at}", what, again)]) from None
    # The deployer may make roles with this boundary only, and a teardown looks for them below this path.
    fabric = wanted.aws
    place = {
        "environment": str(fabric.infrastructure),
        "account": fabric.account,
        "region": fabric.region,
        "boundary_arn": naming.aws.boundary_arn(fabric.account),
        "roles_path": naming.aws.ROLES_PATH,
    }
    problems = [
        Problem(f"{where}: {name}", f"is {got!r}, and has to be {expected!r} for {wanted.name}", again)
        for name, expected in place.items()
        if (got := getattr(found, name)) != expected
    ]
    if problems:
        raise BadInput(problems)
    return found


def parameter(wanted: EnvironmentSettings) -> str:
    """Return the name of the parameter in which an application's infrastructure publishes."""
    return naming.aws.parameter(str(wanted.fabric.infrastructure))
