"""Teardown on AWS: one sweep of all that carries the environment's tags or lives under its paths."""

from mayfly.teardown.aws.teardown import Teardown

__all__ = ["Teardown"]
