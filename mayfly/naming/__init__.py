"""Names, tags and times: each has its one home here. Pure functions of the settings."""

from mayfly.naming import aws
from mayfly.naming.hashing import cut, digest
from mayfly.naming.limits import LIMITS, Limit
from mayfly.naming.resources import Names, group_name, names, permanent_group
from mayfly.naming.tagging import identity, tags
from mayfly.naming.times import lifespan, stamp

__all__ = [
    "LIMITS",
    "Limit",
    "Names",
    "aws",
    "cut",
    "digest",
    "group_name",
    "identity",
    "lifespan",
    "names",
    "permanent_group",
    "stamp",
    "tags",
]
