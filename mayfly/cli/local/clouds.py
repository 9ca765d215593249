"""The local clouds of a project and their Pulumi backend: all of it in the folder `.mayfly`."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from mayfly.cli import project
from mayfly.clouds.concurrent import concurrently
from mayfly.errors import MayflyError

if TYPE_CHECKING:
    from localcloud import Status

Result = TypeVar("Result")

STATE = Path(".mayfly")
"""Below the project."""

ATOMIC = "metadata=skip"
"""Without it Pulumi keeps a second file beside each, written in place: a kill may leave it half written, and
the stack unreadable ("failed to load checkpoint: EOF"). Source: Go CDK, fileblob URL parameters.
"""


class Cloud(StrEnum):
    """A local cloud."""

    AZURE = "azure"
    AWS = "aws"


class Principal(StrEnum):
    """Whose credentials a shell gets."""

    OWNER = "owner"
    DEPLOYER = "deployer"
    JANITOR = "janitor"


def folder(cloud: Cloud) -> Path:
    """Return a cloud's own folder."""
    return project.root() / STATE / cloud


def statuses() -> dict[Cloud, Status]:
    """Return the local clouds that run; if none runs, those that were ever started."""
    import localcloud

    found = {cloud: localcloud.status(folder(cloud)) for cloud in Cloud}
    running = {cloud: one for cloud, one in found.items() if one.running}
    return running or {cloud: one for cloud, one in found.items() if one.engines}


def running(chosen: Cloud | None = None) -> dict[Cloud, Status]:
    """Return the local clouds that run, or the chosen one. Raises MayflyError when none does."""
    found = {cloud: one for cloud, one in statuses().items() if one.running and chosen in (None, cloud)}
    if not found:
        name, option = (f"local {chosen}", f" --cloud {chosen}") if chosen else ("local cloud", "")
        raise MayflyError(f"the {name} does not run; `mayfly local start{option}` starts it")
    return found


def on_each(function: Callable[[Cloud], Result], clouds: Sequence[Cloud]) -> dict[Cloud, Result]:
    """Call a function for each cloud at once; raise the first error when all calls have ended."""
    with errors():
        return dict(zip(clouds, concurrently(function, clouds), strict=True))


@contextmanager
def errors() -> Iterator[None]:
    """Raise the local cloud's own errors as MayflyError."""
    from localcloud import LocalCloudError

    try:
        yield
    except LocalCloudError as error:
        raise MayflyError(str(error)) from error


def backend_variables() -> dict[str, str]:
    """Return what Pulumi needs to use the backend, and to work without internet."""
    return {
        "PULUMI_BACKEND_URL": f"{_backend().as_uri()}?{ATOMIC}",
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(_passphrase()),
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }


def prepare_backend() -> None:
    """Make the backend's folder, and a passphrase that no other user can read."""
    _backend().mkdir(mode=0o700, parents=True, exist_ok=True)
    if not _passphrase().exists():
        with os.fdopen(os.open(_passphrase(), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32))


def remove_backend() -> None:
    """Remove the backend, and the files that Pulumi wrote into the project for its stacks.

    Each such file holds a salt of the passphrase: with another passphrase the stack could not be made again.
    """
    for stack in (_backend() / ".pulumi" / "stacks").glob("*/*.json"):
        (project.root() / "stacks" / f"Pulumi.{stack.stem}.yaml").unlink(missing_ok=True)
    if _backend().exists():
        shutil.rmtree(_backend())
    _passphrase().unlink(missing_ok=True)


def _backend() -> Path:
    return project.root() / STATE / "pulumi"


def _passphrase() -> Path:
    return project.root() / STATE / "passphrase"
