"""What answers show: a success, a refusal, and what is neither."""

from __future__ import annotations

from typing import Any, cast

import pytest

from mayfly.clouds.aws import CloudError, functions
from mayfly.errors import MayflyError
from mayfly.proof.aws.probes import ABSENT, Probe
from mayfly.proof.aws.trial import ProbeAnswer, Trial
from mayfly.proof.verdict import Outcome

ALLOWED = Probe("sink0-put_object", "write an object", "curated", "s3", "put_object", {}, True)
FORBIDDEN = Probe("iam-create_user", "create a user", "IAM", "iam", "create_user", {}, False, ABSENT)


def got(probe: Probe, code: str, status: int = 400) -> ProbeAnswer:
    return ProbeAnswer(probe, status, code, "words")


@pytest.mark.parametrize(
    "code",
    ["MalformedPolicyDocument", "BadDigest", "MalformedXML", "InvalidArgument", "ValidationException",
     "SlowDown", "ThrottlingException", "InternalError", "NoSuchBucket", "ParamValidationError"],
)  # fmt: skip
def test_a_validation_error_or_throttling_is_neither_refused_nor_a_no(code: str) -> None:
    assert got(FORBIDDEN, code).outcome(effective=True) is Outcome.NOT_SHOWN
    assert got(ALLOWED, code).outcome(effective=False) is Outcome.NOT_SHOWN


@pytest.mark.parametrize("code", ["", *ABSENT])
def test_a_success_and_absence_on_purpose_show_a_permission_whatever_else_works(code: str) -> None:
    assert got(FORBIDDEN, code).outcome(effective=True) is Outcome.NO
    assert got(FORBIDDEN, code).outcome(effective=False) is Outcome.NO


def test_a_refusal_counts_once_what_is_allowed_works() -> None:
    refused = got(FORBIDDEN, "AccessDenied", 403)
    assert refused.outcome(effective=True) is Outcome.OK
    assert refused.outcome(effective=False) is Outcome.NOT_SHOWN
    assert got(ALLOWED, "AccessDenied", 403).outcome(effective=True) is Outcome.NO


@pytest.mark.parametrize(
    ("code", "status", "pending"),
    [("AccessDenied", 403, True), ("ThrottlingException", 400, True), ("SlowDown", 503, True),
     ("NoSuchBucket", 404, False), ("", 200, False), ("EndpointConnectionError", 0, True)],
)  # fmt: skip
def test_what_is_tried_again(code: str, status: int, pending: bool) -> None:
    assert got(ALLOWED, code, status).pending is pending
    assert not got(FORBIDDEN, code, status).pending


def test_a_function_whose_variables_cannot_be_decrypted_is_a_no_and_shows_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Lambda refuses the call itself."""

    def refuse(*_: object) -> functions.Invocation:
        raise CloudError(502, "KMSAccessDeniedException", "Lambda was unable to decrypt", "", "Invoke")

    monkeypatch.setattr(functions, "invoke", refuse)
    trial = Trial(cast(Any, None), "canary", lambda: [ALLOWED, FORBIDDEN])
    assert trial.try_allowed() == 2
    trial.try_forbidden()
    shown = {got.probe.name: (got.code, trial.outcome(got)) for got in trial.answers.values()}
    assert shown == {
        "start": ("KMSAccessDeniedException", Outcome.NO),
        ALLOWED.name: ("NotTried", Outcome.NOT_SHOWN),
        FORBIDDEN.name: ("NotTried", Outcome.NOT_SHOWN),
    }


@pytest.mark.parametrize(
    ("probe", "code", "words"),
    [
        (ALLOWED, "", "allowed"),
        (ALLOWED, "AccessDenied", "AccessDenied (words)"),
        (FORBIDDEN, "AccessDenied", "AccessDenied"),
        (FORBIDDEN, "", "ALLOWED (words)"),
        (FORBIDDEN, "NoSuchEntity", "NoSuchEntity (words)"),
        (FORBIDDEN, "SlowDown", "SlowDown (words)"),
    ],
)
def test_what_a_probe_got_in_words(probe: Probe, code: str, words: str) -> None:
    assert str(got(probe, code)) == words
    assert str(ProbeAnswer(FORBIDDEN, 200, "", "")) == "ALLOWED"


def probe(name: str, allowed: bool) -> Probe:
    return Probe(name, "w", "there", "s3", "o", {"Bucket": "b"}, allowed)


class Lambda:
    """Answers the canary's calls: by a probe's name, its code; what is not named is not answered."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *codes: dict[str, str]) -> None:
        self.codes, self.asked = [*codes], list[Any]()
        self.error: str | None = None
        monkeypatch.setattr(functions, "invoke", self.invoke)

    def invoke(self, cloud: object, name: str, event: Any, timeout: float) -> functions.Invocation:
        self.asked.append((cloud, name, event, timeout))
        codes = self.codes.pop(0)
        answers = {name: {"status": 400, "code": code, "message": "m"} for name, code in codes.items()}
        return functions.Invocation(200, answers, self.error, "id")


