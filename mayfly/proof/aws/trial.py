"""Runs the canary in an environment, and keeps what each probe got."""

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
"""Lambda decrypts a function's environment variables before it runs, and fails the call where it may not."""

NOT_TRIED = "NotTried"
"""The code of what could not be tried, as the canary did not start."""

UNDECRYPTED = "KMS"
"""What the codes begin with that tell so: KMSAccessDeniedException. Source: Lambda API Reference, Invoke."""


@dataclass(frozen=True)
class Got:
    """What a probe got.

    code: the cloud's own, "" for success. message: its words, or what could not be undone.
    """

    probe: Probe
    status: int
    code: str
    message: str

    @property
    def passed(self) -> bool:
        """Whether it shows the permission."""
        return self.code in ("", *self.probe.accepted)

    @property
    def refused(self) -> bool:
        """Whether it was refused for want of a permission."""

        return self.code in FORBIDDEN or self.code.startswith(UNDECRYPTED)

    @property
    def skipped(self) -> bool:
        """Whether the call was not made, as it could have done harm."""
        return self.code == SKIPPED

    @property
    def pending(self) -> bool:
        """Whether it is allowed, did not work, and may do so a little later."""
        throttled = self.status == 429 or "Throttl" in self.code
        final = 400 <= self.status < 500 and not self.refused and not throttled
        return self.probe.allowed and not self.passed and not final

    def outcome(self, effective: bool) -> Outcome:
        """What it shows; an error that is no refusal shows nothing.

        effective: what is allowed at its store has been seen to work. Where it has not, a refusal shows
        nothing: permissions may not have got there yet.
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
        told = self.message if self.passed or self.probe.allowed or not self.refused else ""
        return " ".join(word for word in (self.code or "ALLOWED", f"({told})" if told else "") if word)


@dataclass
class Trial:
    """All probes of one `prove`. function: the canary's name. make: the probes, made anew for each attempt.

    got: by a probe's name, what it got last.
    """

    cloud: Aws
    function: str
    make: Callable[[], Sequence[Probe]]
    got: dict[str, Got] = field(default_factory=dict)

    def try_allowed(self) -> int:
        """Make the probes of what is allowed; how many did not work and may yet do so."""
        self._make([probe for probe in self.make() if probe.allowed])
        return sum(got.pending for got in self.got.values())

    def try_forbidden(self) -> None:
        """Make all of them, once more what is allowed too, when it has had its time.

        What must be refused is never asked twice: a second answer would not undo the first.
        """
        self._make(self.make())

    def outcome(self, got: Got) -> Outcome:
        """What a probe's answer shows."""
        return got.outcome(self._effective(got.probe))

    def _effective(self, probe: Probe) -> bool:
        """Whether all that is allowed at a probe's store has passed; of what is no store, at all sinks."""
        allowed = [got for got in self.got.values() if got.probe.allowed]
        here = [got for got in allowed if got.probe.label == probe.label]
        there = here or [got for got in allowed if got.probe.label.startswith("sink")]
        return bool(there) and all(got.passed for got in there)

    def _make(self, wanted: Sequence[Probe]) -> None:
        answers = self._ask(wanted)
        for probe in wanted:
            said = answers.get(probe.name, {"status": 0, "code": NOT_TRIED, "message": "it did not start"})
            self.got[probe.name] = Got(probe, said["status"], said["code"], said["message"])

    def _ask(self, wanted: Sequence[Probe]) -> dict[str, Any]:
        """By name, what the canary tells; nothing where it could not start."""

        event = {"probes": [probe.document() for probe in wanted]}
        try:
            ended = functions.invoke(self.cloud, self.function, event, canary.TIMEOUT)
        except CloudError as error:
            if not error.code.startswith(UNDECRYPTED):
                raise
            self.got[START.name] = Got(START, error.status, error.code, error.message)
            return {}
        if ended.error:
            raise MayflyError(f"the canary {self.function} failed: {ended.error} {ended.payload}")
        self.got[START.name] = Got(START, ended.status, "", "")
        answers: dict[str, Any] = ended.payload
        return answers
