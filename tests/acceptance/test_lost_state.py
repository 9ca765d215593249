"""An environment whose Pulumi state is gone: told by `up`, removed by `down`."""

from __future__ import annotations

import shutil

from tests.support.checkout import Checkout


def test_up_tells_of_a_lost_state_and_down_removes_what_is_there(checkout: Checkout) -> None:
    checkout.run("mayfly", "up", "qa-lost").ok()
    shutil.rmtree(checkout.backend)
    told = checkout.run("mayfly", "up", "qa-lost")
    assert told.code == 1
    assert "mayfly down qa-lost" in told.stderr
    assert "Traceback" not in told.stderr
    receipt = checkout.run("mayfly", "down", "qa-lost", "--json").ok().json()["receipt"]
    assert receipt["complete"]
    assert "tags" in receipt["known_from"]
    assert "state" not in receipt["known_from"]
    checkout.run("mayfly", "up", "qa-lost").ok()
    checkout.run("mayfly", "down", "qa-lost").ok()
