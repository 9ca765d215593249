"""Asking the cloud, before anything is made, whether an environment can be made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING, Any

import pulumi

from mayfly import preflight, registry
from mayfly.errors import MayflyError
from mayfly.provider import sdk

if TYPE_CHECKING:
    from mayfly.preflight import Checked
    from mayfly.settings import EnvironmentSettings
    from mayfly.workload.loading import Workload


def checked(wanted: EnvironmentSettings, workload: Workload) -> Checked:
    """Ask the cloud by our provider, while the SDK's classes are imported: a fifth of an idle `up`.

    Raises BadInput, or Denied, when the environment cannot be made.
    """
    name = wanted.fabric.cloud
    with _importing(registry.of(name).load):
        return preflight.check(wanted, workload, partial(ask, sdk.preflight, cloud=name))


def ask(function: Callable[..., dict[str, Any]], *request: object, **named: object) -> dict[str, Any]:
    """Return a provider function's answer; what the cloud says when it cannot be asked is told as it is."""
    try:
        return function(*request, **named)
    except Exception as error:  # the engine raises no narrower one
        raise MayflyError(str(error)) from error


def say(line: str) -> None:
    """Tell the user something; by its first word `mayfly up` knows it among all that an engine says."""
    pulumi.log.info(f"mayfly: {line}")


@contextmanager
def _importing(load: Callable[[], None]) -> Iterator[None]:
    thread = Thread(target=load, name="imports", daemon=True)
    thread.start()
    try:
        yield
    finally:
        thread.join()
