"""The interface of the authorization service, which evaluates roles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from localcloud.azure.core.call import Principal


@dataclass(frozen=True)
class Attributes:
    """The values that a condition can use, by attribute: "<type>:<attribute>" in lower case."""

    request: Mapping[str, str] = field(default_factory=dict)
    resource: Mapping[str, str] = field(default_factory=dict)


class Authorizer(Protocol):
    """Decides from role assignments."""

    def allowed(
        self, principal: Principal, scope: str, *, action: str | None = None, data_action: str | None = None,
        attributes: Attributes | None = None, ignore_conditions: bool = False,
    ) -> bool:  # fmt: skip
        """Whether a role that `principal` has at `scope` or above allows the action or the data action.

        ignore_conditions: take each condition for true, as for the deletion of what does not exist.
        """

    def any_role(self, principal: Principal, scope: str) -> bool:
        """Whether the principal has any role at, above or below this scope."""


class Nobody:
    """The authorizer before the service is there: it allows nothing."""

    def allowed(
        self, principal: Principal, scope: str, *, action: str | None = None, data_action: str | None = None,
        attributes: Attributes | None = None, ignore_conditions: bool = False,
    ) -> bool:  # fmt: skip
        """No."""
        return False

    def any_role(self, principal: Principal, scope: str) -> bool:
        """No."""
        return False
