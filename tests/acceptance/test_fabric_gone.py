"""`mayfly down` where the fabric's file is gone, or says what the cloud does not: the cloud's tags decide."""

from __future__ import annotations

import pytest

from tests.support.azure_sdk import Sdk
from tests.support.checkout import PRODUCTION, Checkout
from tests.support.local_cloud import REGION
from tests.support.refusals import Files
from tests.support.request_log import RequestLog
from tests.support.traces import inventory, still_there, traces

BAD_INPUT, NOT_ALLOWED = 2, 3


def without(files: Files, fabric: str) -> None:
    """As on a branch that deleted a fabric."""
    path = files.root / f"stacks/fabrics/{fabric}.yaml"
    files.write(f"stacks/fabrics/{fabric}.yaml", path.read_text())
    path.unlink()


def test_an_environment_whose_fabric_was_deleted_goes_by_its_tags(
    checkout: Checkout, owner: Sdk, production: Sdk, files: Files
) -> None:
    made = checkout.run("mayfly", "up", "qa-orphan", "--json").ok().json()["outputs"]
    before = inventory([production, owner], made)
    without(files, "qa")
    never = checkout.run("mayfly", "down", "qa-orphans")
    assert never.code == BAD_INPUT, never
    assert "nothing of that name is known" in never.stderr
    assert "did you mean 'qa-orphan'?" in never.stderr
    assert f"subscription {checkout.environ('deployer')['ARM_SUBSCRIPTION_ID']}" in never.stderr
    receipt = checkout.run("mayfly", "down", "qa-orphan", "--json").ok().json()["receipt"]
    assert (receipt["complete"], receipt["known_from"]) == (True, ["tags"])
    assert receipt["stack_removed"]
    assert still_there(production, before) == []
    assert traces([production, owner], "qa-orphan", made["principal_id"]) == []


def test_down_of_what_never_was_says_which_names_are_near(checkout: Checkout, owner: Sdk) -> None:
    tags = {
        "managed-by": "mayfly",
        "mayfly-env": "qa-near",
        "mayfly-project": "mayfly",
        "mayfly-fabric": "qa",
    }
    groups = owner.resources.resource_groups
    groups.create_or_update("qa-near-flights", {"location": REGION, "tags": tags})
    try:
        done = checkout.run("mayfly", "down", "qa-nera").ok()
    finally:
        groups.begin_delete("qa-near-flights").result()
    assert "nothing of the name 'qa-nera' is known" in done.stderr
    assert "did you mean 'qa-near'?" in done.stderr


@pytest.mark.parametrize("change", ["deleted", "made ephemeral"])
def test_no_branch_makes_production_removable(
    checkout: Checkout, production: Sdk, files: Files, log: RequestLog, change: str
) -> None:
    """Its tags say that it is permanent, whatever a branch says. No other test makes a `live`."""
    name = "live" if change == "deleted" else "prod"
    tags = {"managed-by": "mayfly", "mayfly-env": name, "mayfly-project": "mayfly", "mayfly-fabric": name}
    groups = production.resources.resource_groups
    groups.create_or_update("prod-like", {"location": REGION, "tags": tags})
    if change == "made ephemeral":
        files.change("stacks/fabrics/prod.yaml", "lifetime: permanent", "lifetime: ephemeral")
    log.mark()
    done = checkout.run(
        "mayfly", "down", name, "--include-foreign", principal="owner", ARM_SUBSCRIPTION_ID=PRODUCTION
    )
    assert log.entries(method="DELETE") == []
    groups.begin_delete("prod-like").result()
    assert done.code == (NOT_ALLOWED if change == "deleted" else BAD_INPUT), done
    assert (
        "permanent, as the tags of" if change == "deleted" else "its environments have an id"
    ) in done.stderr
