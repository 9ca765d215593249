"""Pulumi, as a teardown sees it."""

from __future__ import annotations

from typing import Protocol


class Engine(Protocol):
    """What has the environment's state, if anything has."""

    def destroy(self) -> bool:
        """Destroy all that the state names; False when there is no state. Raises MayflyError."""

    def forget(self, force: bool) -> None:
        """Remove the state and the stack's configuration; absent is fine.

        force: also when the state still names resources; they were seen to be gone.
        """
