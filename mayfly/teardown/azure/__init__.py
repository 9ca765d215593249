"""Teardown on Azure: the grants on production, then the group, which takes all in it along."""

from mayfly.teardown.azure.teardown import Teardown

__all__ = ["Teardown"]
