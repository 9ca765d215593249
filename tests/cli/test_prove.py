"""The verdict of a proof: what it says of the identity, and what it does not hold."""

from __future__ import annotations

from mayfly.cli.clouds import Proof, Row
from mayfly.cli.prove import verdict
from mayfly.workload.outside import Reach

FINE = Row("it", "write a blob", "lake", "refused (403)", "403", True)
WRONG = Row("it", "write a blob", "lake", "refused (403)", "201", False)
HOOK = Reach("linkedService/hook.json", "RestService", "hook.example")


def test_5_the_verdict_is_about_the_identity_and_names_what_can_reach_elsewhere() -> None:
    assert verdict("qa-1", Proof("it", [FINE], elsewhere=[HOOK]), []) == [
        "qa-1: its identity is isolated: all 1 probes are as expected; these can reach elsewhere:",
        "  linkedService/hook.json (RestService): hook.example",
    ]


def test_what_can_reach_elsewhere_is_named_beside_a_surprise_too() -> None:
    said = verdict("qa-1", Proof("it", [FINE, WRONG], elsewhere=[HOOK]), [WRONG])
    assert said[0].startswith("qa-1: 1 of 2 probes are NOT as expected")
    assert said[1:] == ["  linkedService/hook.json (RestService): hook.example"]


def test_nothing_else_is_said_where_nothing_can() -> None:
    said = verdict("qa-1", Proof("it", [FINE]), [])
    assert said == ["qa-1: its identity is isolated: all 1 probes are as expected"]
