"""Asking the cloud, before anything is made, whether an environment can be made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Thread
from typing import Any

import pulumi

from mayfly import registry
from mayfly.errors import MayflyError, Problem, refusal
from stacks.plan import Plan


def ask(preflight: Callable[..., dict[str, Any]], **request: object) -> dict[str, Any]:
    """Return the preflight's answer; what the cloud says when it cannot be asked is told as it is."""
    try:
        return preflight(**request)
    except Exception as error:  # the engine raises no narrower one
        raise MayflyError(str(error)) from error


def refuse(answer: Mapping[str, Any]) -> None:
    """Raise BadInput, or Denied, when a preflight's answer says that the environment cannot be made."""
    if answer["problems"]:
        raise refusal([Problem(**problem) for problem in answer["problems"]])


def checked(plan: Plan, preflight: Callable[..., dict[str, Any]]) -> tuple[Plan, dict[str, Any]]:
    """Ask the preflight; return the plan with what an application takes over, and the answer.

    Raises BadInput, or Denied, when the environment cannot be made.
    """
    cloud = registry.of(plan.environment.fabric.cloud)
    answer = ask(preflight, **cloud.preflight_request(plan.environment, plan.workload))
    plan = plan.completed(*cloud.completed(plan.environment, plan.workload, answer))
    refuse(answer)
    return plan, answer


def say(line: str) -> None:
    """Tell the user something; by its first word `mayfly up` knows it among all that an engine says."""
    pulumi.log.info(f"mayfly: {line}")


@contextmanager
def importing(import_classes: Callable[[], None]) -> Iterator[None]:
    """Import an SDK's classes while the cloud is asked: a fifth of an `up` that changes nothing."""
    thread = Thread(target=import_classes, name="imports", daemon=True)
    thread.start()
    try:
        yield
    finally:
        thread.join()
