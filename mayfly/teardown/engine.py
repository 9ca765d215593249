"""Pulumi, as a teardown sees it."""

from __future__ import annotations

from typing import Protocol


class Engine(Protocol):
    """What has the environment's state, if anything has.

    forgotten: whether the last `destroy` removed the state and the stack's configuration as well.
    """

    forgotten: bool

    def destroy(self, forget: bool = False) -> bool:
        """Destroy all that the state names; False when there is no state. Raises MayflyError.

        forget: remove the state too if all of it went, where that costs nothing: for a cloud where that is as
        good as a proof.
        """

    def forget(self, force: bool) -> None:
        """Remove the state and the stack's configuration; absent is fine.

        force: also when the state still names resources; they were seen to be gone.
        """
