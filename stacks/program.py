"""The program: the settings of the stack, turned into the components of its cloud."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pulumi

from mayfly import registry
from mayfly.errors import MayflyError

if TYPE_CHECKING:
    from mayfly.preflight import Checked
    from stacks.plan import Plan


def main(root: Path) -> None:
    """Register the environment that the stack is named after.

    root: the project's folder.

    Raises pulumi.RunError, which the language host prints without a traceback, for whatever the user can
    put right. Until everything is checked nothing is registered.
    """
    stack = pulumi.get_stack()
    try:
        plan = _plan(root, stack)
        outputs = registry.of(plan.wanted.fabric.cloud).build(plan)
    except MayflyError as error:
        raise pulumi.RunError(_told(stack, error)) from error
    for name, value in outputs.items():
        pulumi.export(name, value)


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
