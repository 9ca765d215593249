"""What came of operations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.support.isolation_aws.callers import Caller
from tests.support.isolation_aws.operations import Operation
from tests.support.isolation_aws.places import Place

DENIED = {"AccessDenied", "AccessDeniedException"}
"""What AWS says to a caller whose permissions do not allow it."""


@dataclass(frozen=True)
class Outcome:
    """status: HTTP status; 200 stands for any success. code: the cloud's own code of a refusal."""

    status: int
    code: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether it was done."""
        return self.status == 200

    @property
    def denied(self) -> bool:
        """Whether it was refused because the caller may not do it, and for no other reason.

        An answer to HEAD has no body, so it has no other code than its status.
        """
        return self.code in DENIED or (self.status == 403 and self.code == "403")


Outcomes = dict[str, Outcome]
"""By operation: "s3.PutObject"."""


def outcomes(operations: Iterable[Operation], caller: Caller, place: Place) -> Outcomes:
    """Call operations on a place as somebody; what takes something away after the others."""
    asked = list(operations)
    found: Outcomes = {}
    for turn in sorted({operation.turn for operation in asked}):
        found |= _batch([operation for operation in asked if operation.turn == turn], caller, place)
    return found


def _batch(operations: Sequence[Operation], caller: Caller, place: Place) -> Outcomes:
    answers = caller.answers([operation.call(place) for operation in operations]) if operations else []
    pairs = zip(operations, answers, strict=True)
    return {operation.key: Outcome(*answer) for operation, answer in pairs}
