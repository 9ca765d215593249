"""What the guarantee says: the identity is isolated, and what it does not hold is named and masked."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError

from tests.support.azure_sdk import Sdk
from tests.support.checkout import LAKE, Checkout

ENVIRONMENT = "open-1"
SIGNED = "https://acme.example/table?sv=2024-01-01&sig=" + "aB3" * 14 + "%3D"
HEADER = "ApiKey hunter2-in-a-header"
SECRETS = (SIGNED, HEADER, "hunter2", "aB3aB3")
DOCUMENTS: dict[str, dict[str, Any]] = {
    "linkedService/table": {
        "type": "AzureTableStorage",
        "typeProperties": {"sasUri": {"type": "SecureString", "value": SIGNED}},
    },
    "pipeline/notify": {
        "activities": [
            {
                "name": "tell them",
                "type": "WebActivity",
                "typeProperties": {
                    "method": "POST",
                    "url": "https://hook.example/a",
                    "body": "x",
                    "headers": {"Authorization": HEADER},
                },
            }
        ]
    },
    "trigger/arrival": {
        "type": "BlobEventsTrigger",
        "typeProperties": {"scope": LAKE, "events": ["Microsoft.Storage.BlobCreated"]},
        "pipelines": [{"pipelineReference": {"referenceName": "notify", "type": "PipelineReference"}}],
    },
}
ELSEWHERE = [
    ("linkedService/table.json", "AzureTableStorage", "acme.example"),
    (
        "pipeline/notify.json: properties.activities[0].typeProperties.url",
        "WebActivity",
        "hook.example",
    ),
]


@pytest.fixture(scope="module")
def project(checkout: Checkout) -> Iterator[Checkout]:
    """A fabric whose workload reaches out and holds secrets."""
    fabric, group = (checkout.root / "stacks" / kind / "open.yaml" for kind in ("fabrics", "variables"))
    workload = checkout.root / "examples" / "open"
    fabric.write_text(fabric.with_name("qa.yaml").read_text().replace("examples/flights", "examples/open"))
    answers = "linked_services:\n  table: as-is\n"
    group.write_text(group.with_name("qa.yaml").read_text() + answers)
    shutil.copytree(checkout.root / "examples" / "flights" / "factory", workload / "factory")
    for key, properties in DOCUMENTS.items():
        document = {"name": key.partition("/")[2], "properties": properties}
        (workload / "factory" / f"{key}.json").write_text(json.dumps(document, indent=4))
    try:
        yield checkout
        checkout.run("mayfly", "down", ENVIRONMENT).ok()
    finally:
        shutil.rmtree(workload)
        fabric.unlink()
        group.unlink()


@pytest.fixture(scope="module")
def made(project: Checkout) -> Any:
    return project.run("mayfly", "up", ENVIRONMENT, "--json").ok()


def kept(project: Checkout) -> str:
    """All that Pulumi keeps of all its stacks: states, their histories, their backups."""
    return "".join(path.read_text() for path in project.backend.rglob("*") if path.is_file())


def told(reaches: Any) -> list[tuple[str, str, str]]:
    return [(one["at"], one["what"], one["address"]) for one in reaches]


def test_5_up_names_what_can_reach_elsewhere_and_what_lies_open(made: Any) -> None:
    document = json.loads(made.stdout)
    assert told(document["elsewhere"]) == ELSEWHERE
    lines = made.stderr.splitlines()
    reach = "can reach elsewhere: linkedService/table.json (AzureTableStorage): acme.example"
    assert f"{reach}, allowed by the variable group: as-is" in lines
    where = [note["where"].removeprefix("open/factory/") for note in document["notes"]]
    assert where == [
        "trigger/arrival.json",
        "linkedService/table.json: properties.typeProperties.sasUri.value",
        "pipeline/notify.json: properties.activities[0].typeProperties.headers.Authorization",
    ]
    assert all(sum(note["where"] in line for line in lines) == 1 for note in document["notes"])


def test_5_no_secret_is_in_state_preview_or_output(project: Checkout, made: Any) -> None:
    preview = project.run("pulumi", "preview", "--stack", ENVIRONMENT, "--diff").ok()
    shown = made.stdout + made.stderr + preview.stdout + preview.stderr
    assert [secret for secret in SECRETS if secret in shown] == []
    assert "linkedService/table" in kept(project)
    assert [secret for secret in SECRETS if secret in kept(project)] == []
    assert "can reach elsewhere: linkedService/table.json" in preview.stdout + preview.stderr


def test_4_no_event_trigger_is_sent_since_the_deployer_may_not_listen(
    made: Any, owner: Sdk, deployer: Sdk
) -> None:
    """The control: the deployer that sends it by hand is refused, stopped as it is."""
    outputs = json.loads(made.stdout)["outputs"]
    where = (outputs["resource_group"], outputs["factory"])
    assert [found.name for found in owner.factories.triggers.list_by_factory(*where)] == ["daily"]
    trigger: Any = {"properties": DOCUMENTS["trigger/arrival"]}
    with pytest.raises(HttpResponseError) as refused:
        deployer.factories.triggers.create_or_update(*where, "arrival", trigger)
    assert refused.value.status_code == 403
    assert refused.value.error is not None
    assert refused.value.error.code == "LinkedAuthorizationFailed"


def test_5_prove_names_what_the_cloud_has_and_not_what_the_branch_says(project: Checkout, made: Any) -> None:
    """A branch that takes the files away, and has not been deployed since, hides nothing."""
    factory = project.root / "examples" / "open" / "factory"
    texts = {key: (factory / f"{key}.json").read_text() for key in DOCUMENTS}
    for key in texts:
        (factory / f"{key}.json").unlink()
    proved = project.run("mayfly", "prove", ENVIRONMENT, "--json").ok().json()
    assert proved["proved"] is True
    assert told(proved["elsewhere"]) == ELSEWHERE
    up = project.run("mayfly", "up", ENVIRONMENT, "--json").ok().json()
    assert (up["notes"], up["elsewhere"]) == ([], [])
    said = project.run("mayfly", "prove", ENVIRONMENT).ok().stdout
    assert f"{ENVIRONMENT}: its identity is isolated" in said
    assert "elsewhere" not in said
    for key, text in texts.items():
        (factory / f"{key}.json").write_text(text)
    again = project.run("mayfly", "up", ENVIRONMENT).ok()
    assert "1 updated" in again.stdout
    assert [secret for secret in SECRETS if secret in again.stdout + again.stderr + kept(project)] == []
