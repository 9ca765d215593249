"""The data plane of the blob service: containers and block blobs, with path-style URLs and bearer tokens."""

from __future__ import annotations

from localcloud.azure.blob.responses import register

__all__ = ["register"]
