"""A call of a function has one request id, in the answer and in the log. MiniStack gives each its own.

Source: AWS Lambda Developer Guide, "Invoking Lambda functions": the answer's x-amzn-RequestId is the log's.
"""

from __future__ import annotations

from typing import Any

from localcloud.aws.gate import emulator
from localcloud.aws.gate.noted import now

PENDING_SECONDS = 0.1
"""How long a new or changed function is Pending: long enough to be seen, and not most of a test's time."""


def install() -> None:
    """Put it where MiniStack runs functions and answers."""
    emulator.lambda_svc._LAMBDA_STATE_TRANSITION_DELAY = PENDING_SECONDS
    emulator.lambda_svc._emit_lambda_logs = _noted(emulator.lambda_svc._emit_lambda_logs)
    emulator.lambda_svc._invoke = _with_id(emulator.lambda_svc._invoke)


def _noted(emit: Any) -> Any:
    def emit_lambda_logs(function: Any, request_id: str, *rest: Any, **more: Any) -> None:
        now().invocation = request_id
        emit(function, request_id, *rest, **more)

    return emit_lambda_logs


def _with_id(invoke: Any) -> Any:
    async def with_id(*arguments: Any, **more: Any) -> Any:
        status, headers, body = await invoke(*arguments, **more)
        found = now().invocation
        return status, {**headers, "x-amzn-requestid": found} if found else headers, body

    return with_id
