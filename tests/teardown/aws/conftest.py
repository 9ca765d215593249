"""One local AWS for all of these tests; each has environments of its own in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mayfly.clouds.aws import Aws
from tests.teardown.aws.world import Account, open_account


@pytest.fixture(scope="session")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """The account, with the boundary in place and the deployer's documented policy."""
    with open_account(tmp_path_factory.mktemp("local") / "aws") as found:
        yield found


@pytest.fixture
def owner(account: Account) -> Iterator[Aws]:
    """Who may do anything."""
    with account.caller("owner") as found:
        yield found


@pytest.fixture
def deployer(account: Account) -> Iterator[Aws]:
    """Who tears down."""
    with account.caller("deployer") as found:
        yield found
