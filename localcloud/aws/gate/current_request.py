"""What the gate knows of the request that is being answered."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any


@dataclass
class CurrentRequest:
    """Filled in while the request is answered.

    service: as MiniStack names it. None before MiniStack has routed the request, as are action and operation.
    action: as IAM names it, "s3:DeleteObject".
    operation: the API's name, "DeleteObjects".
    principal: the user's or role's name.
    conditions: condition keys that MiniStack does not know.
    asked: the actions that IAM was asked about.
    resource: the last ARN that IAM was asked about.
    further: ARNs that IAM is asked about besides.
    passed: the ARN of the role that the request passes to a service, and the service.
    invocation: the id of a function's call.
    """

    service: str | None = None
    action: str | None = None
    operation: str | None = None
    principal: str | None = None
    conditions: dict[str, Any] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    resource: str = ""
    further: list[str] = field(default_factory=list)
    passed: tuple[str, str] | None = None
    invocation: str | None = None


class RequestRefused(Exception):
    """The gate refuses the request with this status, code and message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


context: ContextVar[CurrentRequest] = ContextVar("request")


def current_request() -> CurrentRequest:
    """The request that is being answered; an empty one where MiniStack acts by itself."""
    return context.get(None) or CurrentRequest()
