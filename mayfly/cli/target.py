"""Finds the environment that `mayfly down` means: by its fabric's file, or by the cloud's tags."""

from __future__ import annotations

import os
from pathlib import Path

from mayfly import registry, settings
from mayfly.cli import project
from mayfly.cli.list import everywhere, lines
from mayfly.errors import BadInput, MayflyError, NotAllowed, Problem
from mayfly.listing import Listing
from mayfly.nearest import choices
from mayfly.teardown import TeardownTarget


def find(root: Path, environment: str, may_be_permanent: bool = False) -> TeardownTarget:
    """Return the environment to tear down. Only the fabric's file is needed: others may be missing or broken.

    Without that file the cloud's tags decide. Raises BadInput for an invalid or unknown name, NotAllowed for
    a permanent environment, unless it may be one.
    """
    if not settings.has_fabric(root, environment):
        return _listed(root, environment)
    fabric = settings.fabric_of(root, environment)
    if fabric.permanent and not may_be_permanent:
        raise NotAllowed(f"{environment} is permanent: no verb of mayfly removes it")
    cloud, environ = registry.of(fabric.cloud), project.without_workload(os.environ)
    try:
        return cloud.target(registry.complete(settings.load(root, environment, environ)), True)
    except MayflyError:
        return cloud.target(settings.without_variables(root, fabric, environment), False)


def _listed(root: Path, environment: str) -> TeardownTarget:
    """An environment whose fabric has no file any more, as on a branch that deleted it: found by its tags.

    The places of the other fabrics and of the shell are asked. None of them proves that it does not exist.
    """
    try:
        listing = everywhere(settings.readable_fabrics(root), here=True)
    except MayflyError as error:
        listing = Listing(unread={"the cloud": str(error)})
    project = settings.project(root)
    ours = [row for row in listing.found if row.project == project]
    found = [row for row in ours if row.environment == environment and row.group]
    if len(found) == 1:
        return registry.of(found[0].cloud).listed_target(found[0])
    where, fabric = f"environment {environment!r}", environment.partition("-")[0]
    if found:
        several = ", ".join(row.id for row in found)
        what = f"there is no stacks/fabrics/{fabric}.yaml, and there are several: {several}"
        raise BadInput([Problem(where, what, "write the fabric's file, which says which is meant")])
    places = ", ".join(place for place in listing.asked if place not in listing.unread) or "nowhere"
    what = f"nothing of that name is known: there is no stacks/fabrics/{fabric}.yaml, and asked was {places}"
    names = [row.environment for row in ours if row.environment]
    near = choices(environment, names, none="there is no environment there")
    raise BadInput([Problem(where, "; ".join([what, *lines(listing)]), near)])


def unknown(root: Path, target: TeardownTarget) -> str:
    """Say that nothing of an environment was found, and which names are similar: it may be a typing error."""
    fabric = target.environment.partition("-")[0]
    try:
        listing = everywhere(one for one in settings.readable_fabrics(root) if one.name == fabric)
    except MayflyError:
        listing = Listing()
    names = [row.environment for row in listing.found if row.environment and row.project == target.project]
    where = ", ".join(listing.asked) or " ".join(target.place)
    known = choices(target.environment, names, none="there is no environment there")
    return f"nothing of the name {target.environment!r} is known in {where}: {known}"
