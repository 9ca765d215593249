"""What is found out about the request being answered, for those that come later in its way."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass
class Noted:
    """service, action: as IAM names them ("s3", "s3:PutObject"); None before MiniStack has routed it.

    principal: the user's or role's name. role: the role that the request hands to a service, as an ARN.
    """

    service: str | None = None
    action: str | None = None
    principal: str | None = None
    role: str | None = None


current: ContextVar[Noted] = ContextVar("request")
