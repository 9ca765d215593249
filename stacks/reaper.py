"""The in-cloud reaper on AWS: its package, names and policies for `components.aws`."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pulumi
from pulumi_aws import Provider

import mayfly
from components.aws import Reaper, ReaperArgs
from mayfly import naming, reaper, settings
from mayfly.reaper import ReaperSettings
from mayfly.settings import AwsFabric
from mayfly.settings.overrides import PREFIX
from mayfly.settings.workload import FILE
from mayfly.workload import functions
from stacks import archives, wheels

HANDLER = "mayfly.reaper.aws.handler"
PACKAGES = (
    "annotated-types",
    "pydantic",
    "pydantic-core",
    "pyyaml",
    "typing-extensions",
    "typing-inspection",
)
"""What a sweep imports besides boto3, which Lambda's runtime has."""

LOCK = "requirements.txt"

Policies = Callable[[Path, list[AwsFabric], Mapping[str, str], str, str], Mapping[str, Mapping[str, Any]]]
"""See `mayfly.clouds.aws.permissions.reaper`."""


def build(root: Path, stack: str, policies: Policies) -> Mapping[str, pulumi.Input[object]]:
    """Register the reaper, and return the stack's outputs. Raises BadInput with nothing registered."""
    wanted = reaper.load(root, stack)
    args = _args(root, wanted, policies)
    aws = Provider("aws", region=wanted.region, allowed_account_ids=[wanted.account])
    made = Reaper(stack, args, pulumi.ResourceOptions(providers=[aws]))
    return {
        "account": wanted.account,
        "region": wanted.region,
        "function": made.function_arn,
        "log_group": args.log_group_name,
        "failures": made.queue_url,
        "fabrics": [fabric.name for fabric in _fabrics(root, wanted)],
    }


def _args(root: Path, wanted: ReaperSettings, policies: Policies) -> ReaperArgs:
    project, fabrics = settings.project(root), _fabrics(root, wanted)
    name = naming.aws.reaper(project, wanted.account, wanted.region)
    log_group, where = f"{naming.aws.REAPERS}{name}", f"{wanted.region}:{wanted.account}"
    log, queue = f"arn:aws:logs:{where}:log-group:{log_group}", f"arn:aws:sqs:{where}:{name}"
    archive = archives.write(root, name, functions.packed(package(root, fabrics)))
    return ReaperArgs(
        name=name,
        account=wanted.account,
        region=wanted.region,
        path=naming.aws.REAPERS,
        log_group_name=log_group,
        archive=str(archive.path),
        source_hash=archive.source_hash,
        runtime=f"python{wheels.VERSION}",
        handler=HANDLER,
        variables={key: text for key, text in os.environ.items() if key.upper().startswith(PREFIX)},
        policies={
            key: json.dumps(made) for key, made in policies(root, fabrics, os.environ, log, queue).items()
        },
        schedule=wanted.schedule,
        tags=naming.aws.of_reaper(project),
    )


def _fabrics(root: Path, wanted: ReaperSettings) -> list[AwsFabric]:
    return [fabric for fabric in wanted.fabrics(settings.fabrics(root)) if not fabric.permanent]


def package(root: Path, fabrics: list[AwsFabric]) -> dict[str, bytes]:
    """Return the function's files by path: our own Python, its dependencies, the project's settings."""
    own = Path(mayfly.__file__).parent
    code = {f"mayfly/{path.relative_to(own).as_posix()}": path.read_bytes() for path in own.rglob("*.py")}
    return {**wheels.files(root / LOCK, PACKAGES), **code, **dict(_project(root, fabrics))}


def _project(root: Path, fabrics: list[AwsFabric]) -> Iterator[tuple[str, bytes]]:
    """Its settings, and of each workload what it declares: settings are read whole or not at all."""
    folders = [root / "stacks" / "fabrics", root / "stacks" / "variables"]
    paths = [root / "Pulumi.yaml", root / "stacks" / "reaper-aws.yaml"]
    for path in (*paths, *(path for folder in folders for path in sorted(folder.glob("*.yaml")))):
        yield f"project/{path.relative_to(root).as_posix()}", path.read_bytes()
    for folder in sorted({fabric.workload for fabric in fabrics}):
        declared = root / folder / FILE
        yield f"project/{folder}/{FILE}", declared.read_bytes() if declared.is_file() else b""
