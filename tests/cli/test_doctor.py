"""`mayfly doctor`: what is made of answers, and the exit code."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mayfly import doctor, registry
from mayfly.check import Check, Outcome
from mayfly.cli import doctor as verb
from mayfly.engine import pulumi
from mayfly.engine.pulumi import PulumiFailed
from mayfly.errors import BadInput, MayflyError, NotSignedIn, Problem

OK, NO, UNKNOWN = Outcome.OK, Outcome.NO, Outcome.UNKNOWN
ANSWER: dict[str, Any] = {"problems": [], "group_tags": {}, "quotas": [], "notes": []}
ROLES = {"name": "roles", "where": "account a", "used": 999, "limit": 1000, "needed": 1}
FABRIC: Any = SimpleNamespace(name="qa", cloud="azure", permanent=False)


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        ([(OK, False)], 0),
        ([(OK, False), (UNKNOWN, False), (UNKNOWN, True)], 0),
        ([(OK, False), (NO, True)], 3),
        ([(NO, True), (NO, False)], 1),
        ([(NO, False), (UNKNOWN, True)], 1),
    ],
)
def test_the_exit_code_tells_rights_from_all_else(outcomes: list[tuple[Outcome, bool]], code: int) -> None:
    assert doctor.exit_code([Check(outcome, "", "", rights=rights) for outcome, rights in outcomes]) == code


class Cloud:
    """A cloud that answers what a test says, for the environment that it is asked about."""

    plugin = "azure-native"

    def __init__(self, answer: dict[str, Any] | MayflyError) -> None:
        self.answer = answer
        self.asked: list[str] = []

    def preflight_request(self, wanted: str, _workload: object) -> str:
        self.asked.append(wanted)
        return wanted

    def preflight(self, _request: str) -> dict[str, Any]:
        if isinstance(self.answer, MayflyError):
            raise self.answer
        return self.answer

    def credentials(self, wanted: str) -> list[Check]:
        return [Check(OK, "sign-in", "somebody", wanted)]


def found(monkeypatch: pytest.MonkeyPatch, answer: Any, fabric: Any = FABRIC) -> list[Check]:
    cloud = Cloud(answer)
    monkeypatch.setattr(registry, "of", lambda _: cloud)
    monkeypatch.setattr("mayfly.workload.loading.load", lambda _root, name, _environ: (name, None))
    checks = doctor._of_fabric(Path(), fabric, {})
    assert cloud.asked == ["qa" if fabric.permanent else "qa-doctor"]
    return checks


def test_where_nothing_is_wrong_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    signed_in, preflight = found(monkeypatch, ANSWER)
    assert (signed_in.outcome, preflight.outcome, preflight.where) == (OK, OK, "qa-doctor")


def test_what_the_preflight_finds_is_told_and_a_missing_right_is_one_of_rights(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    problems = [
        Problem("sources.lake", "is locked", "unlock"),
        Problem("x", "is denied", "give it", denied=True),
    ]
    _, locked, denied = found(monkeypatch, {**ANSWER, "problems": [vars(one) for one in problems]})
    assert (locked.told, locked.fix, locked.rights) == ("sources.lake: is locked", "unlock", False)
    assert (denied.outcome, denied.rights) == (NO, True)


def test_the_quota_that_binds_first_comes_first_and_a_full_one_is_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """pains: 4,000 role assignments used up by CI."""
    groups = {**ROLES, "name": "groups", "used": 1}
    unread = {"name": "others", "where": "account a", "unread": "AccessDenied (403)"}
    *_, first, second, third = found(monkeypatch, {**ANSWER, "quotas": [groups, unread, ROLES]})
    assert first.told == "1 more fit: roles of account a, 999 of 1000 used; it binds first"
    assert [one.outcome for one in (first, second, third)] == [OK, OK, UNKNOWN]
    assert third.told == "others of account a: AccessDenied (403)"
    full = {**ANSWER, "quotas": [{**ROLES, "used": 1000}]}
    assert found(monkeypatch, full)[-1].outcome is NO
    permanent = SimpleNamespace(**{**vars(FABRIC), "permanent": True})
    there = {**full, "group_tags": {"managed-by": "mayfly"}}
    assert found(monkeypatch, there, permanent)[-1].outcome is OK, "it has its part already"


def test_a_cloud_that_nobody_is_signed_in_to_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    (check,) = found(monkeypatch, NotSignedIn("nobody"))
    assert (check.outcome, check.subject, check.told) == (NO, "sign-in", "nobody")


def test_settings_that_are_wrong_are_told_and_no_cloud_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(*_: object) -> None:
        raise BadInput([Problem("qa.yaml", "is empty", "write it")])

    monkeypatch.setattr("mayfly.workload.loading.load", load)
    (check,) = doctor._of_fabric(Path(), FABRIC, {})
    assert (check.outcome, check.subject, check.told) == (NO, "settings", "qa.yaml: is empty")


@pytest.mark.parametrize(
    ("served", "there", "outcome"),
    [
        (["aws"], {}, OK),
        ([], {}, NO),
        ([], {"aws": ["1.0.0"]}, NO),
        ([], {"aws": ["1.0.0", "7.51.0"]}, OK),
        (["azure-native"], {"azure-native": ["7.51.0"]}, NO),
    ],
)
def test_a_plugin_is_served_or_there_in_the_locked_version(
    served: list[str], there: dict[str, list[str]], outcome: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "version", lambda name: {"pulumi-aws": "7.51.0"}[name])
    check = doctor._plugin("aws", served, there)
    assert check.outcome is outcome
    assert outcome is OK or check.fix == "`./scripts/plugins aws` brings it"


def test_a_backend_that_does_not_answer_is_told_without_what_its_address_hides(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def all_stacks(_: object) -> dict[str, None]:
        raise PulumiFailed("pulumi stack ls failed:\nno such bucket")

    monkeypatch.setattr(pulumi.Pulumi, "all_stacks", all_stacks)
    url = "s3://team-state?region=eu-west-1&endpoint=x"
    check = doctor._backend(Path(), {"PULUMI_BACKEND_URL": url})
    assert check.outcome is NO
    assert check.told == "s3://team-state: pulumi stack ls failed:\nno such bucket"


def test_an_unknown_fabric_is_refused_with_what_is_near(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput, match="there is no fabric 'qaa'") as raised:
        verb.doctor("qaa")
    assert raised.value.exit_code == 2
