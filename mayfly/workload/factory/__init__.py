"""Reads a Data Factory folder, checks it as a whole, and orders its documents by their references."""

from mayfly.workload.factory.folder import Factory, load
from mayfly.workload.factory.references import levels, references
from mayfly.workload.factory.stores import bind, global_parameters, key_of, linked_service

__all__ = [
    "Factory",
    "bind",
    "global_parameters",
    "key_of",
    "levels",
    "linked_service",
    "load",
    "references",
]
