"""A thin client for AWS: what teardown, run, prove, the preflight and our provider need, and no more."""

from mayfly.clouds.aws.client import Aws
from mayfly.clouds.aws.errors import CloudError, Refused, translated

__all__ = ["Aws", "CloudError", "Refused", "translated"]
