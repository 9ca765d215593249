"""The variable group as a function sees it: environment variables."""

from __future__ import annotations

from collections.abc import Iterator

from mayfly.errors import Problem
from mayfly.naming.limits import BUCKET, LIMITS
from mayfly.settings import EnvironmentSettings, VariableGroup
from mayfly.settings.export import as_text
from mayfly.settings.overrides import folded

LARGEST = 4096
"""Bytes of all names and values together. Source: AWS Lambda, "Lambda quotas", environment variables."""


def environment_variables(settings: EnvironmentSettings, bucket: str) -> dict[str, str]:
    """Return what every function of an environment finds in its environment.

    A store is where its data is, `LAKE=s3://flights-lake/2013/` and `CURATED=s3://<bucket>/curated/`, with a
    slash at its end; a value is its text, `YEAR=2013`. Names are in upper case, with `_` for `-`.

    bucket: the environment's own, which holds each sink as a folder.
    """
    return _spelled(settings.variables, bucket)


def problems(group: VariableGroup) -> Iterator[Problem]:
    """What of a variable group, overridden as it may be, does not fit into a function's environment."""
    longest = _spelled(group, "b" * LIMITS[BUCKET].longest)
    size = sum(len(name.encode()) + len(value.encode()) for name, value in longest.items())
    if size > LARGEST:
        what = f"its variables take {size} bytes of a function's environment"
        yield Problem(f"stacks/variables/{group.name}.yaml", what, f"at most {LARGEST}: shorten some values")


def _spelled(group: VariableGroup, bucket: str) -> dict[str, str]:
    stores = {
        **{name: arn.address for name, arn in group.buckets.items()},
        **{name: f"s3://{bucket}/{sink}/" for name, sink in group.sinks.items()},
    }
    values = {name: as_text(value) for name, value in group.values.items()}
    return {folded(name): value for name, value in {**stores, **values}.items()}
