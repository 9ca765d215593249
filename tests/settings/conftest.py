from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mayfly.errors import BadInput, Problem
from mayfly.settings import load

GUID = "6d617966-6c79-4000-8000-0000000000b0"
PRODUCTION = "6d617966-6c79-4000-8000-0000000000a0"
LAKE = (
    "/subscriptions/6d617966-6c79-4000-8000-0000000000a0/resourceGroups/flights-lake/providers"
    "/Microsoft.Storage/storageAccounts/flightslake/blobServices/default/containers/flights"
)
FABRIC = {
    "cloud": "azure",
    "subscription": GUID,
    "location": "westeurope",
    "lifetime": "ephemeral",
    "owner": "data-platform",
    "workload": "examples/flights",
}
VARIABLES = f"sources:\n  raw-lake: {LAKE}\nsinks:\n  curated: curated\nvalues:\n  year: 2013\n"


def fabric(**changes: str | None) -> str:
    """A fabric's file with some fields changed, or left out (None)."""
    fields = {**FABRIC, **changes}
    return "".join(f"{name}: {value}\n" for name, value in fields.items() if value is not None)


class Project:
    """A project folder to break."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "examples/flights").mkdir(parents=True)
        self.fabric("qa", fabric())
        self.fabric("prod", fabric(lifetime="permanent", subscription=PRODUCTION))
        self.variables("qa", VARIABLES)
        self.variables("prod", VARIABLES)

    def fabric(self, name: str, text: str | bytes) -> None:
        self.write(f"stacks/fabrics/{name}.yaml", text)

    def variables(self, name: str, text: str | bytes) -> None:
        self.write(f"stacks/variables/{name}.yaml", text)

    def write(self, file: str, text: str | bytes) -> None:
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)

    def problems(self, stack: str = "qa-1", **environ: str) -> tuple[Problem, ...]:
        with pytest.raises(BadInput) as error:
            load(self.root, stack, environ)
        return error.value.problems


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.fixture(name="fabric")
def _fabric() -> Callable[..., str]:
    return fabric
