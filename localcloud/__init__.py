"""The embedded cloud: a laptop's own Azure, started and stopped by these functions.

`folder` is the state folder, such as `.mayfly/azure`: all state is in it, and one server serves it.
"""

from localcloud.azure.core.ids import NONPRODUCTION, PRODUCTION, TENANT
from localcloud.lifecycle import LocalCloudError, Log, Running, Status, log, reset, start, status, stop
from localcloud.statefolder import HOST

__all__ = [
    "HOST",
    "NONPRODUCTION",
    "PRODUCTION",
    "TENANT",
    "LocalCloudError",
    "Log",
    "Running",
    "Status",
    "log",
    "reset",
    "start",
    "status",
    "stop",
]
