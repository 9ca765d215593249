"""The protection of permanent environments, the same on all clouds."""

from __future__ import annotations

import pulumi


def protected(opts: pulumi.ResourceOptions | None, permanent: bool) -> pulumi.ResourceOptions:
    """Protect a permanent environment from deletion; otherwise `opts` decides alone."""
    protect = pulumi.ResourceOptions(protect=True if permanent else None)
    return pulumi.ResourceOptions.merge(opts, protect)
