from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from mayfly.errors import BadInput, Problem
from mayfly.workload import factory
from tests.workload.functions_folder import FunctionsFolder

ANSWERED = ("sql", "sql2", "other", "warehouse", "vault", "l")
"""The linked services of these tests that are no stores."""


@dataclass(frozen=True)
class Variables:
    """A variable group."""

    containers: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: {"lake": ("flights",), "curated": ("curated",)}
    )
    values: Mapping[str, Any] = field(default_factory=lambda: {"year": 2013})
    linked_services: Mapping[str, Any] = field(default_factory=lambda: dict.fromkeys(ANSWERED, "as-is"))
    overrides: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    managed_private_endpoints: str = "left out"


class Folder:
    """A factory folder to build and to break."""

    def __init__(self, root: Path) -> None:
        self.root = root / "flights"
        self.factory = self.root / "factory"
        self.factory.mkdir(parents=True)

    def write(self, file: str, text: str | bytes) -> None:
        path = self.factory / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)

    def document(self, key: str, **properties: Any) -> None:
        self.write(
            f"{key}.json", json.dumps({"name": key.partition("/")[2], "properties": properties}, indent=4)
        )

    def load(self, variables: Variables | None = None) -> factory.Factory:
        return factory.load(self.root, variables or Variables())

    def problems(self, variables: Variables | None = None) -> tuple[Problem, ...]:
        with pytest.raises(BadInput) as error:
            self.load(variables)
        return error.value.problems


def to(key: str) -> dict[str, str]:
    """A reference to a document."""
    kinds = {
        "pipeline": "PipelineReference",
        "dataset": "DatasetReference",
        "linkedService": "LinkedServiceReference",
        "trigger": "TriggerReference",
        "dataflow": "DataFlowReference",
        "integrationRuntime": "IntegrationRuntimeReference",
        "credential": "CredentialReference",
        "managedVirtualNetwork": "ManagedVirtualNetworkReference",
    }
    kind, _, name = key.partition("/")
    return {"referenceName": name, "type": kinds[kind]}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


@pytest.fixture
def functions(tmp_path: Path) -> FunctionsFolder:
    return FunctionsFolder(tmp_path)
