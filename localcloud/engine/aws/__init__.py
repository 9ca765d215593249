"""A provider server that the Pulumi engine takes for its aws plugin."""

from localcloud.engine.aws.backend import serve
from localcloud.engine.server import Handle

__all__ = ["Handle", "serve"]
