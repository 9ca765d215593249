"""AWS's half of the verbs: `mayfly.cli.clouds.Cloud` as a module."""

from mayfly.cli.aws.down import listed_target, target, tear_down
from mayfly.cli.aws.list import environments
from mayfly.cli.aws.prove import await_access, prove
from mayfly.cli.aws.run import run
from mayfly.cli.aws.up import check, complete, finder

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
