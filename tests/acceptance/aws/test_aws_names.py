"""Names as long as AWS takes them, through a whole life."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.aws_sdk import AwsSdk
from tests.support.aws_traces import traces
from tests.support.checkout import Checkout

FABRIC = "longfabric"
ENVIRONMENT = f"{FABRIC}-{'i' * 40}"
"""The longest fabric, and the longest id."""
NAMES = [f"{'f' * 39}{last}" for last in "12"]
"""The longest that functions may have: on AWS both are cut, and differ in the hash alone."""
HANDLER = "import os\n\n\ndef main(event, context):\n    return os.environ['AWS_LAMBDA_FUNCTION_NAME']\n"
MANIFEST = "runtime: python3.12\nmemory: 128\ntimeout: 10\nschedule: rate(1 days)\n"


@pytest.fixture(scope="module")
def outputs(checkout: Checkout, owner: AwsSdk) -> Iterator[dict[str, Any]]:
    """The environment, made and in the end torn down: nothing of it remains."""
    before, files = owner.everything(), write(checkout)
    checkout.local("start", "--cloud", "aws")
    yield checkout.run("mayfly", "up", ENVIRONMENT, "--json").ok().json()["outputs"]
    receipt = checkout.run("mayfly", "down", ENVIRONMENT, "--json").ok().json()["receipt"]
    assert (receipt["complete"], len(receipt["gone"])) == (True, 10)
    assert owner.everything() == before
    assert traces(owner, ENVIRONMENT) == set()
    for file in files:
        file.unlink()


def write(checkout: Checkout) -> list[Any]:
    """A fabric of the longest name, with such functions; the files of stacks/."""
    made = []
    for kind in ("fabrics", "variables"):
        text = (checkout.root / "stacks" / kind / "awsqa.yaml").read_text()
        made.append(checkout.root / "stacks" / kind / f"{FABRIC}.yaml")
        made[-1].write_text(text.replace("examples/flights", "examples/limits"))
    for name in NAMES:
        folder = checkout.root / "examples/limits/functions" / name
        folder.mkdir(parents=True)
        (folder / "handler.py").write_text(HANDLER)
        (folder / "function.yaml").write_text(MANIFEST)
    return made


def test_names_are_as_long_as_aws_takes_them(outputs: dict[str, Any], owner: AwsSdk) -> None:
    assert len(outputs["bucket"]) == 63
    assert owner.s3.head_bucket(Bucket=outputs["bucket"])
    roles = owner.iam.list_roles(PathPrefix=f"/mayfly/{ENVIRONMENT}/")["Roles"]
    assert [len(role["RoleName"]) for role in roles] == [64, 64]
    functions = [arn.rpartition(":")[2] for arn in outputs["functions"].values()]
    assert [len(name) for name in {*functions}] == [64, 64]
    for name in functions:
        assert owner.schedules.get_schedule(Name=name)["State"] == "DISABLED"
    groups = owner.logs.describe_log_groups(logGroupNamePrefix=f"/mayfly/{ENVIRONMENT}/")["logGroups"]
    assert {group["logGroupName"].rpartition("/")[2] for group in groups} == {*NAMES}


def test_each_is_run_by_the_name_that_the_workload_gives_it(
    outputs: dict[str, Any], checkout: Checkout
) -> None:
    for name in NAMES:
        ran = checkout.run("mayfly", "run", ENVIRONMENT, name, "--json").ok().json()
        assert ran["result"] == outputs["functions"][name].rpartition(":")[2]
    unknown = checkout.run("mayfly", "run", ENVIRONMENT, "f3", "--json")
    assert (unknown.code, unknown.json()["error"]["problems"][0]["fix"]) == (2, f"one of {', '.join(NAMES)}")
