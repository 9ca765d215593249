"""The proof on AWS: the roles of an environment as IAM has them, and probes as the execution role."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from mayfly import naming
from mayfly.naming import clones
from mayfly.proof import canaries
from mayfly.proof.aws import canary, environments, probes, roles
from mayfly.proof.aws.calls import Bucket, ClonedDatabase, ProbedRole
from mayfly.proof.aws.trial import ProbeAnswer, Trial
from mayfly.proof.canaries import retry_until_effective
from mayfly.proof.verdict import VARIABLE_GROUP, JudgedSource, Outcome, Proof, Row
from mayfly.workload.factory.reach import Reach

if TYPE_CHECKING:
    from mayfly.clouds.aws import Aws
    from mayfly.proof.aws.environments import DeployedEnvironment
    from mayfly.settings import EnvironmentSettings

ELSEWHERE = [Reach("functions", "Lambda", "anything on the internet: what their code does is not judged")]
"""Functions run in no network of ours, and their code may hold credentials that no role limits."""


def prove(cloud: Aws, wanted: EnvironmentSettings, patience: float, say: Callable[[str], None]) -> Proof:
    """Check the roles and run the probes. Raises BadInput when the environment does not exist.

    Allowed probes run first and have their time; then the forbidden ones run, once.
    """
    place = environments.deployed(cloud, wanted)
    known = sources(wanted, place)
    rows = roles.rows(wanted, place.roles, place.boundary)
    with canary.temporary_function(cloud, wanted, place.role["Arn"]) as function:
        trial = Trial(cloud, function, lambda: table(wanted, place, known))
        retry_until_effective(trial.try_allowed, patience, say)
        trial.try_forbidden()
    for answer in trial.answers.values():
        if answer.skipped:
            say(f"not tried, since it is empty: {answer.probe.what} {answer.probe.where}")
        else:
            rows.append(_row(answer, trial.outcome(answer)))
    judged = [
        JudgedSource(bucket.store, f"s3://{bucket.bucket}/{bucket.prefix}", tuple(known_from))
        for bucket, known_from in known.items()
    ]
    return Proof(roles.WHO, rows, short, ELSEWHERE, judged)


def sources(wanted: EnvironmentSettings, place: DeployedEnvironment) -> dict[Bucket, list[str]]:
    """Return the buckets of production that the proof covers → the records that name each.

    The records are the policies of the environment's roles, as IAM has them; the variable group adds to them.
    """
    found = {
        (arn.bucket, arn.prefix): (Bucket(store, arn.bucket, arn.prefix), [VARIABLE_GROUP])
        for store, arn in wanted.variables.buckets.items()
    }
    for bucket, prefix in roles.reads(wanted, place.roles):
        _, known_from = found.setdefault((bucket, prefix), (Bucket(bucket, bucket, prefix), []))
        known_from.insert(0, "a role's policy")
    return dict(found.values())


def table(
    wanted: EnvironmentSettings, place: DeployedEnvironment, known: Collection[Bucket]
) -> list[probes.Probe]:
    """Return the probes of an environment, under a new canary's name."""
    own = naming.aws.names(wanted).bucket
    sinks = [Bucket(store, own, f"{folder}/") for store, folder in wanted.variables.sinks.items()]
    others = [Bucket(name, bucket) for name, bucket in place.others.items()]
    role = probed_role(wanted, place)
    tables = wanted.variables.tables
    cloned = [
        ClonedDatabase(entry, tables[entry].namespace, namespace)
        for entry, namespace in clones.namespaces(wanted).items()
    ]
    return probes.table(canaries.new_name(), role, Bucket("own", own), sinks, [*known], others, cloned)


def probed_role(wanted: EnvironmentSettings, place: DeployedEnvironment) -> ProbedRole:
    """Return the execution role, with all that is needed to put it back as it was."""
    found = place.role
    return ProbedRole(
        name=found["RoleName"],
        arn=found["Arn"],
        account=wanted.aws.account,
        region=wanted.aws.region,
        boundary=place.boundary,
        held=found.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", ""),
        trust=json.dumps(found.get("AssumeRolePolicyDocument", {})),
    )


def _row(answer: ProbeAnswer, outcome: Outcome) -> Row:
    probe, early = answer.probe, outcome is Outcome.NOT_SHOWN and answer.refused
    got = f"{answer}, but what is allowed does not work" if early else str(answer)
    return Row(roles.WHO, probe.what, probe.where, probe.expected, got, outcome)


def short(where: str) -> str:
    """Shorten an ARN to its last part, and a bucket's address to its prefix: a table is narrow."""
    if where.startswith("arn:"):
        return where.rpartition("/")[2]
    return re.sub(r" \(s3://[^/]+/(.*)\)", lambda found: f" {found[1]}".rstrip(), where)
