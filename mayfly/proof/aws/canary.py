"""The canary: a Lambda function with the environment's own role, for the time of one `prove`.

It has the environment's tags, so a sweep removes one that was left behind.
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
    from mypy_boto3_resourcegroupstaggingapi.type_defs import TagFilterTypeDef

    from mayfly.clouds.aws import Aws
    from mayfly.settings import EnvironmentSettings

TAG = "mayfly-canary"
"""Its value is the canary's stamp."""

VARIABLE = "MAYFLY_CANARY"
"""An environment variable that every canary has."""

TIMEOUT = 300
"""Seconds. A hundred calls take about ten."""

MEMORY = 512
"""MB. The processor's share grows with it, and most of the time goes into starting boto3."""


@contextmanager
def temporary_function(cloud: Aws, wanted: EnvironmentSettings, role: str) -> Iterator[str]:
    """Make a canary, yield its name and remove it; stale ones are removed first.

    role: ARN. Raises CloudError.
    """

    functions = cloud.client("lambda")
    for old in _stale(cloud, wanted):
        _remove(cloud, old)
    stamp = canaries.stamp()
    name = naming.aws.function_name(wanted, f"canary_{stamp}")
    # The log group is not made: the canary prints nothing, and its role may not make one.
    log_group = naming.aws.log_group(wanted, "canary")
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.write(canary_function.__file__, Path(canary_function.__file__).name)
    try:
        with translated(f"CreateFunction {name}"):
            functions.create_function(
                FunctionName=name,
                Runtime="python3.12",
                Handler=f"{Path(canary_function.__file__).stem}.handler",
                Role=role,
                Code={"ZipFile": code.getvalue()},
                Timeout=TIMEOUT,
                MemorySize=MEMORY,
                Tags={**naming.aws.identity(wanted.project, wanted.name), TAG: stamp},
                LoggingConfig={"LogGroup": log_group},
                # Lambda decrypts the variables with the role's own rights, as for any function.
                Environment={"Variables": {VARIABLE: stamp}},
            )
            functions.get_waiter("function_active_v2").wait(
                FunctionName=name, WaiterConfig={"Delay": 1, "MaxAttempts": TIMEOUT}
            )
        yield name
    finally:
        _remove(cloud, name)
        # Lambda itself made the log group if the role may.
        with _absent_is_fine(f"DeleteLogGroup {log_group}"):
            cloud.client("logs").delete_log_group(logGroupName=log_group)


def _stale(cloud: Aws, wanted: EnvironmentSettings) -> list[str]:
    """The ARNs of this environment's canaries that a killed `prove` left behind."""

    pages = cloud.client("resourcegroupstaggingapi").get_paginator("get_resources")
    own = naming.aws.identity(wanted.project, wanted.name)
    filters: list[TagFilterTypeDef] = [{"Key": key, "Values": [value]} for key, value in own.items()]
    asked = pages.paginate(ResourceTypeFilters=["lambda:function"], TagFilters=[*filters, {"Key": TAG}])
    with translated("GetResources"):
        found = [item for page in asked for item in page["ResourceTagMappingList"]]
    stamps = {
        item["ResourceARN"]: tag["Value"] for item in found for tag in item["Tags"] if tag["Key"] == TAG
    }
    return [arn for arn, stamp in stamps.items() if canaries.is_stale(stamp, time.time())]


def _remove(cloud: Aws, name: str) -> None:
    with _absent_is_fine(f"DeleteFunction {name}"):
        cloud.client("lambda").delete_function(FunctionName=name)


@contextmanager
def _absent_is_fine(operation: str) -> Iterator[None]:

    try:
        with translated(operation):
            yield
    except CloudError as error:
        if not error.tells_absence:
            raise
