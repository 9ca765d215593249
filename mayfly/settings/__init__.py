"""What an environment is, before the cloud is asked: fabrics, variable groups, ids."""

from mayfly.settings import ids
from mayfly.settings.load import Examined, examine, fabric_of, fabrics, load, project
from mayfly.settings.models import EnvironmentSettings, Fabric, Life, VariableGroup
from mayfly.settings.rules import ContainerId

__all__ = [
    "ContainerId",
    "EnvironmentSettings",
    "Examined",
    "Fabric",
    "Life",
    "VariableGroup",
    "examine",
    "fabric_of",
    "fabrics",
    "ids",
    "load",
    "project",
]
