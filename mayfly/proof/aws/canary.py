"""The canary: a Lambda function with the environment's own role, made for one `prove` and removed after it.

It carries the environment's tags, so that a sweep takes one that was left behind.
"""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mayfly import naming
from mayfly.clouds.aws import CloudError, translated
from mayfly.proof import canaries
from mayfly.proof.aws import canary_function

if TYPE_CHECKING:
    from mypy_boto3_resourcegroupstaggingapi.type_defs import TagFilterTypeDef, TagTypeDef

    from mayfly.clouds.aws import Aws
    from mayfly.settings import EnvironmentSettings

TAG = "mayfly-canary"
"""Its value is the canary's stamp."""

VARIABLE = "MAYFLY_CANARY"
"""The environment variable that each has."""

TIMEOUT = 300
"""Seconds; a hundred calls take some ten."""

MEMORY = 512
"""MB; with less there is less of a processor, and most of the time goes into starting boto3."""


@contextmanager
def made(cloud: Aws, wanted: EnvironmentSettings, role: str) -> Iterator[str]:
    """A canary for as long as it is used; older ones that were left go too. role: ARN. Raises CloudError."""

    functions = cloud.client("lambda")
    for old in _left(cloud, wanted):
        _remove(cloud, old)
    stamp = canaries.stamp()
    name = naming.aws.function_name(wanted, f"canary_{stamp}")
    try:
        with translated(f"CreateFunction {name}"):
            functions.create_function(
                FunctionName=name,
                Runtime="python3.12",
                Handler=f"{Path(canary_function.__file__).stem}.handler",
                Role=role,
                Code={"ZipFile": _code()},
                Timeout=TIMEOUT,
                MemorySize=MEMORY,
                Tags={**naming.aws.identity(wanted.project, wanted.name), TAG: stamp},
                LoggingConfig={"LogGroup": _log_group(wanted)},
                # As functions of an environment have: Lambda decrypts them with the role's own rights.
                Environment={"Variables": {VARIABLE: stamp}},
            )
            functions.get_waiter("function_active_v2").wait(
                FunctionName=name, WaiterConfig={"Delay": 1, "MaxAttempts": TIMEOUT}
            )
        yield name
    finally:
        _remove(cloud, name)
        _remove_log_group(cloud, _log_group(wanted))


def _log_group(wanted: EnvironmentSettings) -> str:
    """It is not made: the canary prints nothing, and its role may not make one."""
    return naming.aws.log_group(wanted, "canary")


def _code() -> bytes:
    """A zip of the one file."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.write(canary_function.__file__, Path(canary_function.__file__).name)
    return written.getvalue()


def _left(cloud: Aws, wanted: EnvironmentSettings) -> list[str]:
    """ARNs of canaries of this environment that a killed `prove` left behind."""

    pages = cloud.client("resourcegroupstaggingapi").get_paginator("get_resources")
    own = naming.aws.identity(wanted.project, wanted.name)
    filters: list[TagFilterTypeDef] = [{"Key": key, "Values": [value]} for key, value in own.items()]
    asked = pages.paginate(ResourceTypeFilters=["lambda:function"], TagFilters=[*filters, {"Key": TAG}])
    with translated("GetResources"):
        found = [item for page in asked for item in page["ResourceTagMappingList"]]
    return [item["ResourceARN"] for item in found if canaries.is_stale(_stamp(item["Tags"]), time.time())]


def _stamp(tags: list[TagTypeDef]) -> str:
    return next(tag["Value"] for tag in tags if tag["Key"] == TAG)


def _remove(cloud: Aws, name: str) -> None:
    with _absent_is_fine(f"DeleteFunction {name}"):
        cloud.client("lambda").delete_function(FunctionName=name)


def _remove_log_group(cloud: Aws, name: str) -> None:
    """Where Lambda itself made it, as it does for a role that may."""
    with _absent_is_fine(f"DeleteLogGroup {name}"):
        cloud.client("logs").delete_log_group(logGroupName=name)


@contextmanager
def _absent_is_fine(operation: str) -> Iterator[None]:

    try:
        with translated(operation):
            yield
    except CloudError as error:
        if not error.tells_absence:
            raise
