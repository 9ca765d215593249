"""What `mayfly up` asks of AWS: is anything wrong, and what did a killed run make."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from mayfly import naming
from mayfly.cli.aws import connect
from mayfly.errors import BadInput, Problem, refusal

if TYPE_CHECKING:
    from mayfly.cli.clouds import Finder
    from mayfly.settings import EnvironmentSettings
    from mayfly.workload.environment import Runs


def check(wanted: EnvironmentSettings, runs: Runs) -> bool:
    """Whether the environment's Resource Group exists. Raises BadInput, or Denied, with all that is wrong."""
    from mayfly.clouds.aws.preflight import preflight
    from mayfly.workload.functions import Functions, published

    names = naming.aws.names(wanted)
    if wanted.fabric.permanent and isinstance(runs, Functions):
        published.publish(wanted, names.bucket, runs)
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
        "infrastructure": wanted.fabric.infrastructure or "",
    }
    found = preflight(connect.to(wanted.aws), request)
    _completed(wanted, runs, found.get("infrastructure"))
    if found["problems"]:
        raise refusal([Problem(**problem) for problem in found["problems"]])
    return bool(found["group_tags"])


def _completed(wanted: EnvironmentSettings, runs: Runs, published: str | None) -> None:
    """Raise BadInput for an application that does not fit its infrastructure."""
    from mayfly.workload import takeover
    from mayfly.workload.functions import Application

    if published is not None and isinstance(runs, Application):
        takeover.functions(wanted, runs, json.loads(published))


def complete(wanted: EnvironmentSettings) -> EnvironmentSettings:
    """An application with the sources that its infrastructure publishes. Raises BadInput, CloudError."""
    from mayfly.clouds.aws import infrastructure
    from mayfly.workload import takeover

    name = wanted.fabric.infrastructure
    if name is None:
        return wanted
    cloud = connect.to(wanted.aws)
    cloud.check_account()
    found = infrastructure.published(cloud, naming.aws.parameter(name))
    if found is None:
        what, fix = "publishes nothing", f"make it first, as its owner: `mayfly up {name}`"
        raise BadInput([Problem(f"infrastructure {name}", what, fix)])
    return takeover.settings(wanted, found)


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
