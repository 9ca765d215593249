"""Zero-copy clones of production's tables: one protocol, one driver a file."""

from mayfly.clones.driver import (
    Address,
    Base,
    Capabilities,
    Clone,
    CloneRequest,
    Driver,
    Moved,
    address,
    open_driver,
)

__all__ = [
    "Address",
    "Base",
    "Capabilities",
    "Clone",
    "CloneRequest",
    "Driver",
    "Moved",
    "address",
    "open_driver",
]
