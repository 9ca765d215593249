"""Lambda functions: invoked once, and followed by their log."""

from __future__ import annotations

import json
import time
from base64 import b64decode
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mayfly.clouds.aws.client import Aws
from mayfly.clouds.aws.errors import CloudError, translated

LONGEST_RUN = 900.0
"""Seconds. Source: AWS Lambda Developer Guide, "Lambda quotas", function timeout."""

MARGIN_SECONDS = 30.0
"""A cold start, and the way there and back, beside the function's own time."""

TICK_SECONDS = 0.1
ASK_SECONDS = 1.0
"""FilterLogEvents is throttled at five a second, an account and region. Source: "CloudWatch Logs quotas"."""

SETTLE_SECONDS = 10.0
"""Log lines come a little after what they tell of."""

LATE_SECONDS = 15.0
"""A line of one stream may come in after a younger one of another."""


@dataclass(frozen=True)
class Invocation:
    """A call that ended. status: HTTP's. payload: what the function returned, or the error's own document.

    error: "Handled" or "Unhandled" when it failed, else None. request_id: as in the function's log.
    last_line: of its log, "" when it has none.
    """

    status: int
    payload: Any
    error: str | None
    request_id: str
    last_line: str = ""


def invoke(cloud: Aws, name: str, event: Mapping[str, Any], timeout: float = LONGEST_RUN) -> Invocation:
    """Call a function and wait for what it returns. It is called once: a second call would run it again.

    timeout: seconds, the function's own. Raises CloudError: absent functions, and no answer in time.
    """
    with cloud.invoker(timeout + MARGIN_SECONDS) as client, translated(f"Invoke {name}"):
        answer = client.invoke(FunctionName=name, Payload=json.dumps(event), LogType="Tail")
        text = answer["Payload"].read()
    tail = b64decode(answer.get("LogResult", "")).decode(errors="replace").splitlines()
    try:
        payload = json.loads(text) if text else None
    except ValueError:  # A custom runtime may return anything.
        payload = text.decode(errors="replace")
    return Invocation(
        status=answer["StatusCode"],
        payload=payload,
        error=answer.get("FunctionError"),
        request_id=answer["ResponseMetadata"]["RequestId"],
        last_line=tail[-1].rstrip() if tail else "",
    )


def follow(
    cloud: Aws,
    log_group: str,
    since: float,
    say: Callable[[str], None],
    ended: Callable[[], Invocation | None],
    *,
    pause: Callable[[float], object] = time.sleep,
) -> Invocation:
    """Say each line that comes into a log group until an invocation has ended and its last line is there.

    Functions that run at the same time write into the same group; their lines are among them.

    since: seconds since the epoch. ended: the invocation, None while it runs; what it raises ends this too.
    pause: waits that many seconds. Returns the invocation. That a log cannot be read is said as a line.
    """
    log = _Log(cloud, log_group, since, say)
    asked = -ASK_SECONDS
    while (invocation := ended()) is None:
        if time.monotonic() - asked >= ASK_SECONDS:
            asked = time.monotonic()
            log.tell()
        pause(TICK_SECONDS)
    deadline = time.monotonic() + SETTLE_SECONDS
    while not log.tell(invocation.last_line) and time.monotonic() < deadline:
        pause(ASK_SECONDS)
    return invocation


Line = tuple[str, int, str]
"""Stream, milliseconds since the epoch, text. The same may well be there twice."""


class _Log:
    """A log group, and how far it has been read."""

    def __init__(self, cloud: Aws, name: str, since: float, say: Callable[[str], None]) -> None:
        self._cloud = cloud
        self._name = name
        self._since = self._newest = int(since * 1000)
        self._say = say
        self._known = Counter[Line]()
        self._readable = True

    def tell(self, last: str | None = None) -> bool:
        """Tell what is new. True when nothing more is to come: the last line came, or none is readable."""
        if not self._readable:
            return True
        try:
            with translated(f"FilterLogEvents {self._name}"):
                return self._tell(last)
        except CloudError as error:
            # A group that is not there yet has nothing to say; a refusal is said once.
            if not error.tells_absence:
                self._readable = False
                self._say(f"the log cannot be followed: {error}")
            return not self._readable

    def _tell(self, last: str | None) -> bool:
        pages = self._cloud.client("logs").get_paginator("filter_log_events")
        begin = max(self._since, self._newest - int(LATE_SECONDS * 1000))
        seen, here = last == "", Counter[Line]()
        for page in pages.paginate(logGroupName=self._name, startTime=begin):
            for event in page["events"]:
                line = (event["logStreamName"], event["timestamp"], event["message"])
                here[line] += 1
                if here[line] > self._known[line]:
                    self._newest = max(self._newest, event["timestamp"])
                    self._say(event["message"].rstrip("\n"))
                    seen |= event["message"].rstrip() == last
        self._known |= here
        return seen
