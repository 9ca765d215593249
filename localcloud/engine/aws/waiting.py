"""Retries calls that a service refuses for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from botocore.exceptions import ClientError

from localcloud.engine.aws.errors import code, message
from localcloud.engine.backend import Abandoned

FIRST_PAUSE = 0.05
LONGEST_PAUSE = 5.0
GROWTH = 1.4
NEW_ROLE_SECONDS = 120.0
"""How long a new role may take to become visible: the official provider's own timeout with IAM."""

Result = TypeVar("Result")
ROLE_NOT_SEEN = {
    "InvalidParameterValueException": "cannot be assumed by Lambda",
    "ValidationException": "must allow AWS EventBridge Scheduler to assume the role",
}
"""Only the text of these errors tells a new role from a wrong input."""


def until_role_is_seen(call: Callable[[], Result], stop: threading.Event) -> Result:
    """Make a call that names a possibly new role: IAM's changes take some seconds to become visible.

    Raises ClientError when it is refused for another reason, or for too long; Abandoned when stopped.
    """
    deadline, pause = time.monotonic() + NEW_ROLE_SECONDS, FIRST_PAUSE
    while True:
        try:
            return call()
        except ClientError as error:
            words = ROLE_NOT_SEEN.get(code(error))
            if words is None or words not in message(error) or time.monotonic() > deadline:
                raise
        if stop.wait(pause):
            raise Abandoned("no longer waiting for the role to be seen")
        pause = min(GROWTH * pause, LONGEST_PAUSE)


def until(done: Callable[[], bool], seconds: float, what: str, stop: threading.Event) -> None:
    """Poll until `done`. Raises TimeoutError, or Abandoned when stopped."""
    deadline, pause = time.monotonic() + seconds, FIRST_PAUSE
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError(f"timeout while waiting for {what}")
        if stop.wait(pause):
            raise Abandoned(f"no longer waiting for {what}")
        pause = min(GROWTH * pause, LONGEST_PAUSE)
