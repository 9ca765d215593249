"""What a permanent environment on AWS publishes, so that applications may use its infrastructure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from components.aws import FunctionArgs
from mayfly import naming
from mayfly.errors import BadInput, Problem
from mayfly.naming.aws import AwsNames
from mayfly.settings import EnvironmentSettings

SCHEMA_VERSION = 1
LONGEST = 8192
"""Bytes of a parameter's value, at most.

https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html
"""


def document(environment: EnvironmentSettings, names: AwsNames, functions: Mapping[str, FunctionArgs]) -> str:
    """Return an environment's published outputs as JSON: where it is, what bounds its roles, how it runs.

    Nothing of it is secret: whoever may read the parameter may read it. All of it is known beforehand.

    Raises BadInput when it is longer than a parameter may be.
    """
    fabric = environment.aws
    published = {
        "schema_version": SCHEMA_VERSION,
        "environment": environment.name,
        "account": fabric.account,
        "region": fabric.region,
        "boundary_arn": naming.aws.boundary_arn(fabric.account),
        "roles_path": naming.aws.ROLES_PATH,
        "bucket": names.bucket,
        "sources": {store: str(arn) for store, arn in environment.variables.buckets.items()},
        "functions": {key: _function(function) for key, function in sorted(functions.items())},
    }
    return _fitting(environment, json.dumps(published, separators=(",", ":")))


def _function(function: FunctionArgs) -> dict[str, Any]:
    return {
        "name": function.function_name,
        "runtime": function.runtime,
        "handler": function.handler,
        "memory": function.memory,
        "timeout": function.timeout,
        "layers": list(function.layers),
        "log_retention": function.log_retention,
    }


def _fitting(environment: EnvironmentSettings, text: str) -> str:
    """Return the text, or tell that it is too long for a parameter. All of it is ASCII."""
    if len(text) > LONGEST:
        what = f"what is published of {environment.name} has {len(text)} characters"
        fix = f"at most {LONGEST}: have fewer functions or sources"
        raise BadInput([Problem(f"parameter {naming.aws.parameter(environment)}", what, fix)])
    return text
