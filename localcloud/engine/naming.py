"""What names of resources are made from whose program gives none."""

from __future__ import annotations

import hashlib
import secrets

from pulumi.runtime.proto import provider_pb2

Autonaming = provider_pb2.CheckRequest.AutonamingOptions


def digits(request: provider_pb2.CheckRequest) -> str:
    """Random digits that stay the same from the preview to the update: the engine sends the seed."""
    seed = request.randomSeed or secrets.token_bytes(32)
    return hashlib.sha256(seed + request.urn.encode()).hexdigest()


def resource_name(urn: str) -> str:
    """What the program calls the resource."""
    return urn.rsplit("::", 1)[-1]


def resource_type(urn: str) -> str:
    """A URN's own type: it stands last, after those of the parents."""
    return urn.split("::")[-2].rsplit("$", 1)[-1]
