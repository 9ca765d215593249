"""The parts of generated resource names."""

from __future__ import annotations

import hashlib
import secrets

from pulumi.runtime.proto import provider_pb2

Autonaming = provider_pb2.CheckRequest.AutonamingOptions


def digits(request: provider_pb2.CheckRequest) -> str:
    """Return random digits. Preview and update get the same ones, since the engine sends the seed."""
    seed = request.randomSeed or secrets.token_bytes(32)
    return hashlib.sha256(seed + request.urn.encode()).hexdigest()


def resource_name(urn: str) -> str:
    """Return the name that the program gives the resource."""
    return urn.rsplit("::", 1)[-1]


def resource_type(urn: str) -> str:
    """Return the resource's own type, which a URN has after the types of its parents."""
    return urn.split("::")[-2].rsplit("$", 1)[-1]
