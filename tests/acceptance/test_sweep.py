"""A sweep of what a real program made, as the janitor: the environment goes with its stack."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.azure_sdk import Sdk
from tests.support.checkout import Checkout

GROUP = "qa-9-flights"
OVER = {"mayfly-expires-at": "2026-01-08T00:00:00Z"}


def test_what_is_over_goes_with_its_stack_as_the_janitor(checkout: Checkout, owner: Sdk) -> None:
    checkout.run("mayfly", "up", "qa-9", "--ttl", "72h").ok()
    checkout.run("pulumi", "stack", "init", "qa-10", "--no-select").ok()
    shown = checkout.run("mayfly", "sweep", "--fabric", "qa", principal="janitor").ok().stdout
    assert "expires at" in shown
    assert "qa-10        azure  stays  a stack and nothing else, updated at" in shown
    tags = owner.resources.resource_groups.get(GROUP).tags
    assert tags is not None
    owner.resources.resource_groups.update(GROUP, {"tags": {**tags, **OVER}})
    swept = checkout.run(
        "mayfly", "sweep", "--execute", "--fabric", "qa", "--grace", "0m", "--json", principal="janitor"
    ).ok()
    # Other tests have environments beside these in the worker's cloud.
    every = {one["environment"]: one for one in swept.json()["environments"]}
    stack, found = every["qa-10"], every["qa-9"]
    assert (found["cause"], found["outcome"]) == ("expired", "gone")
    assert (stack["cause"], stack["outcome"]) == ("stack", "gone")
    assert found["stack_removed"]
    assert stack["stack_removed"]
    receipt = json.loads(Path(found["receipt"]).read_text())
    assert receipt["complete"]
    assert receipt["commit"] == tags["mayfly-commit"]
    stacks = checkout.run("pulumi", "stack", "ls", "--json").ok().json()
    assert not {"qa-9", "qa-10"} & {one["name"] for one in stacks}
    refused = checkout.run("mayfly", "up", "qa-9", principal="janitor")
    assert refused.code != 0
    assert not owner.resources.resource_groups.check_existence(GROUP)
