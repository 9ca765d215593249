"""A folder of functions to build and to break."""

from __future__ import annotations

from pathlib import Path

import pytest

from mayfly.errors import BadInput, Problem
from mayfly.settings import VariableGroup
from mayfly.workload import functions
from mayfly.workload.functions import Function, Functions

MANIFEST = {"runtime": "python3.12", "memory": "256", "timeout": "60"}
HANDLER = "def main(event, context):\n    return event\n"


def manifest(**changes: str | None) -> str:
    """A function.yaml with some fields changed, or left out (None)."""
    fields = {**MANIFEST, **changes}
    return "".join(f"{name}: {value}\n" for name, value in fields.items() if value is not None)


class FunctionsFolder:
    """A workload's folder with one function, `load`, that is fine."""

    def __init__(self, root: Path) -> None:
        self.root = root / "flights"
        self.write("load/function.yaml", manifest())
        self.write("load/handler.py", HANDLER)

    def write(self, file: str, content: str | bytes) -> Path:
        path = self.root / "functions" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def load(self, group: VariableGroup | None = None) -> Functions:
        return functions.load(self.root, group)

    def one(self) -> Function:
        return self.load().functions["load"]

    def problems(self, group: VariableGroup | None = None) -> tuple[Problem, ...]:
        with pytest.raises(BadInput) as error:
            self.load(group)
        return error.value.problems
