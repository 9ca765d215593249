"""The client of a fabric's account and region, as whoever the shell is signed in as."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mayfly.clouds.aws import Aws
    from mayfly.settings import AwsFabric


def to(fabric: AwsFabric) -> Aws:
    """A client that asks for the fabric's account, the same for all of a verb. Nothing is called."""
    from mayfly.provider import clouds

    return clouds.shared().aws(fabric.account, fabric.region)
