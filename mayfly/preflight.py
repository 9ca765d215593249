"""What is checked before anything is made, for the program and for the verb that runs it.

Under plain `pulumi up` the program asks the cloud, through the engine. `mayfly up` asks the cloud itself,
while the engine starts, and hands the result to the program, which runs in its process.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mayfly import life, registry
from mayfly.errors import BadInput, Problem, refusal
from mayfly.life import admission

if TYPE_CHECKING:
    from mayfly.life import LifePlan
    from mayfly.settings import EnvironmentSettings
    from mayfly.workload.loading import Workload

Ask = Callable[[dict[str, Any]], Mapping[str, Any]]
"""Sends a preflight request to the cloud, and returns the answer."""


@dataclass(frozen=True)
class Checked:
    """An environment that can be made.

    wanted, workload: complete, also those of an application. answer: the cloud's, see its `preflight`.
    life: what its group's tags are to say of its life. notes: what is worth telling of life and quotas.
    """

    wanted: EnvironmentSettings
    workload: Workload
    answer: Mapping[str, Any]
    life: LifePlan
    notes: tuple[str, ...] = ()

    @property
    def exists(self) -> bool:
        """Return whether the environment's group exists."""
        return bool(self.answer["group_tags"])


def check(wanted: EnvironmentSettings, workload: Workload, ask: Ask) -> Checked:
    """Ask the cloud whether an environment can be made; nothing is written.

    Raises BadInput, or Denied, with everything that is wrong, and what `ask` raises.
    """
    cloud = registry.of(wanted.fabric.cloud)
    answer = ask(cloud.preflight_request(wanted, workload))
    complete, workload = cloud.completed(wanted, workload, answer)
    problems = [Problem(**problem) for problem in answer["problems"]]
    left = quotas(answer)
    few = None
    if not answer["group_tags"]:  # one that is there has its part of all quotas
        problems += admission.problems(left)
        few = admission.note(left)
    try:
        planned = life.plan(complete, answer["group_tags"], datetime.now(UTC))
    except BadInput as error:
        raise refusal([*problems, *error.problems]) from None
    if problems:
        raise refusal(problems)
    return Checked(complete, workload, answer, planned, (*planned.notes, *([few] if few else ())))


def quotas(answer: Mapping[str, Any]) -> list[admission.Quota]:
    """Return the quotas of a preflight's answer that the cloud told."""
    return [admission.Quota.of(quota) for quota in answer["quotas"] if "unread" not in quota]


in_verb: ContextVar[Callable[[], Checked] | None] = ContextVar("in_verb", default=None)
"""For a program in the process of `mayfly up`: waits for the verb's own check. Raises what `check` raises."""
