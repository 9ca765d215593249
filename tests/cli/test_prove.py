"""The verdict of a proof: what it says of the identity, what it does not show, and what it does not hold."""

from __future__ import annotations

import json
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from mayfly import registry, settings
from mayfly.cli import project, prove
from mayfly.cli.prove import verdict
from mayfly.clouds.azure import permissions
from mayfly.proof.verdict import JudgedSource, Outcome, Proof, Row
from mayfly.workload.factory.reach import Reach

OK, NO, NOT_SHOWN = Outcome
OWN = "6d617966-6c79-4000-8000-0000000000b0"
SOURCE = f"/subscriptions/{OWN.upper()}/resourceGroups/lake/providers/Microsoft.Storage/storageAccounts/lake"
LAKE = JudgedSource("lake", "flightslake/flights", ("the group's tags", "the variable group"))


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """What the verb prints, and its exit code, for rows of these outcomes."""
    wanted = SimpleNamespace(fabric=SimpleNamespace(cloud="azure"), infrastructure=None)
    monkeypatch.setattr(settings, "load", lambda *_: wanted)
    monkeypatch.setattr(project, "root", lambda: None)

    def show(*outcomes: Outcome, as_json: bool = False) -> tuple[int, str]:
        rows: Sequence[Row] = [Row("it", "write", "lake", "refused", "403", each) for each in outcomes]
        cloud = SimpleNamespace(prove=lambda *_: Proof("it", rows, sources=[LAKE]))
        monkeypatch.setattr(registry, "of", lambda _: cloud)
        code = prove.prove("qa-7", 0.0, as_json=as_json)
        return code, capsys.readouterr().out

    return show


@pytest.mark.parametrize(
    ("outcomes", "code", "verdict"),
    [
        ([OK, OK], 0, "qa-7: its identity is isolated: all 2 probes are as expected"),
        ([OK, NO], 1, "qa-7: 1 of 2 probes are NOT as expected"),
        ([OK, NO, NOT_SHOWN], 1, "qa-7: 1 of 3 probes are NOT as expected, 1 of 3 are not shown"),
        (
            [OK, NOT_SHOWN],
            1,
            "qa-7: its identity is not proved isolated: of its probes, 1 of 2 are not shown",
        ),
        ([], 1, "qa-7: its identity is not proved isolated: of its probes, 0 of 0 are not shown"),
    ],
)
def test_what_is_not_shown_is_neither(shown: Any, outcomes: list[Outcome], code: int, verdict: str) -> None:
    ended, text = shown(*outcomes)
    assert (ended, text.splitlines()[-1]) == (code, verdict)


def test_a_shared_subscription_is_called_what_it_is() -> None:
    proof = Proof("it", [FINE], caveats=permissions.caveats(OWN, [SOURCE]))
    assert verdict("qa-1", proof)[1:] == [
        "but the deployer may write production: Contributor on its subscription"
    ]
    assert permissions.caveats(OWN.replace("b", "a"), [SOURCE]) == []
    assert permissions.caveats(OWN.replace("b", "a"), [SOURCE], shared=True) == [permissions.SHARED]


def test_the_verdict_names_the_sources_and_whence_they_are_known(shown: Any) -> None:
    assert "source lake: flightslake/flights, known from the group's tags, the variable group" in shown(OK)[1]


def test_the_table_and_the_document_tell_the_three_apart(shown: Any) -> None:
    first = [line[:9].strip() for line in shown(OK, NO, NOT_SHOWN)[1].splitlines()[2:5]]
    assert first == ["ok", "NO", "not shown"]
    code, text = shown(OK, NO, NOT_SHOWN, as_json=True)
    document = json.loads(text)
    assert (code, document["proved"]) == (1, False)
    assert document["counts"] == {"ok": 1, "NO": 1, "not shown": 1}
    assert [(probe["outcome"], probe["ok"]) for probe in document["probes"]] == [
        ("ok", True),
        ("NO", False),
        ("not shown", False),
    ]
    assert document["sources"] == [
        {
            "name": "lake",
            "where": "flightslake/flights",
            "known_from": ["the group's tags", "the variable group"],
        }
    ]


