"""The variable group as functions see it: environment variables, and what their role may read."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from mayfly.errors import Problem
from mayfly.naming import clones
from mayfly.naming.limits import BUCKET, LIMITS
from mayfly.settings import BucketArn, EnvironmentSettings, VariableGroup, tables
from mayfly.settings.export import as_text
from mayfly.settings.overrides import folded

LARGEST = 4096
"""Bytes of all names and values together. Source: AWS Lambda, "Lambda quotas", environment variables."""

LARGEST_POLICY = 10_240
"""Characters of all policies inside a role, white space left out. Source: "IAM and AWS STS quotas"."""

FRAME = 960
"""Characters of the role's policy without any source: its own bucket and logs, at their longest."""

A_BUCKET = 12
"""Characters for each bucket that is read whole, besides its ARN, which is spelled three times."""

A_BUCKET_IN_PART = 128
"""Characters for each other bucket, besides its ARN, which is spelled twice."""

A_PREFIX = 9
"""Characters for each prefix, besides its ARN and itself."""


def environment_variables(wanted: EnvironmentSettings, bucket: str) -> dict[str, str]:
    """Return the environment variables of every function of an environment.

    A store is where its data is, `LAKE=s3://flights-lake/2013/` and `CURATED=s3://<bucket>/curated/`, with a
    slash at its end; a value is its text, `YEAR=2013`; tables are where a client finds them,
    `SALES_CATALOG=glue://123456789012` and `SALES_NAMESPACE=lake`, or that of the environment's clone. Names
    are in upper case, with `_` for `-`.

    bucket: the environment's own, which holds each sink as a folder.
    """
    told = tables.variables(wanted.variables, clones.namespaces(wanted))
    return {**_spelled(wanted.variables, bucket), **{folded(name): value for name, value in told.items()}}


def problems(group: VariableGroup) -> Iterator[Problem]:
    """Yield what of a variable group, with its overrides, exceeds the limits of functions and their role."""
    longest = _spelled(group, "b" * LIMITS[BUCKET].longest)
    size = sum(len(name.encode()) + len(value.encode()) for name, value in longest.items())
    if size > LARGEST:
        what = f"its variables take {size} bytes of a function's environment"
        yield Problem(f"stacks/variables/{group.name}.yaml", what, f"at most {LARGEST}: shorten some values")
    length = policy_length(group.buckets.values())
    if length > LARGEST_POLICY:
        what = f"its sources make the policy of the functions' role {length} characters long"
        fix = f"at most {LARGEST_POLICY}: have fewer sources, or shorter prefixes, such as one above several"
        yield Problem(f"stacks/variables/{group.name}.yaml: sources", what, fix)


def policy_length(sources: Collection[BucketArn]) -> int:
    """Return how long the policy of the functions' role gets at most: it names each bucket and each prefix.

    `components.aws.policies.execution` writes it, and tests hold the two against each other.
    """
    whole = {source.bucket_arn for source in sources if not source.prefix}
    parts = [source for source in sources if source.bucket_arn not in whole]
    return (
        FRAME
        + sum(3 * len(bucket) + A_BUCKET for bucket in whole)
        + sum(2 * len(bucket) + A_BUCKET_IN_PART for bucket in {part.bucket_arn for part in parts})
        + sum(len(part) + len(part.prefix) + A_PREFIX for part in parts)
    )


def addresses(group: VariableGroup, bucket: str) -> dict[str, str]:
    """Return where each store is, such as `s3://flights-lake/2013/`. bucket: the environment's own."""
    return {
        **{name: arn.address for name, arn in group.buckets.items()},
        **{name: f"s3://{bucket}/{sink}/" for name, sink in group.sinks.items()},
    }


def _spelled(group: VariableGroup, bucket: str) -> dict[str, str]:
    stores = addresses(group, bucket)
    values = {name: as_text(value) for name, value in group.values.items()}
    return {folded(name): value for name, value in {**stores, **values}.items()}
