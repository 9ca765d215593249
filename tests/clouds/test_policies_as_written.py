"""Every policy document that the code makes, whole: a permission changes only with a visible diff of a file.

The files in `policies` are read by whoever reviews a change.
`python -m tests.clouds.test_policies_as_written` writes them anew. What the documents come to is
seen in test_aws_boundary, test_aws_on_local_cloud and test_azure_deployer.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from mayfly.clouds.aws import permissions as aws
from mayfly.clouds.azure import permissions as azure

FOLDER = Path(__file__).parent / "policies"
ACCOUNT, OTHER, REGION = "123456789012", "999999999999", "eu-west-1"
OWN, LAKES = "6d617966-6c79-4000-8000-0000000000b0", "6d617966-6c79-4000-8000-0000000000a0"
STORAGE = f"/subscriptions/{LAKES}/resourceGroups/lake/providers/Microsoft.Storage/storageAccounts"
CONTAINERS = [
    f"{STORAGE}/{account}/blobServices/default/containers/{container}"
    for account, container in (("lake", "flights"), ("lake", "weather"), ("other", "flights"))
]
INFRASTRUCTURE = [f"/subscriptions/{LAKES}/resourceGroups/prod-flights"]
STAGES = {OTHER: ["dev-*"], ACCOUNT: ["qa-*", "dev-*", "qa-*"]}

MADE: Mapping[str, Callable[[], Any]] = {
    "aws-boundary": lambda: aws.boundary(
        ACCOUNT, {"weather": [""], "lake": ["flights/", "delays/", "flights/"]}
    ),
    "aws-boundary-clones": lambda: aws.boundary(ACCOUNT, {"lake": ["flights/"]}, clones=True),
    "aws-deployer-clones": lambda: aws.deployer(ACCOUNT, REGION, ["qa-*"], databases=["lake"]),
    "aws-deployer-sources-clones": lambda: aws.deployer_sources(["weather", "lake"], clones=True),
    "aws-deployer": lambda: aws.deployer(
        ACCOUNT, REGION, ["qa-*", "prod", "qa-*"], ["prod", "platform", "prod"]
    ),
    "aws-deployer-sources": lambda: aws.deployer_sources(["weather", "lake", "weather"]),
    "aws-production-below-prefixes": lambda: aws.production(
        "lake", ["flights/", "delays/", "flights/"], STAGES
    ),
    "aws-production-whole-bucket": lambda: aws.production("weather", [], STAGES),
    "azure-deployer": lambda: azure.deployer(OWN, CONTAINERS, INFRASTRUCTURE),
    "azure-deployer-permanent": lambda: azure.deployer(LAKES, CONTAINERS, permanent=True),
}


def text(name: str) -> str:
    return json.dumps(MADE[name](), indent=2) + "\n"


@pytest.mark.parametrize("name", MADE)
def test_a_policy_is_as_it_was_reviewed(name: str) -> None:
    assert text(name) == (FOLDER / f"{name}.json").read_text()


def test_every_file_is_a_policy() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == {*MADE}


if __name__ == "__main__":
    for name in MADE:
        (FOLDER / f"{name}.json").write_text(text(name))
