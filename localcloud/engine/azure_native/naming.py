"""Names for resources whose program gives none."""

from __future__ import annotations

import uuid

from pulumi.runtime.proto import provider_pb2

from localcloud.engine.azure_native.row import Row
from localcloud.engine.naming import Autonaming, digits, resource_name
from localcloud.engine.values import Properties

RANDOM_FLAG = "__createBeforeDelete"
"""Kept with the inputs: the name is random, so a replacement can be made before the old one goes."""


def name_inputs(row: Row, request: provider_pb2.CheckRequest, old: Properties) -> Properties:
    """The name, and whether it is random, for a resource without one. It keeps the one it has.

    The project's own `pulumi:autonaming` configuration is obeyed; uuids stay uuids unless it enforces.
    """
    if row.name in old:
        return {name: old[name] for name in (row.name, RANDOM_FLAG) if name in old}
    asked = request.autonaming if request.HasField("autonaming") else None
    if asked is not None and asked.mode == Autonaming.DISABLE:
        return {}
    if asked is not None and (asked.mode == Autonaming.ENFORCE or row.auto_name != "uuid"):
        return {row.name: asked.proposed_name, RANDOM_FLAG: True}
    urn_name = resource_name(request.urn)
    seed = digits(request)
    if row.auto_name == "copy":
        return {row.name: urn_name}
    name = str(uuid.UUID(seed[:32])) if row.auto_name == "uuid" else urn_name + seed[:8]
    return {row.name: name, RANDOM_FLAG: True}
