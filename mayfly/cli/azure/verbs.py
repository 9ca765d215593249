"""Azure's half of the verbs: `mayfly.cli.clouds.Cloud` as a module."""

from mayfly.cli.azure.down import listed_target, target, tear_down
from mayfly.cli.azure.list import environments
from mayfly.cli.azure.prove import await_access, prove
from mayfly.cli.azure.run import run
from mayfly.cli.azure.up import check, complete, finder

__all__ = [
    "await_access",
    "check",
    "complete",
    "environments",
    "finder",
    "listed_target",
    "prove",
    "run",
    "target",
    "tear_down",
]
