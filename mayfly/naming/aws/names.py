"""The name of each resource of an environment on AWS, made from nothing that changes.

Two environments of one account never share a name: in each, the environment's name is followed by something
that no other environment's name can go on with (a double hyphen, a slash, or one last word or two without a
hyphen). What would be too long loses of the workload's word first; the environment's name is whole in all but
a function's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mayfly.naming.limits import (
    BUCKET,
    FUNCTION,
    LAYER,
    LIMITS,
    LOG_GROUP,
    PARAMETER,
    RESOURCE_GROUP,
    ROLE,
    ROLE_PATH,
    check,
)
from mayfly.naming.parts import cut, digest, word

if TYPE_CHECKING:
    from mayfly.settings import EnvironmentSettings

ROLES_PATH = "/mayfly/"
"""The IAM path that all roles of all environments are under."""

BUCKETS = "mf--"
"""What the names of all buckets of all environments begin with, and nobody else's do.

A wildcard in a policy stands for a slash too: `awsqa-*--*` is also the key `a--b` of a bucket `awsqa-bills`.
So what comes before the first wildcard has to say that the bucket is ours.
"""

LAYERS = "mf--{environment}--"
"""What the names of all layers of an {environment} begin with, in whatever project; as of buckets."""

REAPERS = "/mayfly-reaper/"
"""The IAM path of reapers' roles and policies, and what their log groups begin with: of no environment."""

LOGS = "/mayfly/"
"""What all log groups of all environments begin with."""

BOUNDARY = "mayfly-boundary"
"""The managed policy, made by an account's owner, that bounds every role of every environment in it."""


@dataclass(frozen=True)
class AwsNames:
    """The names of an environment's resources, each within the limits of its type.

    bucket: `mf--qa-142--flights-` and a hash; unique in the world.
    role: what its functions run as, `qa-142-flights-` and a hash; unique in the account.
    schedule_role: what its schedules invoke functions as.
    resource_group: `mayfly-qa-142`; unique in account and region.
    iam_path: `/mayfly/qa-142/`.
    """

    bucket: str
    role: str
    schedule_role: str
    resource_group: str
    iam_path: str


def names(wanted: EnvironmentSettings) -> AwsNames:
    """Name an environment's resources.

    Bucket names are unique in the world, role names in the account, where another project may have an
    environment of the same name: both end in a hash over project, environment and account (30 bits).

    Raises BadInput when a name does not fit its type's limits.
    """
    identity = (wanted.project, wanted.name, wanted.aws.account)
    start, end = bucket_prefix(wanted.name), bucket_hash(*identity)
    middle = word(wanted.fabric.workload)[: max(0, LIMITS[BUCKET].longest - len(start) - len(end) - 1)]
    made = AwsNames(
        bucket=f"{start}{middle}-{end}" if middle else f"{start}{end}",
        role=_role(wanted.name, word(wanted.fabric.workload), "role", identity),
        schedule_role=_role(wanted.name, "schedule", "schedule", identity),
        resource_group=resource_group(wanted.name),
        iam_path=iam_path(wanted.name),
    )
    group, path = {RESOURCE_GROUP: made.resource_group}, {ROLE_PATH: made.iam_path}
    check({BUCKET: made.bucket, ROLE: made.role, **group, **path})
    return made


def bucket_prefix(environment: str) -> str:
    """What the names of an environment's buckets begin with, and no other's do: `mf--qa-142--`."""
    return f"{BUCKETS}{environment}--"


def bucket_hash(project: str, environment: str, account: str) -> str:
    """What the name of an environment's bucket ends in: tells it from another project's of the same name."""
    return digest("bucket", project, environment, account, length=6)


def iam_path(environment: str) -> str:
    """The IAM path of an environment's roles and policies: `/mayfly/qa-142/`."""
    return f"{ROLES_PATH}{environment}/"


def log_prefix(environment: str) -> str:
    """What the names of an environment's log groups begin with: `/mayfly/qa-142/`."""
    return f"{LOGS}{environment}/"


def resource_group(environment: str) -> str:
    """The name of an environment's Resource Group; those that begin with aws are AWS's own."""
    return f"mayfly-{environment}"


def boundary_arn(account: str) -> str:
    """The ARN of an account's permissions boundary: `arn:aws:iam::123456789012:policy/mayfly-boundary`."""
    return f"arn:aws:iam::{account}:policy/{BOUNDARY}"


def function_name(wanted: EnvironmentSettings, function: str) -> str:
    """Name a function, and its schedule: `qa-142-flights`.

    function: its name in the workload, which has no hyphen, so that no two environments meet in one name.
    What is longer than 64 characters is cut, with a hash of the whole.

    Raises BadInput when the name does not fit.
    """
    made = cut(f"{wanted.name}-{function}", LIMITS[FUNCTION].longest)
    check({FUNCTION: made})
    return made


def layer_prefix(project: str, environment: str, account: str) -> str:
    """What the names of an environment's layers begin with: `mf--qa-142--`, a hash and a hyphen.

    Layers take no tags: the hash tells them from those of another project's environment of the same name.
    """
    return (
        f"{LAYERS.format(environment=environment)}{digest('layer', project, environment, account, length=6)}-"
    )


def layer(wanted: EnvironmentSettings, content: str) -> str:
    """Name a layer after what it holds: `mf--qa-142--`, two hashes. Raises BadInput when it does not fit.

    content: a digest.
    """
    made = f"{layer_prefix(wanted.project, wanted.name, wanted.aws.account)}{content[:12]}"
    check({LAYER: made})
    return made


def log_group(wanted: EnvironmentSettings, function: str) -> str:
    """Name a function's log group: `/mayfly/qa-142/flights`. Raises BadInput when it does not fit."""
    made = f"{log_prefix(wanted.name)}{function}"
    check({LOG_GROUP: made})
    return made


def parameter(environment: str) -> str:
    """Name the parameter that an environment publishes its outputs in: `/mayfly/prod/infrastructure`."""
    made = f"/mayfly/{environment}/infrastructure"
    check({PARAMETER: made})
    return made


def reaper(project: str, account: str, region: str) -> str:
    """Name a project's reaper in an account and region: `reaper-mayfly-` and a hash.

    No fabric is called reaper, so no deployer and no sweep reaches what is called so.
    """
    return f"reaper-{word(project)}-{digest('reaper', project, account, region, length=6)}"


def _role(environment: str, middle: str, purpose: str, identity: tuple[str, ...]) -> str:
    end = digest(purpose, *identity, length=6)
    room = LIMITS[ROLE].longest - len(environment) - len(end) - 2
    return f"{environment}-{middle[:room]}-{end}"
