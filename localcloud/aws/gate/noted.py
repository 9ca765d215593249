"""What is found out about the request being answered, for those that come later in its way."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Noted:
    """service: as MiniStack names it. action: as IAM names it, "s3:DeleteObject". operation: the API's name,
    "DeleteObjects". None before MiniStack has routed the request.

    principal: the user's or role's name. conditions: condition keys of the request that MiniStack does not
    know. asked: the actions that IAM was asked for. resource: the ARN that was decided on last. passed: the
    role that the request hands to a service, and that service. invocation: of a function's call, the id.
    """

    service: str | None = None
    action: str | None = None
    operation: str | None = None
    principal: str | None = None
    conditions: dict[str, Any] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    resource: str = ""
    passed: tuple[str, str] | None = None
    invocation: str | None = None


class Refused(Exception):
    """The request goes no further; status, code and message say why."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


current: ContextVar[Noted] = ContextVar("request")


def now() -> Noted:
    """Of the request being answered; of none, where MiniStack acts by itself."""
    return current.get(None) or Noted()
