"""Shows what the roles of an environment may and may not do: what IAM says, and what comes of trying."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

from mayfly import naming
from mayfly.proof import canaries
from mayfly.proof.aws import canary, places, probes, role
from mayfly.proof.aws.calls import Bucket, Role
from mayfly.proof.aws.trial import Got, Trial
from mayfly.proof.patience import patiently
from mayfly.proof.verdict import VARIABLE_GROUP, JudgedSource, Outcome, Proof, Row
from mayfly.workload.factory.outside import Reach

if TYPE_CHECKING:
    from mayfly.clouds.aws import Aws
    from mayfly.proof.aws.places import Place
    from mayfly.settings import EnvironmentSettings

ELSEWHERE = [Reach("functions", "Lambda", "anything on the internet: what their code does is not judged")]
"""They run in no network of ours, and code may hold credentials that no role limits."""


def prove(cloud: Aws, wanted: EnvironmentSettings, patience: float, say: Callable[[str], None]) -> Proof:
    """Ask IAM about the role, and make the probes. Raises BadInput for an environment that is not there."""
    place = places.of(cloud, wanted)
    known = sources(wanted, place)
    rows = role.rows(wanted, place.held, place.boundary)
    tried_ = tried(cloud, wanted, place, known, patience, say)
    judged = [_judged(*found) for found in known.items()]
    return Proof(role.WHO, [*rows, *tried_], short, ELSEWHERE, judged)


def sources(wanted: EnvironmentSettings, place: Place) -> dict[Bucket, list[str]]:
    """The buckets of production that are judged → the records that name each.

    The policies of the roles under the environment's path, as IAM has them; the variable group adds to them.
    """
    found = {
        (arn.bucket, arn.prefix): (Bucket(store, arn.bucket, arn.prefix), [VARIABLE_GROUP])
        for store, arn in wanted.variables.buckets.items()
    }
    for bucket, prefix in role.reads(wanted, place.held):
        _, known_from = found.setdefault((bucket, prefix), (Bucket(bucket, bucket, prefix), []))
        known_from.insert(0, "a role's policy")
    return dict(found.values())


def _judged(bucket: Bucket, known_from: Sequence[str]) -> JudgedSource:
    return JudgedSource(bucket.store, f"s3://{bucket.bucket}/{bucket.prefix}", tuple(known_from))


def tried(
    cloud: Aws,
    wanted: EnvironmentSettings,
    place: Place,
    known: Collection[Bucket],
    patience: float,
    say: Callable[[str], None],
) -> list[Row]:
    """What the execution role gets when it tries.

    What is allowed comes first and has its time; then what is forbidden, once.
    """
    with canary.made(cloud, wanted, place.role["Arn"]) as function:
        trial = Trial(cloud, function, lambda: table(wanted, place, known))
        patiently(trial.try_allowed, patience, say)
        trial.try_forbidden()
    for got in trial.got.values():
        if got.skipped:
            say(f"not tried, since it is empty: {got.probe.what} {got.probe.where}")
    return [_row(got, trial.outcome(got)) for got in trial.got.values() if not got.skipped]


def table(wanted: EnvironmentSettings, place: Place, known: Collection[Bucket]) -> list[probes.Probe]:
    """The probes of an environment, with a new name for what they could make."""
    own = naming.aws.names(wanted).bucket
    sinks = [Bucket(store, own, f"{folder}/") for store, folder in wanted.variables.sinks.items()]
    others = [Bucket(name, bucket) for name, bucket in place.others.items()]
    return probes.table(
        canaries.new_name(), _role(wanted, place), Bucket("own", own), sinks, [*known], others
    )


def _role(wanted: EnvironmentSettings, place: Place) -> Role:
    """With what is put back should the role be able to change itself."""
    found = place.role
    return Role(
        name=found["RoleName"],
        arn=found["Arn"],
        account=wanted.aws.account,
        region=wanted.aws.region,
        boundary=place.boundary,
        held=found.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", ""),
        trust=json.dumps(found.get("AssumeRolePolicyDocument", {})),
    )


def _row(got: Got, outcome: Outcome) -> Row:
    probe, early = got.probe, outcome is Outcome.NOT_SHOWN and got.refused
    words = f"{got}, but what is allowed does not work" if early else str(got)
    return Row(role.WHO, probe.what, probe.where, probe.expected, words, outcome)


def short(where: str) -> str:
    """An ARN by its last part, a bucket without its name: a table has little room."""
    if where.startswith("arn:"):
        return where.rpartition("/")[2]
    return re.sub(r" \(s3://[^/]+/(.*)\)", lambda found: f" {found[1]}".rstrip(), where)
