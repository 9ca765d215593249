"""Shows what an execution role may and may not do: what IAM says of it, and what it gets when it tries."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from mayfly import naming
from mayfly.cli import canaries
from mayfly.cli.aws import canary, connect, places, probes, role
from mayfly.cli.aws.calls import Bucket, Role
from mayfly.cli.aws.trial import Got, Trial
from mayfly.cli.clouds import Proof, Row
from mayfly.cli.output import Output
from mayfly.cli.patience import patiently
from mayfly.workload.outside import Reach

if TYPE_CHECKING:
    from mayfly.cli.aws.places import Place
    from mayfly.clouds.aws import Aws
    from mayfly.settings import EnvironmentSettings

ELSEWHERE = [Reach("functions", "Lambda", "anything on the internet: what their code does is not judged")]
"""They run in no network of ours, and code may hold credentials that no role limits."""


def prove(wanted: EnvironmentSettings, patience: float, output: Output) -> Proof:
    """Ask IAM about the role, and make the probes. Raises BadInput for an environment that is not there."""
    cloud = connect.to(wanted.aws)
    place = places.of(cloud, wanted)
    rows = role.rows(cloud, wanted, place.role, place.boundary)
    return Proof(role.WHO, [*rows, *tried(cloud, wanted, place, patience, output)], short, ELSEWHERE)


def tried(
    cloud: Aws, wanted: EnvironmentSettings, place: Place, patience: float, output: Output
) -> list[Row]:
    """What the role gets when it tries. Refusals of what is allowed are tried again."""
    with canary.made(cloud, wanted, place.role["Arn"]) as function:
        trial = Trial(cloud, function, lambda: table(wanted, place))
        patiently(trial.attempt, patience, output.line)
    for got in trial.got.values():
        if got.skipped:
            output.line(f"not tried, since it is empty: {got.probe.what} {got.probe.where}")
    return [_row(got) for got in trial.got.values() if not got.skipped]


def table(wanted: EnvironmentSettings, place: Place) -> list[probes.Probe]:
    """The probes of an environment, with a new name for what they could make."""
    own = naming.aws.names(wanted).bucket
    sinks = [Bucket(store, own, f"{folder}/") for store, folder in wanted.variables.sinks.items()]
    sources = [Bucket(store, arn.bucket, arn.prefix) for store, arn in wanted.variables.buckets.items()]
    others = [Bucket(name, bucket) for name, bucket in place.others.items()]
    return probes.table(canaries.new_name(), _role(wanted, place), Bucket("own", own), sinks, sources, others)


def _role(wanted: EnvironmentSettings, place: Place) -> Role:
    """With what is put back should the role be able to change itself."""
    found = place.role
    return Role(
        name=found["RoleName"],
        arn=found["Arn"],
        account=wanted.aws.account,
        boundary=place.boundary,
        held=found.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", ""),
        trust=json.dumps(found.get("AssumeRolePolicyDocument", {})),
    )


def _row(got: Got) -> Row:
    probe = got.probe
    return Row(role.WHO, probe.what, probe.where, probe.expected, str(got), got.as_expected)


def short(where: str) -> str:
    """An ARN by its last part, a bucket without its name: a table has little room."""
    if where.startswith("arn:"):
        return where.rpartition("/")[2]
    return re.sub(r" \(s3://[^/]+/(.*)\)", lambda found: f" {found[1]}".rstrip(), where)
