"""What came of an operation."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from azure.core.exceptions import HttpResponseError

from tests.support.azure_sdk import Sdk
from tests.support.isolation.operations import Operation
from tests.support.isolation.places import Place

NOT_PERMITTED = ("AuthorizationFailed", "AuthorizationPermissionMismatch")
"""What Resource Manager, and the blob service, say to a caller whose roles do not allow it."""


@dataclass(frozen=True)
class Outcome:
    """status: HTTP status; 200 stands for any success. code: the cloud's own code of a refusal.

    given: what a success gave.
    """

    status: int
    code: str = ""
    given: Any = field(default=None, compare=False, repr=False)

    @property
    def succeeded(self) -> bool:
        """Whether it was done."""
        return self.status == 200

    @property
    def not_permitted(self) -> bool:
        """Whether it was refused because the caller's roles do not allow it, and for no other reason."""
        return self.status == 403 and self.code in NOT_PERMITTED


def outcome(operation: Operation, sdk: Sdk, place: Place) -> Outcome:
    """Call an operation on a place as somebody."""
    try:
        return Outcome(200, given=operation.call(sdk, place))
    except HttpResponseError as error:
        return Outcome(error.status_code or 0, _code(error))


def _code(error: HttpResponseError) -> str:
    """The code of a refusal: the blob service's is in a header, Resource Manager's in the body."""
    response: Any = error.response
    if response is None:
        return ""
    header, body = response.headers.get("x-ms-error-code"), response.text()
    return str(header or (json.loads(body)["error"]["code"] if body else ""))
