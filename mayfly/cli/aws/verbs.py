"""AWS's half of the verbs: `mayfly.cli.clouds.Cloud` as a module."""

from mayfly.cli.aws.down import tear_down
from mayfly.cli.aws.list import environments
from mayfly.cli.aws.prove import prove
from mayfly.cli.aws.run import run
from mayfly.cli.aws.up import check, complete, finder

__all__ = ["check", "complete", "environments", "finder", "prove", "run", "tear_down"]
