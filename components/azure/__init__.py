"""An environment on Azure, and the parts it is made of."""

from components.azure.environment import Environment, EnvironmentArgs, SeedArgs
from components.azure.factory import DataFactory, DataFactoryArgs
from components.azure.group import EphemeralGroup, EphemeralGroupArgs
from components.azure.imports import import_classes
from components.azure.reader import ProductionReader, ProductionReaderArgs
from components.azure.reaper import Reaper, ReaperArgs
from components.azure.sink import Sink, SinkArgs

__all__ = [
    "DataFactory",
    "DataFactoryArgs",
    "Environment",
    "EnvironmentArgs",
    "EphemeralGroup",
    "EphemeralGroupArgs",
    "ProductionReader",
    "ProductionReaderArgs",
    "Reaper",
    "ReaperArgs",
    "SeedArgs",
    "Sink",
    "SinkArgs",
    "import_classes",
]
