"""What runs in an environment: its Lambda functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi_aws import cloudwatch, lambda_


@dataclass(frozen=True)
class ZipArgs:
    """Code as a zip file.

    archive: path of the file. source_hash: its SHA-256 in base64, as Lambda tells it; it alone says that the
    code changed. runtime, handler: such as "python3.12" and "handler.main".
    """

    archive: str
    source_hash: str
    runtime: str
    handler: str


@dataclass(frozen=True)
class ImageArgs:
    """Code as a container image. uri: of Amazon ECR in the same region, with the digest behind an @."""

    uri: str


@dataclass(frozen=True)
class FunctionArgs:
    """One function.

    function_name: unique in the account and region: at most 64 letters, digits, hyphens and underscores.
    log_group_name: name of the log group that is made for it, at most 512 characters.
    code: its zip file, or its image.
    memory: MB, 128 to 10240.
    timeout: seconds, 1 to 900.
    log_retention: days that its log is kept, one of those that CloudWatch Logs knows.
    layers: ARNs of layer versions of others; none by default.
    own_layers: names of layers in `FunctionsArgs.layers` that it uses besides; none by default.
    schedule: when it runs by itself, "rate(1 day)", "cron(0 6 * * ? *)" or "at(2026-11-21T04:46:00)" in UTC;
        None, the default: only when it is invoked.
    """

    function_name: str
    log_group_name: str
    code: ZipArgs | ImageArgs
    memory: int
    timeout: int
    log_retention: int
    layers: Sequence[str] = ()
    own_layers: Sequence[str] = ()
    schedule: str | None = None


@dataclass(frozen=True)
class LayerArgs:
    """A layer with dependencies of functions.

    archive: path of the zip file, with all below python/.
    content_hash: in base64; it alone says that what it holds changed, whatever packed it.
    """

    archive: str
    content_hash: str


@dataclass(frozen=True)
class FunctionsArgs:
    """All functions of an environment.

    functions: the workload's name of each → what it is made of.
    layers: name of a layer of the environment's own, at most 140 letters, digits, hyphens and underscores →
        what it is made of. One is there for all functions that use it, and another content has another name.
    role_arn: the role that all of them run as.
    variables: environment variables of all of them.
    tags: the environment's marker.
    depends_on: what has to be there before a function may run: the role's permissions.
    """

    functions: Mapping[str, FunctionArgs]
    layers: Mapping[str, LayerArgs]
    role_arn: pulumi.Input[str]
    variables: Mapping[str, str]
    tags: Mapping[str, str]
    depends_on: Sequence[pulumi.Resource] = field(default_factory=tuple)


class Functions(pulumi.ComponentResource):
    """Lambda functions, each with a log group that goes when the environment goes.

    Lambda makes a log group itself where there is none: it would have no retention and stay for ever. So each
    is made before its function, and the role may not make any.
    """

    arns: Mapping[str, pulumi.Output[str]]
    """ARN of each function, by the workload's name of it."""

    def __init__(self, name: str, args: FunctionsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mayfly:aws:Functions", name, None, opts)
        layers = {key: self._create_layer(name, key, args.layers[key]) for key in sorted(args.layers)}
        made = {key: self._create_function(name, key, args, layers) for key in sorted(args.functions)}
        self.arns = {key: function.arn for key, function in made.items()}
        self.register_outputs({"arns": dict(self.arns)})

    def _create_layer(self, name: str, key: str, args: LayerArgs) -> lambda_.LayerVersion:
        """Never protected: what a permanent environment's functions no longer use goes as well."""
        return lambda_.LayerVersion(
            f"{name}-layer-{key}",
            layer_name=key,
            code=pulumi.FileArchive(args.archive),
            source_code_hash=args.content_hash,
            opts=pulumi.ResourceOptions(parent=self, protect=False),
        )

    def _create_function(
        self, name: str, key: str, args: FunctionsArgs, layers: Mapping[str, lambda_.LayerVersion]
    ) -> lambda_.Function:
        wanted = args.functions[key]
        log = self._create_log(f"{name}-log-{key}", wanted, args)
        return lambda_.Function(
            f"{name}-function-{key}",
            name=wanted.function_name,
            **_code(wanted.code),
            memory_size=wanted.memory,
            timeout=wanted.timeout,
            layers=[*wanted.layers, *(layers[one].arn for one in wanted.own_layers)] or None,
            role=args.role_arn,
            environment=lambda_.FunctionEnvironmentArgs(variables=args.variables),
            logging_config=lambda_.FunctionLoggingConfigArgs(
                log_format="Text", log_group=wanted.log_group_name
            ),
            tags=args.tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[log, *args.depends_on]),
        )

    def _create_log(self, name: str, wanted: FunctionArgs, args: FunctionsArgs) -> cloudwatch.LogGroup:
        return cloudwatch.LogGroup(
            name,
            name=wanted.log_group_name,
            retention_in_days=wanted.log_retention,
            tags=args.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )


def _code(code: ZipArgs | ImageArgs) -> dict[str, Any]:
    if isinstance(code, ImageArgs):
        return {"package_type": "Image", "image_uri": code.uri}
    return {
        "code": pulumi.FileArchive(code.archive),
        "source_code_hash": code.source_hash,
        "runtime": code.runtime,
        "handler": code.handler,
    }
