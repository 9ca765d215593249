"""Storage accounts as Resource Manager sees them: accounts, the blob service's settings, containers."""

from __future__ import annotations

from localcloud.azure.storage.responses import register

__all__ = ["register"]
