"""Provider servers for the Pulumi engine: the engine takes one for its azure-native plugin."""

from localcloud.engine.arm import Credentials
from localcloud.engine.server import Handle, serve

__all__ = ["Credentials", "Handle", "serve"]
