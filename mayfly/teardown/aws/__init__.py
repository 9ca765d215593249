"""Teardown on AWS: one sweep of all that carries the environment's tags or lives under its paths."""

from mayfly.teardown.aws.teardown import Request, Teardown

__all__ = ["Request", "Teardown"]
