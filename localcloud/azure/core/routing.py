"""The table of what the local Azure knows: resource types, and operations that are not on a resource."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from localcloud.azure.core.call import Reply
from localcloud.azure.core.store import Document

if TYPE_CHECKING:
    from localcloud.azure.core.cloud import Call

Operate = Callable[["Call", str, Document | None], Reply]
"""Handles PUT, PATCH, GET or DELETE of a resource: the call, the id, and the stored document if there is
one.
"""
Act = Callable[["Call", str, Document], Reply]
"""Handles POST {id}/{action} on a resource that exists."""
ListAll = Callable[["Call", str], Reply]
"""Handles GET of a collection; the id is that of the parent, the scope."""
Authorize = Callable[["Call", str, str, Document | None], None]
"""Raises 403 unless the caller may do the action (third argument) to the resource."""
Handle = Callable[["Call"], Reply]


@dataclass(frozen=True)
class ResourceType:
    """One row: a type of resource and how it answers. What is left out gets the default of Resource Manager.

    type: as the cloud writes it, "Microsoft.Storage/storageAccounts/blobServices/containers".
    api_versions: those accepted; another one, or none, is refused with 400.
    name: pattern for the whole last segment; a PUT of another name is refused with 400 and the code
    `bad_name`. get: by default the stored document, or 404. delete: by default removes it and all below (200;
    absent 204). posts: action name to handler. list: by default the stored documents of the type below the
    parent. tracked: listed by `GET .../resources`; by default only top-level types are.
    authorize: instead of the plain check of `<type>/<verb>` on the resource's id.
    extension: hangs on any scope (a lock, a role assignment).
    list_authorizes: `list` itself leaves out what the caller may not read (see arm.readable); otherwise
    reading is
        allowed or refused for the whole scope before `list` is called.
    """

    type: str
    api_versions: frozenset[str]
    name: str = r"[^/]+"
    bad_name: str = "InvalidResourceName"
    put: Operate | None = None
    get: Operate | None = None
    delete: Operate | None = None
    patch: Operate | None = None
    posts: Mapping[str, Act] = field(default_factory=dict)
    list: ListAll | None = None
    tracked: bool | None = None
    authorize: Authorize | None = None
    extension: bool = False
    list_authorizes: bool = False

    @property
    def is_tracked(self) -> bool:
        """Whether the resource list of a group or subscription names it."""
        return self.type.count("/") == 1 and not self.extension if self.tracked is None else self.tracked


@dataclass(frozen=True)
class Operation:
    """A path that is no resource. action: None asks for a caller but no role. public: asks for no caller."""

    method: str
    pattern: re.Pattern[str]
    handle: Handle
    action: str | None
    api_versions: frozenset[str] | None
    public: bool


class Routes:
    """Resource types by name and operations by path; both without regard to case."""

    def __init__(self) -> None:
        self._types: dict[str, ResourceType] = {}
        self._operations: list[Operation] = []

    def add(self, row: ResourceType) -> None:
        """Make a type known."""
        self._types[row.type.lower()] = row

    def type(self, name: str) -> ResourceType | None:
        """The row of a type, or None."""
        return self._types.get(name.lower())

    def types(self) -> tuple[ResourceType, ...]:
        """All rows."""
        return tuple(self._types.values())

    def add_operation(
        self, method: str, pattern: str, handle: Handle, action: str | None,
        api_versions: frozenset[str] | None, public: bool,
    ) -> None:  # fmt: skip
        """Make an operation known. `{name}` in the pattern stands for one segment, given in `call.params`."""
        expression = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(pattern))
        compiled = re.compile(expression + "/?", re.IGNORECASE)
        self._operations.append(Operation(method, compiled, handle, action, api_versions, public))

    def operation(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        """The operation that answers this path, and the parts the pattern names."""
        for operation in self._operations:
            if operation.method == method and (match := operation.pattern.fullmatch(path)):
                return operation, match.groupdict()
        return None
