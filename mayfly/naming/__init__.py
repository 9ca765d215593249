"""Names, tags and times: pure functions of the settings."""

from mayfly.naming import aws, azure
from mayfly.naming.limits import LIMITS, Limit
from mayfly.naming.parts import cut, digest
from mayfly.naming.times import lifespan, stamp

__all__ = ["LIMITS", "Limit", "aws", "azure", "cut", "digest", "lifespan", "stamp"]
