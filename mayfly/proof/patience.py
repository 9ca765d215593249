"""Permissions take their time to be effective: what is allowed and was refused is asked again."""

from __future__ import annotations

from collections.abc import Callable

PATIENCE_SECONDS = 600.0
"""A role assignment answers 201 before it is effective: up to 10 minutes, as Azure documents it."""


def patiently(attempt: Callable[[], int], patience: float, line: Callable[[str], None]) -> None:
    """Make attempts until nothing is pending any more, or for so long.

    attempt: returns how many permissions are not effective yet. patience: seconds. line: told of each wait.
    """
    from tenacity import RetryCallState, Retrying, retry_if_result, stop_after_delay, wait_random_exponential

    def again(state: RetryCallState) -> None:
        pending = state.outcome.result() if state.outcome else 0
        line(f"  {pending} permissions are not effective yet; trying again")

    Retrying(
        retry=retry_if_result(bool),
        stop=stop_after_delay(patience),
        wait=wait_random_exponential(1, max=60),
        before_sleep=again,
        retry_error_callback=lambda _: None,
    )(attempt)
