"""Reads a factory folder, checks it as a whole, and puts it in the order that its references ask.

The functions of a workload are in `mayfly.workload.functions`.
"""

from mayfly.workload.folder import Workload, load
from mayfly.workload.order import levels
from mayfly.workload.refer import references
from mayfly.workload.stores import bind, global_parameters, linked_service

__all__ = [
    "Workload",
    "bind",
    "global_parameters",
    "levels",
    "linked_service",
    "load",
    "references",
]
