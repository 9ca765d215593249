"""A function's call has the same request id in its answer and in its log. MiniStack makes two.

Source: AWS Lambda Developer Guide, "Invoking Lambda functions": the answer's x-amzn-RequestId is the log's.
"""

from __future__ import annotations

from typing import Any

from localcloud.aws.gate import emulator
from localcloud.aws.gate.current_request import current_request

PENDING_SECONDS = 0.1
"""How long a new or changed function is Pending: long enough for a test to see, short enough to wait."""


def install() -> None:
    """Change MiniStack's Lambda."""
    emulator.lambda_svc._LAMBDA_STATE_TRANSITION_DELAY = PENDING_SECONDS
    emulator.lambda_svc._emit_lambda_logs = _with_noted_id(emulator.lambda_svc._emit_lambda_logs)
    emulator.lambda_svc._invoke = _with_id(emulator.lambda_svc._invoke)


def _with_noted_id(emit: Any) -> Any:
    def emit_lambda_logs(function: Any, request_id: str, *rest: Any, **more: Any) -> None:
        current_request().invocation = request_id
        emit(function, request_id, *rest, **more)

    return emit_lambda_logs


def _with_id(invoke: Any) -> Any:
    async def with_id(*arguments: Any, **more: Any) -> Any:
        status, headers, body = await invoke(*arguments, **more)
        found = current_request().invocation
        return status, {**headers, "x-amzn-requestid": found} if found else headers, body

    return with_id
