"""What an environment is, before the cloud is asked: fabrics, variable groups, ids."""

from mayfly.settings import ids
from mayfly.settings.application_sources import with_sources
from mayfly.settings.fabrics import AwsFabric, AzureFabric, Fabric, Life
from mayfly.settings.load import (
    Examination,
    examine,
    fabric_of,
    fabrics,
    has_fabric,
    load,
    project,
    readable_fabrics,
    without_variables,
)
from mayfly.settings.models import EnvironmentSettings, VariableGroup
from mayfly.settings.sources import BucketArn, ContainerId

__all__ = [
    "AwsFabric",
    "AzureFabric",
    "BucketArn",
    "ContainerId",
    "EnvironmentSettings",
    "Examination",
    "Fabric",
    "Life",
    "VariableGroup",
    "examine",
    "fabric_of",
    "fabrics",
    "has_fabric",
    "ids",
    "load",
    "project",
    "readable_fabrics",
    "with_sources",
    "without_variables",
]
