"""Generates the names that a program leaves out, or gives the prefix of."""

from __future__ import annotations

import itertools
import time

from pulumi.runtime.proto import provider_pb2

from localcloud.engine.aws.row import Name, Row
from localcloud.engine.naming import Autonaming, digits, resource_name
from localcloud.engine.values import Properties

DEFAULTS = "__defaults"
"""An input with the names of the inputs that the provider filled in. The engine does not show it."""

RANDOM = 7
_counter = itertools.count(1)


def name_input(row: Row, request: provider_pb2.CheckRequest, old: Properties, new: Properties) -> Properties:
    """Return the name of a resource whose program gives none. An old name is kept.

    The project's `pulumi:autonaming` is obeyed. Raises ValueError for a name that is too long.
    """
    name = row.name
    if name is None or name.property in new or name.prefix in new:
        return {}
    if name.property in old and name.property in old.get(DEFAULTS, []):
        return {name.property: old[name.property]}
    asked = request.autonaming if request.HasField("autonaming") else None
    if asked is not None and asked.mode == Autonaming.DISABLE:
        return {}
    if asked is not None:
        return {name.property: asked.proposed_name}
    made = f"{resource_name(request.urn)}-{digits(request)[:RANDOM]}"
    if len(made) > name.longest:
        raise ValueError(
            f"failed to apply auto-naming: name '{made}' plus {RANDOM} random chars is longer than maximum "
            f"length {name.longest}"
        )
    return {name.property: made.lower() if name.property == "bucket" else made}


def full_name(inputs: Properties, name: Name) -> str:
    """Return a resource's name: the given one, or the given prefix and 26 digits."""
    if inputs.get(name.property):
        return str(inputs[name.property])
    moment = time.strftime("%Y%m%d%H%M%S", time.gmtime()) + f"{time.time_ns() // 100_000 % 10_000:04d}"
    return f"{inputs.get(name.prefix) or 'terraform-'}{moment}{next(_counter):08x}"
