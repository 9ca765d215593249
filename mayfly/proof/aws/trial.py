"""Runs the canary function in an environment, and keeps the answer to each probe."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mayfly.clouds.aws import CloudError, functions
from mayfly.clouds.aws.errors import FORBIDDEN
from mayfly.errors import MayflyError
from mayfly.proof.aws import canary
from mayfly.proof.aws.canary_function import SKIPPED
from mayfly.proof.aws.probes import Probe
from mayfly.proof.verdict import Outcome

if TYPE_CHECKING:
    from mayfly.clouds.aws import Aws

START = Probe("start", "start with a variable", "Lambda", "lambda", "invoke", {}, allowed=True)
"""Lambda decrypts a function's environment variables before it runs, and fails the call if it may not."""

NOT_TRIED = "NotTried"
"""The code of a probe that was not made because the canary did not start."""

UNDECRYPTED = "KMS"
"""Prefix of the codes for that: KMSAccessDeniedException. Source: Lambda API Reference, Invoke."""


@dataclass(frozen=True)
class ProbeAnswer:
    """The answer to a probe. code: AWS's own, "" for success. message: its words, or what was not undone."""

    probe: Probe
    status: int
    code: str
    message: str

    @property
    def passed(self) -> bool:
        """Whether the answer shows the permission."""
        return self.code in ("", *self.probe.accepted)

    @property
    def refused(self) -> bool:
        """Whether a missing permission is the reason."""

        return self.code in FORBIDDEN or self.code.startswith(UNDECRYPTED)

    @property
    def skipped(self) -> bool:
        """Whether the call was not made because it could do harm."""
        return self.code == SKIPPED

    @property
    def pending(self) -> bool:
        """Whether an allowed call did not work and may work later."""
        throttled = self.status == 429 or "Throttl" in self.code
        final = 400 <= self.status < 500 and not self.refused and not throttled
        return self.probe.allowed and not self.passed and not final

    def outcome(self, effective: bool) -> Outcome:
        """Return what the answer shows. An error that is not a refusal shows nothing.

        effective: whether all allowed calls at its store work. As long as they do not, a refusal shows
        nothing: permissions may not be effective yet.
        """
        if self.passed:
            return Outcome.of(self.probe.allowed)
        if not self.refused:
            return Outcome.NOT_SHOWN
        if self.probe.allowed:
            return Outcome.NO
        return Outcome.OK if effective else Outcome.NOT_SHOWN

    def __str__(self) -> str:
        if self.passed and self.probe.allowed:
            return "allowed"
        message = self.message if self.passed or self.probe.allowed or not self.refused else ""
        return f"{self.code or 'ALLOWED'} ({message})" if message else self.code or "ALLOWED"


@dataclass
class Trial:
    """All probes of one `prove`. function: the canary's name. make: makes the probes anew for each attempt.

    answers: probe's name → its last answer.
    """

    cloud: Aws
    function: str
    make: Callable[[], Sequence[Probe]]
    answers: dict[str, ProbeAnswer] = field(default_factory=dict)

    def try_allowed(self) -> int:
        """Run the allowed probes; return how many did not work and may work later."""
        self._make([probe for probe in self.make() if probe.allowed])
        return sum(answer.pending for answer in self.answers.values())

    def try_forbidden(self) -> None:
        """Run all probes, when the allowed ones have had their time.

        A forbidden probe runs once: a second answer would not undo the first.
        """
        self._make(self.make())

    def outcome(self, answer: ProbeAnswer) -> Outcome:
        """Return what an answer shows."""
        return answer.outcome(self._effective(answer.probe))

    def _effective(self, probe: Probe) -> bool:
        """Whether all allowed probes of its store have passed; if it has no store, those of all sinks."""
        allowed = [answer for answer in self.answers.values() if answer.probe.allowed]
        here = [answer for answer in allowed if answer.probe.label == probe.label]
        counted = here or [answer for answer in allowed if answer.probe.label.startswith("sink")]
        return bool(counted) and all(answer.passed for answer in counted)

    def _make(self, wanted: Sequence[Probe]) -> None:
        found = self._invoke(wanted)
        for probe in wanted:
            one = found.get(probe.name, {"status": 0, "code": NOT_TRIED, "message": "it did not start"})
            self.answers[probe.name] = ProbeAnswer(probe, one["status"], one["code"], one["message"])

    def _invoke(self, wanted: Sequence[Probe]) -> dict[str, Any]:
        """The canary's answers by the probes' names; none when it could not start."""

        event = {"probes": [probe.document() for probe in wanted]}
        try:
            ended = functions.invoke(self.cloud, self.function, event, canary.TIMEOUT)
        except CloudError as error:
            if not error.code.startswith(UNDECRYPTED):
                raise
            self.answers[START.name] = ProbeAnswer(START, error.status, error.code, error.message)
            return {}
        if ended.error:
            raise MayflyError(f"the canary {self.function} failed: {ended.error} {ended.payload}")
        self.answers[START.name] = ProbeAnswer(START, ended.status, "", "")
        answers: dict[str, Any] = ended.payload
        return answers
