"""What a smoke run asks of a cloud beside the verbs; a cloud is a module of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Try:
    """Something that must be refused. got: the cloud's code, "" where it was let through and taken back."""

    what: str
    got: str
    refused: bool


class Place(Protocol):
    """One cloud, as the deployer and as its owner."""

    run: Sequence[str]
    """Arguments of `mayfly run` after the environment's name: a part of the example that takes seconds."""

    def who(self) -> tuple[str, str]:
        """The deployer and the owner, as the cloud names them."""

    def forbidden(self) -> Sequence[Try]:
        """What the deployer's rights must not let it do, tried as the deployer."""

    def widened(self, environment: str) -> AbstractContextManager[str]:
        """Give the environment's identity more than it may have, by hand, while this lasts; in words."""

    def drifted(self, environment: str) -> str:
        """Change a tag of what is the environment's own, by hand; in words."""

    def lost(self, environment: str) -> str:
        """What somebody removes by hand whose stack is lost; in words."""

    def production(self) -> Mapping[str, object]:
        """Who has what rights on the sources, to be compared before and after."""

    def left(self, environments: Sequence[str]) -> Sequence[str]:
        """What the cloud still has of these environments."""

    def denied(self, minutes: float) -> str:
        """Every refusal that the deployer got in the last minutes, where a trail can be read."""

    def workload(self, folder: str) -> str | None:
        """Add an event trigger to a copy of the workload; its name, None where there is no such thing."""
