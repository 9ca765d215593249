"""The Pulumi program: the environment that the stack is named after."""

from pathlib import Path

from mayfly.provider import sdk
from stacks.program import main

sdk.wake()  # it starts while the rest is imported, and is the first to be asked
main(Path(__file__).parent)
