"""A provider server that replaces the engine's aws plugin."""

from localcloud.engine.aws.backend import serve
from localcloud.engine.server import Handle

__all__ = ["Handle", "serve"]
