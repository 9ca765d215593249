"""One checkout with a running local Azure, production's lake in it, for all acceptance tests of a worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.azure_sdk import Sdk
from tests.support.checkout import NONPRODUCTION, PRODUCTION, Checkout, copy_project
from tests.support.refusals import Files, Refuser
from tests.support.request_log import RequestLog


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """A new user's checkout; the lake is published by its owner; groups go within a second."""
    project = copy_project(tmp_path_factory.mktemp("a checkout"))
    project.local("start", "--cloud", "azure", MAYFLY_LOCAL_DELETE_SECONDS="1")
    try:
        project.run("python", "examples/flights/lake.py", principal="owner").ok()
        project.local("grant", principal="owner")
        yield project
    finally:
        project.local("stop")


@pytest.fixture(scope="session")
def owner(checkout: Checkout) -> Sdk:
    """The owner's SDK clients in the environments' subscription."""
    return Sdk(checkout.environ("owner"), NONPRODUCTION)


@pytest.fixture(scope="session")
def production(checkout: Checkout) -> Sdk:
    """The owner's SDK clients in production's subscription."""
    return Sdk(checkout.environ("owner"), PRODUCTION)


@pytest.fixture(scope="session")
def deployer(checkout: Checkout) -> Sdk:
    """The deployer's SDK clients in the environments' subscription."""
    return Sdk(checkout.environ("deployer"), NONPRODUCTION)


@pytest.fixture
def log(checkout: Checkout) -> RequestLog:
    """The request log from now on."""
    found = RequestLog(checkout.state / "requests.jsonl")
    found.mark()
    return found


@pytest.fixture(scope="module")
def owners(checkout: Checkout) -> list[Sdk]:
    """The owner's SDK clients in both subscriptions, production's first."""
    return [Sdk(checkout.environ("owner"), subscription) for subscription in (PRODUCTION, NONPRODUCTION)]


@pytest.fixture
def files(checkout: Checkout) -> Iterator[Files]:
    """The project's files; what a test breaks is whole again after it."""
    found = Files(checkout.root)
    yield found
    found.restore()


@pytest.fixture
def refuse(checkout: Checkout, log: RequestLog) -> Refuser:
    """Runs what has to be refused."""
    return Refuser(checkout, log)
