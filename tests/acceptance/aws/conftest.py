"""One checkout with a running local AWS, production's lake in it, for all acceptance tests of a worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.aws_sdk import AwsSdk, signed_in
from tests.support.checkout import Checkout, copy_project
from tests.support.request_log import RequestLog


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """A new user's checkout; the lake is published by its owner."""
    project = copy_project(tmp_path_factory.mktemp("a checkout"))
    project.run("mayfly", "local", "start", "--cloud", "aws", principal="nobody").ok()
    try:
        project.run("python", "examples/flights/lake.py", "--cloud", "aws", principal="owner").ok()
        project.run("mayfly", "local", "grant", principal="owner").ok()
        yield project
    finally:
        project.run("mayfly", "local", "stop", principal="nobody").ok()


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


@pytest.fixture
def log(checkout: Checkout) -> RequestLog:
    """The request log from now on."""
    found = RequestLog(checkout.root / ".mayfly" / "aws" / "requests.jsonl")
    found.mark()
    return found
