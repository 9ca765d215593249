"""The program: the settings of the stack, turned into the components of its cloud."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pulumi

from mayfly import registry
from mayfly.errors import BadInput, MayflyError, Problem
from mayfly.nearest import choices
from mayfly.settings.ids import REAPER

if TYPE_CHECKING:
    from mayfly.preflight import Checked
    from stacks.plan import Plan


def main(root: Path) -> None:
    """Register the environment that the stack is named after, or the reaper: `reaper-<cloud>`.

    root: the project's folder.

    Raises pulumi.RunError, which the language host prints without a traceback, for whatever the user can
    put right. Until everything is checked nothing is registered.
    """
    stack = pulumi.get_stack()
    try:
        fabric, _, name = stack.partition("-")
        outputs = _reaper(root, stack, name) if fabric == REAPER else _environment(root, stack)
    except MayflyError as error:
        raise pulumi.RunError(_told(stack, error)) from error
    for name, value in outputs.items():
        pulumi.export(name, value)


def _environment(root: Path, stack: str) -> Mapping[str, pulumi.Input[object]]:
    plan = _plan(root, stack)
    return registry.of(plan.wanted.fabric.cloud).build(plan)


def _reaper(root: Path, stack: str, cloud: str) -> Mapping[str, pulumi.Input[object]]:
    if cloud not in registry.ENTRIES:
        what = f"there is no reaper on {cloud!r}"
        raise BadInput([Problem(f"stack {stack}", what, f"reaper-{choices(cloud, registry.ENTRIES)}")])
    return registry.of(cloud).build_reaper(root, stack)


def _plan(root: Path, stack: str) -> Plan:
    from mayfly import preflight
    from mayfly.settings import git_origin
    from mayfly.settings.workload import VARIABLE
    from stacks.plan import Plan
    from stacks.preflight import say

    in_verb = preflight.in_verb.get()
    found = in_verb() if in_verb else _checked(root, stack)
    wanted, environ = found.wanted, os.environ
    own = git_origin.find(wanted.workload, environ) if VARIABLE in environ else None
    for note in found.notes:
        say(note)
    return Plan(root, wanted, found.workload, found.answer, found.life, git_origin.find(root, environ), own)


def _checked(root: Path, stack: str) -> Checked:
    from mayfly.workload import loading
    from stacks.preflight import checked

    return checked(*loading.load(root, stack, os.environ))


def _told(stack: str, error: MayflyError) -> str:
    """Return the message of an error: each problem on a line of its own."""
    return "\n".join([f"{stack} is left as it is:", *(f"  {line}" for line in str(error).splitlines())])
