"""A provider server that replaces the engine's azure-native plugin."""

from localcloud.engine.azure_native.arm import Credentials
from localcloud.engine.azure_native.backend import serve
from localcloud.engine.server import Handle

__all__ = ["Credentials", "Handle", "serve"]
