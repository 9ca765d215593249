"""What answers show: a success, a refusal, and what is neither."""

from __future__ import annotations

from typing import Any, cast

import pytest

from mayfly.clouds.aws import CloudError, functions
from mayfly.proof.aws.probes import ABSENT, Probe
from mayfly.proof.aws.trial import Got, Trial
from mayfly.proof.verdict import Outcome

ALLOWED = Probe("sink0-put_object", "write an object", "curated", "s3", "put_object", {}, True)
FORBIDDEN = Probe("iam-create_user", "create a user", "IAM", "iam", "create_user", {}, False, ABSENT)


def got(probe: Probe, code: str, status: int = 400) -> Got:
    return Got(probe, status, code, "words")


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
    shown = {got.probe.name: (got.code, trial.outcome(got)) for got in trial.got.values()}
    assert shown == {
        "start": ("KMSAccessDeniedException", Outcome.NO),
        ALLOWED.name: ("NotTried", Outcome.NOT_SHOWN),
        FORBIDDEN.name: ("NotTried", Outcome.NOT_SHOWN),
    }
