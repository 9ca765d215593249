"""Runs the canary in an environment, and keeps what each probe got."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mayfly.cli.aws import canary
from mayfly.cli.aws.canary_function import SKIPPED
from mayfly.cli.aws.probes import Probe
from mayfly.errors import MayflyError

if TYPE_CHECKING:
    from mayfly.clouds.aws import Aws


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
    def refused(self) -> bool:
        """Whether it was refused for want of a permission."""
        from mayfly.clouds.aws.errors import FORBIDDEN

        return self.code in FORBIDDEN

    @property
    def skipped(self) -> bool:
        """Whether the call was not made, as it could have done harm."""
        return self.code == SKIPPED

    @property
    def as_expected(self) -> bool:
        """Whether it is what was expected."""
        if self.probe.allowed:
            return self.code in ("", *self.probe.accepted)
        return self.refused

    def __str__(self) -> str:
        if self.code in ("", *self.probe.accepted) and self.probe.allowed:
            return "allowed"
        return " ".join(
            word for word in (self.code or "ALLOWED", f"({self.message})" if self._odd else "") if word
        )

    @property
    def _odd(self) -> bool:
        return bool(self.message) and not self.as_expected


@dataclass
class Trial:
    """All probes of one `prove`. function: the canary's name. make: the probes, made anew for each attempt.

    got: by a probe's number and name, what it got last.
    """

    cloud: Aws
    function: str
    make: Callable[[], Sequence[Probe]]
    got: dict[str, Got] = field(default_factory=dict)

    def attempt(self) -> int:
        """Make the probes that are still open; how many must be made again.

        All of them at first, then what is allowed. What must be refused is never asked twice: a second answer
        would not undo the first.
        """
        wanted = [probe for probe in self.make() if not self.got or probe.allowed]
        answers = self._ask(wanted)
        for probe in wanted:
            said = answers[probe.name]
            self.got[probe.name] = Got(probe, said["status"], said["code"], said["message"])
        return len(self.pending)

    @property
    def pending(self) -> list[str]:
        """Allowed probes that were refused: their permission may not be effective yet."""
        return [name for name, got in self.got.items() if got.probe.allowed and got.refused]

    def _ask(self, wanted: Sequence[Probe]) -> dict[str, Any]:
        from mayfly.clouds.aws import functions

        event = {"probes": [probe.document() for probe in wanted]}
        ended = functions.invoke(self.cloud, self.function, event, canary.TIMEOUT)
        if ended.error:
            raise MayflyError(f"the canary {self.function} failed: {ended.error} {ended.payload}")
        answers: dict[str, Any] = ended.payload
        return answers
