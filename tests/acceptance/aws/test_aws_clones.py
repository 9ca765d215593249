"""Production's tables, cloned: a function works on them, and production has not a byte more or less.

One environment's whole life on the local AWS as the documented deployer, whose rights are generated.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mayfly.clones import Clone
from mayfly.clones.iceberg import Iceberg
from mayfly.errors import MayflyError
from tests.support.aws_sdk import AwsSdk, signed_in
from tests.support.checkout import Checkout, copy_project
from tests.support.lake_on_aws import LAKE, TABLES, make_tables, open_glue, use_tables, write_workload

NAME = "awsqa-7"
WORK = [
    ["append", [{"id": 1000, "carrier": "c6", "delay": 1}, {"id": 1001, "carrier": "c0", "delay": 2}]],
    ["delete", "id = 3"],
    ["overwrite", [{"id": 5, "carrier": "c5", "delay": 99}], "id = 5"],
]


@dataclass
class World:
    """A checkout whose awsqa clones three tables, and production's owner at Glue and S3."""

    checkout: Checkout
    owner: Iceberg
    sdk: AwsSdk
    workload: Path

    def production(self) -> dict[str, Any]:
        """All of production's objects by their content, and Glue's whole answer for its tables."""
        pages = self.sdk.s3.get_paginator("list_objects_v2").paginate(Bucket=LAKE)
        objects = {one["Key"]: (one["ETag"], one["Size"]) for page in pages for one in page["Contents"]}
        glue: Any = self.owner.catalog
        tables = glue.glue.get_tables(DatabaseName="lake")["TableList"]
        return {**objects, **{table["Name"]: table for table in tables}}

    def mayfly(self, *words: str, principal: str = "deployer") -> Any:
        """Run a verb and return its document."""
        return self.checkout.run("mayfly", *words, "--json", principal=principal).ok().json()

    def function(self, do: list[Any], **event: str) -> Any:
        """Run the function and return its answer's document; failed or not."""
        given = {"do": do, **event}
        words = [word for name, value in given.items() for word in ("--param", f"{name}={json.dumps(value)}")]
        return self.checkout.run("mayfly", "run", NAME, "lake", *words, "--json")

    def clone(self) -> Clone:
        """The clone, as Glue tells it."""
        found = self.owner.find(self.checkout.outputs(NAME)["clones"]["flying"]["namespace"])
        assert found is not None
        return found

    def counts(self) -> list[int]:
        """What production's readers see."""
        return [self.owner.catalog.load_table(f"lake.{table}").scan().count() for table in TABLES]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("clones")
    checkout = copy_project(folder / "checkout")
    use_tables(checkout)
    checkout.local("start", "--cloud", "aws")
    try:
        owner = open_glue(checkout.environ("owner"))
        with signed_in(checkout.environ("owner")) as sdk:
            sdk.s3.create_bucket(Bucket=LAKE, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
            make_tables(owner)
            checkout.local("grant", principal="owner")
            yield World(checkout, owner, sdk, write_workload(folder / "workload"))
    finally:
        checkout.local("stop")


def test_the_whole_life_of_a_clone(world: World) -> None:
    before = world.production()
    world.mayfly("up", NAME, "--workload", str(world.workload))
    told = world.checkout.outputs(NAME)["clones"]["flying"]
    assert told["rows"] == dict.fromkeys(TABLES, 100)
    clone = world.clone()
    assert {table: str(base.snapshot) for table, base in clone.bases.items()} == told["snapshots"]

    # The function appends, changes and deletes, in its own prefix.
    answer = world.function(WORK).ok().json()
    assert str(clone.location) in json.dumps(answer)
    assert world.production() == before
    (*others, flights) = world.mayfly("diff", NAME, "--key", "flights=id", principal="owner")["tables"]
    assert [(one["table"], one["added"] + one["gone"]) for one in others] == [
        ("airlines", 0),
        ("airports", 0),
    ]
    assert (flights["rows_before"], flights["rows_after"], flights["columns"]) == (100, 101, {"delay": 1})
    assert flights["samples"] == {"added": [["1000"], ["1001"]], "gone": [["3"]], "changed": [["5"]]}

    # It is proved, by the role itself.
    proof = world.mayfly("prove", NAME)
    glue_rows = [row for row in json.dumps(proof).split("{") if "production's lake" in row]
    assert len(glue_rows) == 5
    assert all('"ok"' in row or "AccessDenied" in row for row in glue_rows)
    assert world.production() == before

    # Neither it nor the deployer can write to production; it cannot even see where production's tables are.
    refused = world.function(WORK[:1], namespace="lake")
    assert refused.code == 1
    assert "glue:GetTable" in refused.stdout + refused.stderr
    assert "AccessDenied" in refused.stdout + refused.stderr
    deployer = open_glue(world.checkout.environ("deployer"))
    with pytest.raises(MayflyError, match=r"glue:UpdateTable|GetObject|Access"):
        deployer.promote(clone, ["flights"], NAME)
    glue: Any = deployer.catalog
    with pytest.raises(ClientError, match="AccessDenied"):
        glue.glue.delete_table(DatabaseName="lake", Name="flights")
    assert world.production() == before

    # Its owner promotes it: readers see it, also when the environment is gone. And back.
    assert world.mayfly("promote", NAME, principal="owner")["tables"] == ["lake.flights"]
    assert world.counts() == [100, 100, 101]
    destroyed = ("pulumi", "destroy", "--stack", NAME, "--yes", "--skip-preview")
    world.checkout.run(*destroyed).ok()
    assert world.owner.find(clone.namespace) is None
    kept = {key: value for key, value in world.production().items() if key in before and key != "flights"}
    assert kept == {key: value for key, value in before.items() if key != "flights"}
    assert world.counts() == [100, 100, 101]
    assert world.mayfly("rollback", NAME, principal="owner")["tables"] == ["lake.flights"]
    assert world.counts() == [100, 100, 100]


def test_a_clone_is_swept_without_state_and_a_bare_pointer_writes_nothing_to_production(world: World) -> None:
    """What the permissions hold when our manners do not: production's own metadata under the clone's name."""
    world.mayfly("up", NAME, "--workload", str(world.workload))
    clone, before = world.clone(), world.production()
    glue: Any = world.owner.catalog
    glue.drop_table(f"{clone.namespace}.flights")
    glue.register_table(f"{clone.namespace}.flights", clone.bases["flights"].metadata)
    refused = world.function(WORK[:1])
    assert refused.code == 1
    assert "ACCESS_DENIED" in refused.stdout + refused.stderr
    assert world.production() == before
    world.checkout.run("pulumi", "stack", "rm", NAME, "--force", "--yes").ok()
    receipt = world.mayfly("down", NAME)["receipt"]
    assert clone.namespace in json.dumps(receipt["was"])
    assert receipt["remains"] == []
    assert world.owner.find(clone.namespace) is None
    assert world.production() == before
