"""The client of a fabric's account and region, as whoever the shell is signed in as."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mayfly.clouds.aws import Aws
    from mayfly.settings import AwsFabric


def to(fabric: AwsFabric) -> Aws:
    """A client that asks for the fabric's account. Nothing is called."""
    from mayfly.clouds.aws import Aws

    return Aws.from_environment(os.environ, fabric.region, fabric.account)
