"""What the owner gives the deployer on production: the documented roles, on the containers that are there."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from mayfly.cli.local import azure, verbs
from mayfly.clouds.azure import Azure, permissions
from mayfly.errors import BadInput

ROOT = Path(__file__).resolve().parents[2]
OWN = "6d617966-6c79-4000-8000-0000000000b0"
CONTAINER = (
    "/subscriptions/6d617966-6c79-4000-8000-0000000000a0/resourceGroups/lake/providers/Microsoft.Storage"
    "/storageAccounts/acmelake/blobServices/default/containers/flights"
)


class Cloud:
    """Documents by id, as the client gives and takes them."""

    def __init__(self) -> None:
        self.documents: dict[str, dict[str, Any]] = {}
        self.puts = 0

    def get(self, id: str) -> dict[str, Any] | None:
        return self.documents.get(id)

    def put(self, id: str, body: dict[str, Any], *, wait: bool) -> None:
        self.puts += 1
        self.documents[id] = body


def test_the_documented_assignments_are_made_once() -> None:
    cloud = Cloud()
    for _ in range(2):
        azure.admit(cast(Azure, cloud), "me", OWN, [CONTAINER])
    wanted = permissions.deployer(OWN, [CONTAINER])
    made = [body["properties"] for body in cloud.documents.values()]
    assert cloud.puts == len(wanted)
    assert [(item["roleDefinitionId"], item.get("condition")) for item in made] == [
        (item["roleDefinitionId"], item.get("condition")) for item in wanted
    ]
    assert {(item["principalId"], item["principalType"]) for item in made} == {("me", "ServicePrincipal")}


def test_an_absent_container_is_told() -> None:
    with pytest.raises(BadInput, match="containers/flights: does not exist"):
        azure.refuse_absent(cast(Azure, Cloud()), [CONTAINER])


def test_the_sources_are_those_of_all_variable_groups() -> None:
    (source,) = verbs.named_sources(ROOT, {}, "azure")
    assert source.endswith("/storageAccounts/flightslake/blobServices/default/containers/flights")
    other = verbs.named_sources(ROOT, {"MAYFLY_VAR_LAKE": CONTAINER}, "azure")
    assert other == [CONTAINER]
