"""A thin client for Azure: what teardown, run, prove, the preflight and our provider need, and no more."""

from mayfly.clouds.azure.client import Azure
from mayfly.clouds.azure.errors import CloudError, Refused

__all__ = ["Azure", "CloudError", "Refused"]
