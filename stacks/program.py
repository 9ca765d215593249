"""The program: the settings of the stack, turned into the components of its cloud."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

import pulumi

from mayfly.errors import BadInput, MayflyError, Problem

if TYPE_CHECKING:
    from stacks.plan import Plan

BUILDERS: Mapping[str, str] = {"aws": "stacks.aws", "azure": "stacks.azure"}
"""Cloud of a fabric → module that makes its environments; imported late, as each needs an SDK of its own."""


class Builder(Protocol):
    """What a module of BUILDERS has."""

    def build(self, plan: Plan) -> Mapping[str, pulumi.Input[object]]:
        """Register an environment's resources, and return the stack's outputs by their names."""


def main(root: Path) -> None:
    """Register the environment that the stack is named after.

    root: the project's folder.

    Raises pulumi.RunError, which the language host prints without a traceback, for whatever the user can
    put right. Until everything is checked nothing is registered.
    """
    stack = pulumi.get_stack()
    try:
        plan = _plan(root, stack)
        outputs = _builder(plan).build(plan)
    except MayflyError as error:
        raise pulumi.RunError(_told(stack, error)) from error
    for name, value in outputs.items():
        pulumi.export(name, value)


def _plan(root: Path, stack: str) -> Plan:
    from mayfly.settings import source
    from mayfly.settings.workload import VARIABLE
    from mayfly.workload import environment
    from stacks.plan import Plan

    wanted, runs = environment.load(root, stack, os.environ)
    own = source.find(wanted.workload, os.environ) if VARIABLE in os.environ else None
    return Plan(root, wanted, runs, source=source.find(root, os.environ), workload_source=own)


def _builder(plan: Plan) -> Builder:
    fabric = plan.environment.fabric
    if fabric.cloud not in BUILDERS:
        known = ", ".join(sorted(BUILDERS))
        what = f"no environments are made on {fabric.cloud!r}"
        raise BadInput([Problem(f"stacks/fabrics/{fabric.name}.yaml: cloud", what, f"one of: {known}")])
    return cast(Builder, import_module(BUILDERS[fabric.cloud]))


def _told(stack: str, error: MayflyError) -> str:
    """Return the message of an error: each problem on a line of its own."""
    return "\n".join([f"{stack} is left as it is:", *(f"  {line}" for line in str(error).splitlines())])
