"""The local clouds of a project: where each is, and its life by the embedded cloud's functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from mayfly.cli import project
from mayfly.clouds.concurrent import concurrently
from mayfly.errors import MayflyError

if TYPE_CHECKING:
    from localcloud import Log, Status

Result = TypeVar("Result")

STATE = Path(".mayfly")
"""Below the project: everything the local clouds keep, and the Pulumi backend that belongs to them."""


class Cloud(StrEnum):
    """A local cloud."""

    AZURE = "azure"
    AWS = "aws"


class Principal(StrEnum):
    """Whose credentials a shell gets."""

    OWNER = "owner"
    DEPLOYER = "deployer"


def state() -> Path:
    """The folder of all that the local clouds keep."""
    return project.root() / STATE


def folder(cloud: Cloud) -> Path:
    """A cloud's own folder."""
    return state() / cloud


def status(cloud: Cloud) -> Status:
    """Whether it runs, and where."""
    from localcloud import status

    return status(folder(cloud))


def statuses() -> dict[Cloud, Status]:
    """Those that run; where none does, those that have been started ever."""
    found = {cloud: status(cloud) for cloud in Cloud}
    running = {cloud: one for cloud, one in found.items() if one.running}
    return running or {cloud: one for cloud, one in found.items() if one.engines}


def running(chosen: Cloud | None = None) -> dict[Cloud, Status]:
    """Those that run, or the chosen one. Raises MayflyError when none does."""
    found = {cloud: one for cloud, one in statuses().items() if one.running and chosen in (None, cloud)}
    if not found:
        name, option = (f"local {chosen}", f" --cloud {chosen}") if chosen else ("local cloud", "")
        raise MayflyError(f"the {name} does not run; `mayfly local start{option}` starts it")
    return found


def start(cloud: Cloud) -> Status:
    """Start it, unless it runs."""
    from localcloud import start

    return start(folder(cloud), cloud)


def serve_owner(cloud: Cloud) -> Status:
    """Let the provider server run that acts as production's owner, where the cloud runs."""
    from localcloud import serve_owner

    return serve_owner(folder(cloud))


def stop(cloud: Cloud) -> bool:
    """Stop it; gives whether it ran."""
    from localcloud import stop

    return stop(folder(cloud))


def reset(cloud: Cloud) -> None:
    """Stop it and remove everything in it."""
    from localcloud import reset

    reset(folder(cloud))


def log(cloud: Cloud, since: int) -> Log:
    """The requests that it answered, from an offset on."""
    from localcloud import log

    return log(folder(cloud), since)


def host() -> str:
    """The address that all of them are at."""
    from localcloud import HOST

    return HOST


def for_each(function: Callable[[Cloud], Result], clouds: Sequence[Cloud]) -> dict[Cloud, Result]:
    """Call a function for several clouds at once; the first error is raised when all have ended.

    Raises MayflyError.
    """
    with errors():
        return dict(zip(clouds, concurrently(function, clouds), strict=True))


@contextmanager
def errors() -> Iterator[None]:
    """The local cloud's own errors, as ours."""
    from localcloud import LocalCloudError

    try:
        yield
    except LocalCloudError as error:
        raise MayflyError(str(error)) from error
