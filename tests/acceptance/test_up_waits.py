"""Role assignments that take their time, as on Azure: `up` waits, so that a `run` right after it works."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from localcloud.azure import admin
from tests.support.checkout import Checkout, finish
from tests.support.local_cloud import local_cloud

REFUSED = "AuthorizationPermissionMismatch"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """A checkout with a cloud of its own."""
    with local_cloud(tmp_path_factory.mktemp("late")) as made:
        yield made


def test_4_up_ends_when_the_identity_can_read_and_write_and_a_run_right_after_it_works(
    checkout: Checkout,
) -> None:
    """Control: without the wait the very run is refused."""
    admin.delay_grants(checkout.state, 3600)
    early = checkout.run("mayfly", "up", "qa-1", "--no-wait", "--json").ok()
    assert early.json()["usable"] is None
    assert REFUSED in checkout.run("mayfly", "run", "qa-1", "reference").stdout
    waiting = checkout.start("mayfly", "up", "qa-2", "--json")
    assert waiting.stderr is not None
    assert any("not effective yet; trying again" in line for line in waiting.stderr)
    admin.delay_grants(checkout.state, 0)
    assert finish(waiting).ok().json()["usable"] is True
    assert REFUSED not in checkout.run("mayfly", "run", "qa-2", "reference").stdout
    assert "waiting" not in checkout.run("mayfly", "up", "qa-2").ok().stderr
