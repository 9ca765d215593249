"""`mayfly unlock`: says who holds a stack's lock, and breaks it where its owner is shown dead."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from mayfly import settings
from mayfly.cli import project
from mayfly.cli.arguments import Environment, Json
from mayfly.cli.output import Output
from mayfly.engine import backend, locks
from mayfly.engine.locks import Owner
from mayfly.engine.shared_backend import is_shared
from mayfly.errors import BadInput, Busy, Problem
from mayfly.settings import ids

OwnerIsDead = Annotated[
    bool,
    typer.Option(
        "--owner-is-dead",
        help="Break it also where that cannot be told from here, as of another machine's process, or in a "
        "bucket: you have seen that the owner is no more.",
    ),
]

RISK = (
    "If the owner lives, two updates write one state, and what one of them made is forgotten: look there"
    " first. `mayfly unlock {environment} --owner-is-dead` breaks the lock then"
)


def unlock(environment: Environment, owner_is_dead: OwnerIsDead = False, as_json: Json = False) -> None:
    """Say who holds the lock of an environment's stack, and break it if its owner is shown dead.

    The exit code is 5 while a lock stays. No lock is fine.
    """
    output = Output(as_json)
    ids.parse(environment)
    _check_backend(environment)
    told, content, kept = list[str](), list[dict[str, object]](), set[Owner]()
    for lock in locks.all_of(os.environ, settings.project(project.root()), environment):
        owner = lock.owner
        is_broken = lock.dead or (owner_is_dead and owner is not Owner.ALIVE)
        if is_broken:
            lock.remove()
        else:
            kept.add(owner)
        told.append(f"{environment} is locked, {lock}: {owner}; {'broken' if is_broken else 'it stays'}")
        about = {"pid": lock.pid, "user": lock.user, "host": lock.host, "since": lock.since}
        content.append({**about, "file": str(lock.path), "owner": owner.name.lower(), "broken": is_broken})
    if kept:
        risk = [RISK.format(environment=environment)] if kept - {Owner.ALIVE} else []
        raise Busy("\n".join([*told, *risk]))
    for line in told or [f"{environment} is not locked"]:
        output.text(line)
    output.document("unlock", {"environment": environment, "locks": content})


def _check_backend(environment: str) -> None:
    """Raise BadInput for a backend whose locks cannot be read."""
    if backend.folder(os.environ) is not None or is_shared(os.environ):
        return
    url = os.environ.get("PULUMI_BACKEND_URL", "")
    what = "keeps its locks to itself: only folders, s3:// and azblob:// show them" if url else "is not set"
    cancel = f"`pulumi cancel --stack {environment}` breaks every lock: see first that nobody works on it"
    fix = cancel if url else f"set it as for `up`; {cancel}"
    raise BadInput([Problem(f"PULUMI_BACKEND_URL {url}".strip(), what, fix)])
