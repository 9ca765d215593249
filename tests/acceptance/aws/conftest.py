"""One checkout with a running local AWS, production's lake in it, for all acceptance tests of a worker."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.aws_sdk import AwsSdk, signed_in
from tests.support.checkout import Checkout, copy_project
from tests.support.request_log import RequestLog


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """A new user's checkout; the lake is published by its owner."""
    project = copy_project(tmp_path_factory.mktemp("a checkout"))
    project.local("start", "--cloud", "aws")
    try:
        project.run("python", "examples/flights/lake.py", "--cloud", "aws", principal="owner").ok()
        project.local("grant", principal="owner")
        yield project
    finally:
        project.local("stop")


@pytest.fixture(scope="session")
def owner(checkout: Checkout) -> Iterator[AwsSdk]:
    """The owner's SDK clients."""
    with signed_in(checkout.environ("owner")) as sdk:
        yield sdk


@pytest.fixture(scope="session")
def deployer(checkout: Checkout) -> Iterator[AwsSdk]:
    """The deployer's SDK clients."""
    with signed_in(checkout.environ("deployer")) as sdk:
        yield sdk


@pytest.fixture(scope="session")
def production(checkout: Checkout) -> dict[str, Any]:
    """The outputs of the permanent environment awsprod, which its owner made; it goes with the local AWS."""
    checkout.run("pulumi", "stack", "select", "--create", "awsprod").ok()
    up = ("pulumi", "up", "--stack", "awsprod", "--yes", "--skip-preview")
    checkout.run(*up, principal="owner").ok()
    outputs: dict[str, Any] = checkout.outputs("awsprod")
    return outputs


@pytest.fixture
def log(checkout: Checkout) -> RequestLog:
    """The request log from now on."""
    found = RequestLog(checkout.root / ".mayfly" / "aws" / "requests.jsonl")
    found.mark()
    return found
