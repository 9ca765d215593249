"""Signing in: the metadata that clients start from, OpenID discovery, and tokens for service principals."""

from __future__ import annotations

from localcloud.azure.login.responses import register

__all__ = ["register"]