FINE = Row("it", "write a blob", "lake", "refused (403)", "403", OK)
WRONG = Row("it", "write a blob", "lake", "refused (403)", "201", NO)
HOOK = Reach("linkedService/hook.json", "RestService", "hook.example")


def test_5_the_verdict_is_about_the_identity_and_names_what_can_reach_elsewhere() -> None:
    assert verdict("qa-1", Proof("it", [FINE], elsewhere=[HOOK])) == [
        "qa-1: its identity is isolated: all 1 probes are as expected; these can reach elsewhere:",
        "  linkedService/hook.json (RestService): hook.example",
    ]


def test_what_can_reach_elsewhere_is_named_beside_a_surprise_too() -> None:
    said = verdict("qa-1", Proof("it", [FINE, WRONG], elsewhere=[HOOK]))
    assert said[0].startswith("qa-1: 1 of 2 probes are NOT as expected")
    assert said[1:] == ["  linkedService/hook.json (RestService): hook.example"]


def test_nothing_else_is_said_where_nothing_can() -> None:
    said = verdict("qa-1", Proof("it", [FINE]))
    assert said == ["qa-1: its identity is isolated: all 1 probes are as expected"]


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """What the verb prints of a proof on both streams, and its exit code; all that was given is passed on."""
    wanted = SimpleNamespace(fabric=SimpleNamespace(cloud="azure"), infrastructure=None)
    at, environ = object(), {"MAYFLY_VAR_YEAR": "2013"}
    rows = [FINE, Row("it", "write a blob", "/subscriptions/lake", "refused (403)", "201", NO)]
    proof = Proof(
        "its identity", rows, lambda where: where.rpartition("/")[2], [HOOK], [LAKE], ["something is shared"]
    )

    def asked(given: object, patience: float, say: Any) -> Proof:
        assert (given, patience, say.__self__.as_json) == (wanted, 7.5, as_json)
        return proof

    as_json = False
    monkeypatch.setattr(project, "with_workload", lambda given: {"else/where": (at, environ)}[given])
    monkeypatch.setattr(settings, "load", lambda *given: {("qa-7", id(at)): wanted}[given[1], id(given[0])])
    monkeypatch.setattr(registry, "of", lambda cloud: {"azure": SimpleNamespace(prove=asked)}[cloud])

    def show(json: bool) -> tuple[int, str, str]:
        nonlocal as_json
        as_json = json
        code = prove.prove("qa-7", 7.5, "else/where", as_json)
        return code, *capsys.readouterr()

    return show


def test_all_that_is_printed_of_a_proof(printed: Any) -> None:
    assert printed(False) == (
        1,
        "as its identity:\n"
        "    what          where  expected       got\n"
        "ok  write a blob  lake   refused (403)  403\n"
        "NO  write a blob  lake   refused (403)  201\n"
        "source lake: flightslake/flights, known from the group's tags, the variable group\n"
        "qa-7: 1 of 2 probes are NOT as expected; these can reach elsewhere:\n"
        "  linkedService/hook.json (RestService): hook.example\n"
        "but something is shared\n",
        "proving the isolation of qa-7\n",
    )


def test_the_whole_document_of_a_proof(printed: Any) -> None:
    code, out, _ = printed(True)
    assert code == 1
    tried = {"who": "it", "what": "write a blob", "expected": "refused (403)"}
    assert json.loads(out) == {
        "schema_version": 1,
        "verb": "prove",
        "environment": "qa-7",
        "proved": False,
        "counts": {"ok": 1, "NO": 1, "not shown": 0},
        "sources": [{"name": "lake", "where": "flightslake/flights", "known_from": [*LAKE.known_from]}],
        "probes": [
            {**tried, "where": "lake", "got": "403", "outcome": "ok", "ok": True},
            {**tried, "where": "/subscriptions/lake", "got": "201", "outcome": "NO", "ok": False},
        ],
        "elsewhere": [vars(HOOK)],
        "allowed": [],
        "caveats": ["something is shared"],
    }
