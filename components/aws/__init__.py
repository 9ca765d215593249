"""An environment on AWS, and the parts it is made of."""

from components.aws.clones import CloneArgs, Clones
from components.aws.environment import Environment, EnvironmentArgs, PublishedArgs
from components.aws.functions import FunctionArgs, Functions, FunctionsArgs, ImageArgs, LayerArgs, ZipArgs
from components.aws.group import EphemeralGroup, EphemeralGroupArgs
from components.aws.imports import import_classes
from components.aws.reader import ProductionReader, ProductionReaderArgs
from components.aws.reaper import Reaper, ReaperArgs
from components.aws.schedules import ScheduleArgs, Schedules, SchedulesArgs
from components.aws.sink import Sink, SinkArgs

__all__ = [
    "CloneArgs",
    "Clones",
    "Environment",
    "EnvironmentArgs",
    "EphemeralGroup",
    "EphemeralGroupArgs",
    "FunctionArgs",
    "Functions",
    "FunctionsArgs",
    "ImageArgs",
    "LayerArgs",
    "ProductionReader",
    "ProductionReaderArgs",
    "PublishedArgs",
    "Reaper",
    "ReaperArgs",
    "ScheduleArgs",
    "Schedules",
    "SchedulesArgs",
    "Sink",
    "SinkArgs",
    "ZipArgs",
    "import_classes",
]
