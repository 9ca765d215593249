"""On AWS too a pull request brings a workload, not the program: functions are zipped as they are."""

from __future__ import annotations

import zipfile
from base64 import b64decode
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import pytest

from tests.support import hostile_workload
from tests.support.aws_sdk import AwsSdk
from tests.support.checkout import Checkout
from tests.support.hostile_workload import ORIGIN, HostileCheckout

ENVIRONMENT = "awsqa-60"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> HostileCheckout:
    folder = tmp_path_factory.mktemp("a pull request")
    found = hostile_workload.make(folder / "checkout", folder / "ran")
    (found.workload / "mayfly.yaml").write_text("sinks:\n  extra: extra\nvalues:\n  greeting: hello\n")
    return found


@pytest.fixture(scope="module")
def environment(checkout: Checkout, hostile: HostileCheckout) -> Iterator[dict[str, Any]]:
    """awsqa-60 with the pull request's workload, by plain Pulumi; it goes without that."""
    checkout.run("pulumi", "stack", "select", "--create", ENVIRONMENT).ok()
    up = ("pulumi", "up", "--stack", ENVIRONMENT, "--yes", "--skip-preview")
    checkout.run(*up, MAYFLY_WORKLOAD=str(hostile.workload)).ok()
    yield checkout.outputs(ENVIRONMENT)
    receipt = checkout.run("mayfly", "down", ENVIRONMENT, "--json").ok().json()["receipt"]
    assert receipt["complete"]
    assert (receipt["workload_repository"], receipt["workload_commit"]) == (ORIGIN, hostile.commit)
    assert hostile.ran == []


def test_up_runs_none_of_its_code_and_packs_its_sources_alone(
    environment: dict[str, Any], checkout: Checkout, hostile: HostileCheckout, owner: AwsSdk
) -> None:
    assert set(environment["functions"]) == {"flights", "reference"}
    function = owner.functions.get_function(FunctionName=f"{ENVIRONMENT}-flights")["Configuration"]
    (archive,) = [
        path
        for path in checkout.root.glob(".mayfly/functions/*-flights.zip")
        if sha256(path.read_bytes()).digest() == b64decode(function["CodeSha256"])
    ]
    packed = zipfile.ZipFile(archive)
    folder = hostile.workload / "functions/flights"
    wanted = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert set(packed.namelist()) == wanted - {"function.yaml"}
    assert hostile.ran == []


def test_the_verb_finds_nothing_to_change_and_runs_none_of_its_code(
    environment: dict[str, Any], checkout: Checkout, hostile: HostileCheckout
) -> None:
    again = (
        checkout.run("mayfly", "up", ENVIRONMENT, "--workload", str(hostile.workload), "--json").ok().json()
    )
    assert set(again["changes"]) == {"same"}
    assert again["outputs"]["variables"]["greeting"] == "hello"
    assert hostile.ran == []


def test_the_group_names_its_repository_and_commit(
    environment: dict[str, Any], hostile: HostileCheckout, checkout: Checkout
) -> None:
    listed = checkout.run("mayfly", "list", "--json").ok().json()["environments"]
    (found,) = [each for each in listed if each["environment"] == ENVIRONMENT]
    assert (found["workload_repository"], found["workload_commit"]) == (ORIGIN, hostile.commit)