def test_what_is_asked_and_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """First what is allowed alone, then everything; the last answer counts, what is missing was not tried."""
    wanted = [probe("sink0-put", True), probe("iam-x", False), probe("s3-y", False)]
    answers = Lambda(
        monkeypatch,
        {"sink0-put": "AccessDenied"},
        {"sink0-put": "", "iam-x": "AccessDenied"},
    )
    cloud: Any = object()
    trial = Trial(cloud, "the-canary", lambda: wanted)
    assert trial.try_allowed() == 1
    trial.try_forbidden()
    documents = [one.document() for one in wanted]
    assert answers.asked == [
        (cloud, "the-canary", {"probes": documents[:1]}, 300),
        (cloud, "the-canary", {"probes": documents}, 300),
    ]
    assert [(one.probe.name, one.status, one.code, one.message) for one in trial.answers.values()] == [
        ("start", 200, "", ""),
        ("sink0-put", 400, "", "m"),
        ("iam-x", 400, "AccessDenied", "m"),
        ("s3-y", 0, "NotTried", "it did not start"),
    ]
    assert {name: trial.outcome(one) for name, one in trial.answers.items()} == {
        "start": Outcome.OK,
        "sink0-put": Outcome.OK,
        "iam-x": Outcome.OK,
        "s3-y": Outcome.NOT_SHOWN,
    }


@pytest.mark.parametrize(
    ("failing", "refused"),
    [
        ("source0-read", {"source0-write": False, "source1-write": True, "iam-x": True, "sink0-w": True}),
        ("sink0-write", {"source0-write": True, "source1-write": True, "iam-x": False, "sink0-w": False}),
        ("", {"source0-write": True, "source1-write": True, "iam-x": True, "sink0-w": True}),
    ],
)
def test_a_refusal_counts_where_what_is_allowed_there_works(
    failing: str, refused: dict[str, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    """At a store all that is allowed at it; of what is no store, at all sinks."""
    allowed = ("source0-read", "source0-list", "source1-read", "sink0-write", "sink1-write")
    wanted = [probe(name, True) for name in allowed] + [probe(name, False) for name in refused]
    codes = {name: "NoSuchBucket" if name == failing else "" for name in allowed}
    Lambda(monkeypatch, {**codes, **dict.fromkeys(refused, "AccessDenied")})
    trial = Trial(cast(Any, None), "canary", lambda: wanted)
    trial.try_forbidden()
    shown = {name: trial.outcome(trial.answers[name]) is Outcome.OK for name in refused}
    assert shown == refused
    assert {trial.outcome(trial.answers[name]) for name in refused} <= {Outcome.OK, Outcome.NOT_SHOWN}


def test_where_nothing_is_allowed_a_refusal_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    Lambda(monkeypatch, {"iam-x": "AccessDenied"})
    trial = Trial(cast(Any, None), "canary", lambda: [probe("iam-x", False)])
    trial.try_forbidden()
    assert trial.outcome(trial.answers["iam-x"]) is Outcome.NOT_SHOWN


def test_a_canary_that_fails_and_an_error_of_lambda_s_own_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = Lambda(monkeypatch, {})
    answers.error = "Unhandled"
    trial = Trial(cast(Any, None), "the-canary", list)
    with pytest.raises(MayflyError, match=r"^the canary the-canary failed: Unhandled \{\}$"):
        trial.try_forbidden()
    assert trial.answers == {}

    def throttle(*_: object) -> functions.Invocation:
        raise CloudError(429, "TooManyRequestsException", "slow")

    monkeypatch.setattr(functions, "invoke", throttle)
    with pytest.raises(CloudError, match="TooManyRequestsException"):
        trial.try_allowed()


def test_what_lambda_says_of_variables_that_it_cannot_decrypt_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> functions.Invocation:
        raise CloudError(502, "KMSAccessDeniedException", "unable", "", "Invoke")

    monkeypatch.setattr(functions, "invoke", refuse)
    trial = Trial(cast(Any, None), "canary", lambda: [ALLOWED])
    trial.try_allowed()
    start = trial.answers["start"]
    assert (start.status, start.code, start.message, start.refused) == (
        502, "KMSAccessDeniedException", "unable", True,
    )  # fmt: skip
    assert start.pending


@pytest.mark.parametrize(
    ("code", "status", "pending"),
    [("NoSuchBucket", 399, True), ("NoSuchBucket", 400, False), ("NoSuchBucket", 499, False),
     ("NoSuchBucket", 500, True), ("TooMany", 429, True), ("Skipped", 0, True)],
)  # fmt: skip
def test_the_edges_of_what_is_tried_again(code: str, status: int, pending: bool) -> None:
    assert got(ALLOWED, code, status).pending is pending
    assert got(ALLOWED, code, status).skipped is (code == "Skipped")
