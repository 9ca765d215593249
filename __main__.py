"""The Pulumi program: the environment that the stack is named after."""

from pathlib import Path

from stacks.program import main

main(Path(__file__).parent)
