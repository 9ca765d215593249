"""Names for resources whose program gives none."""

from __future__ import annotations

import uuid

from pulumi.runtime.proto import provider_pb2

from localcloud.engine.azure_native.row import Row
from localcloud.engine.naming import Autonaming, digits, resource_name
from localcloud.engine.values import Properties

RANDOM_FLAG = "__createBeforeDelete"
"""An input that marks a random name: the replacement can be made before the old resource goes."""


def name_inputs(row: Row, request: provider_pb2.CheckRequest, old: Properties) -> Properties:
    """Return the name of a resource whose program gives none, and whether it is random. An old name is kept.

    The project's `pulumi:autonaming` is obeyed. A uuid stays a uuid unless the mode is enforce.
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
