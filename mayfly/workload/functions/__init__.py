"""Reads the functions of a workload, `functions/<name>/`, checks them as a whole, and packs them."""

from mayfly.workload.functions.code import packed, zipped
from mayfly.workload.functions.folder import Application, Functions, load
from mayfly.workload.functions.models import Function
from mayfly.workload.functions.variables import environment_variables

__all__ = ["Application", "Function", "Functions", "environment_variables", "load", "packed", "zipped"]
