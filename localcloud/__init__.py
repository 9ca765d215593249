"""The embedded clouds: a laptop's own Azure and AWS, started and stopped by these functions.

`folder` is a cloud's state folder, such as `.mayfly/aws`: all its state is in it, and one server serves it.
"""

from localcloud.aws.ids import ACCOUNT, REGION
from localcloud.azure.core.ids import NONPRODUCTION, PRODUCTION, TENANT
from localcloud.lifecycle import (
    LocalCloudError,
    Log,
    Running,
    Status,
    log,
    reset,
    serve_owner,
    start,
    status,
    stop,
)
from localcloud.statefolder import HOST

__all__ = [
    "ACCOUNT",
    "HOST",
    "NONPRODUCTION",
    "PRODUCTION",
    "REGION",
    "TENANT",
    "LocalCloudError",
    "Log",
    "Running",
    "Status",
    "log",
    "reset",
    "serve_owner",
    "start",
    "status",
    "stop",
]
