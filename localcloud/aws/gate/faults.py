"""Which call a request is, and AWS's answers to one that goes wrong. See `localcloud.faults`."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs

from localcloud.aws.gate import operations, refusals, throttling
from localcloud.faults import Application, Receive, Refusals, Scope, Send

CONFLICTS = {
    "iam": "ConcurrentModification",
    "lambda": "ResourceConflictException",
    "s3": "OperationAborted",
    "scheduler": "ConflictException",
}
"""What a service calls a conflict with another operation; all are 409. Source: each one's API reference."""


def call_of(scope: Scope, body: bytes) -> str | None:
    """Return a signed request's service and operation, such as "iam CreateRole"."""
    headers = _headers(scope)
    service = refusals.service_of(headers)
    if not service:
        return None
    query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    if service in operations.REST:
        operation = operations.operation(service, scope["method"], scope["path"], query, headers)
    elif target := headers.get("x-amz-target"):
        operation = target.rpartition(".")[2]
    else:
        operation = {**query, **parse_qs(body.decode("latin-1"))}.get("Action", [None])[0]
    return f"{service} {operation}"


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def _throttled(service: str) -> tuple[int, str, str]:
    return {"s3": throttling.S3, "lambda": throttling.LAMBDA}.get(service, throttling.OTHERS)


def _failed(service: str) -> tuple[int, str, str]:
    code = (
        "InternalError"
        if service == "s3"
        else "ServiceException"
        if service == "lambda"
        else "InternalFailure"
    )
    return 500, code, "We encountered an internal error. Please try again."


def _stuck(service: str) -> tuple[int, str, str]:
    code = CONFLICTS.get(service, "ConflictException")
    return 409, code, "A conflicting operation is in progress against this resource."


def _answer(by_service: Callable[[str], tuple[int, str, str]]) -> Application:
    async def answer(scope: Scope, _: Receive, send: Send) -> None:
        headers = _headers(scope)
        await refusals.send(send, refusals.refusal(headers, *by_service(refusals.service_of(headers))))

    return answer


REFUSALS: Refusals = {
    "throttled": _answer(_throttled),
    "failed": _answer(_failed),
    "failing": _answer(_failed),
    "stuck": _answer(_stuck),
}
