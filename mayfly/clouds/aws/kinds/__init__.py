"""Every kind of thing that an environment on AWS may have: a file, and a line of CLASSES.

The deployer's policy, the sweep, what a killed `up` left and what a state may name all derive from these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module

from mayfly.clouds.aws.kinds.kind import Kind, Place, Step

CLASSES: Mapping[str, str] = {
    "buckets": "Buckets",
    "roles": "Roles",
    "policies": "Policies",
    "functions": "Functions",
    "layers": "Layers",
    "log_groups": "LogGroups",
    "schedules": "Schedules",
    "resource_groups": "ResourceGroups",
    "parameters": "Parameters",
    "databases": "Databases",
}
"""Module of this package → its class, in the order of their statements in the deployer's policy."""

KINDS: Sequence[type[Kind]] = tuple(
    getattr(import_module(f"{__name__}.{module}"), name) for module, name in CLASSES.items()
)

STEPS: Sequence[Sequence[type[Kind]]] = tuple(
    tuple(kind for kind in KINDS if kind.step == step) for step in Step if step != Step.RECORD
)
"""Kinds in the order in which they go. Those of one step go at the same time."""

(RECORD,) = (kind for kind in KINDS if kind.step == Step.RECORD)
"""Goes when all else is gone: while anything remains, the environment is still listed."""

__all__ = ["KINDS", "RECORD", "STEPS", "Kind", "Place"]
