"""What `mayfly up` asks of AWS: is anything wrong, and what did a killed run make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mayfly import naming
from mayfly.cli.aws import connect
from mayfly.errors import BadInput, Problem

if TYPE_CHECKING:
    from mayfly.cli.clouds import Finder
    from mayfly.settings import EnvironmentSettings
    from mayfly.workload.environment import Runs


def check(wanted: EnvironmentSettings, runs: Runs) -> bool:
    """Whether the environment's Resource Group exists. Raises BadInput with all that is known to be wrong."""
    from mayfly.clouds.aws.preflight import preflight

    names = naming.aws.names(wanted)
    request = {
        "account": wanted.aws.account,
        "region": wanted.aws.region,
        "project": wanted.project,
        "environment": wanted.name,
        "resource_group": names.resource_group,
        "bucket": names.bucket,
        "role": names.role,
        "functions": [naming.aws.function_name(wanted, function) for function in _functions(runs)],
        "sources": {store: str(arn) for store, arn in wanted.variables.buckets.items()},
    }
    found = preflight(connect.to(wanted.aws), request)
    if found["problems"]:
        raise BadInput([Problem(**problem) for problem in found["problems"]])
    return bool(found["group_tags"])


def finder(wanted: EnvironmentSettings) -> Finder:
    """What settles the creates that a killed `up` left pending."""
    from mayfly.cli.aws import recovery

    return recovery.finder(connect.to(wanted.aws))


def _functions(runs: Runs) -> list[str]:
    """The names that the workload gives its functions."""
    from mayfly.workload import Workload
    from mayfly.workload.functions import Functions

    if isinstance(runs, Workload):
        return []
    return [*runs.functions] if isinstance(runs, Functions) else runs.names
