"""A function's call has the same request id in its answer and in its log. MiniStack makes two.

Source: AWS Lambda Developer Guide, "Invoking Lambda functions": the answer's x-amzn-RequestId is the log's.
"""

from __future__ import annotations

from typing import Any

from localcloud.aws.gate import emulator
from localcloud.aws.gate.current_request import current_request

PENDING_SECONDS = 0.1
"""How long a new or changed function is Pending: long enough for a test to see, short enough to wait."""

IDS = (b"x-amzn-requestid", b"x-amz-request-id")
"""Headers by which an answer names itself."""


def install() -> None:
    """Change MiniStack's Lambda."""
    emulator.lambda_svc._LAMBDA_STATE_TRANSITION_DELAY = PENDING_SECONDS
    emulator.lambda_svc._emit_lambda_logs = _with_noted_id(emulator.lambda_svc._emit_lambda_logs)


def _with_noted_id(emit: Any) -> Any:
    def emit_lambda_logs(function: Any, request_id: str, *rest: Any, **more: Any) -> None:
        current_request().invocation = request_id
        emit(function, request_id, *rest, **more)

    return emit_lambda_logs


def with_its_id(head: dict[str, Any]) -> dict[str, Any]:
    """Return the head of an answer with the id of the function's call, if there was one.

    MiniStack writes its own id for the request over whatever its Lambda answers, so this comes after it.
    """
    found = current_request().invocation
    if not found:
        return head
    headers = [(name, found.encode() if name.lower() in IDS else value) for name, value in head["headers"]]
    return {**head, "headers": headers}
