"""The blob service's data plane: containers and block blobs, path style, for callers with a token."""

from __future__ import annotations

from localcloud.azure.blob.responses import register

__all__ = ["register"]
