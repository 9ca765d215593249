"""Resource Manager ids: parsed and checked before they become part of a request's path.

Source of the form: "Resource ID" in the Azure Resource Manager documentation:
/subscriptions/{guid}/resourceGroups/{group}/providers/{namespace}/{type}/{name}[/{type}/{name}…]
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import chain, zip_longest

from mayfly.errors import BadInput, Problem
from mayfly.naming.limits import ACCOUNT as ACCOUNT
from mayfly.naming.limits import CONTAINER as CONTAINER
from mayfly.naming.limits import FACTORY as FACTORY

GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
GROUP = re.compile(r"[\w.()-]{0,89}[\w()-]")
SEGMENT = re.compile(r"[^<>%&:\\?/#\x00-\x1f\x7f]{1,260}")
NAMESPACE = re.compile(r"[A-Za-z]\w*(\.[A-Za-z]\w*)+")
FORM = "/subscriptions/{guid}[/resourceGroups/{name}[/providers/{namespace}/{type}/{name}…]]"
TOPIC = "Microsoft.EventGrid/systemTopics"
IDENTITY = "Microsoft.ManagedIdentity/userAssignedIdentities"
MANAGEMENT_GROUP = re.compile(
    r"/providers/Microsoft\.Management/managementGroups/[\w().-]{1,90}", re.IGNORECASE
)
"""Source of the name's form: "Management Groups - Create Or Update", groupId: 1-90 characters."""


@dataclass(frozen=True)
class ResourceId:
    """One parsed id. group is None for a subscription; provider is None for a group.

    path: (type, name) pairs under the provider, outermost first.
    """

    subscription: str
    group: str | None = None
    provider: str | None = None
    path: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        text = f"/subscriptions/{self.subscription}"
        if self.group is not None:
            text += f"/resourceGroups/{self.group}"
        if self.provider is not None:
            text += f"/providers/{self.provider}" + "".join(f"/{type}/{name}" for type, name in self.path)
        return text

    @property
    def type(self) -> str:
        """`Microsoft.Storage/storageAccounts/…`; the type of a group or a subscription for those."""
        if self.provider is not None:
            return "/".join([self.provider, *(type for type, _ in self.path)])
        return "Microsoft.Resources/subscriptions" + ("/resourceGroups" if self.group is not None else "")

    @property
    def name(self) -> str:
        """The last name of the id."""
        return self.path[-1][1] if self.path else (self.group or self.subscription)

    @property
    def parent(self) -> ResourceId | None:
        """What it lies in: an outer resource, the group, the subscription; None above that."""
        if len(self.path) > 1:
            return ResourceId(self.subscription, self.group, self.provider, self.path[:-1])
        if self.provider is not None:
            return ResourceId(self.subscription, self.group)
        return ResourceId(self.subscription) if self.group is not None else None

    def is_type(self, type: str) -> bool:
        """Whether it is of this type; types are case-insensitive."""
        return self.type.lower() == type.lower()


@dataclass(frozen=True)
class Extension:
    """The id of an extension resource: a role assignment, a lock. scope: see `assignable`."""

    scope: str
    type: str
    name: str

    def __str__(self) -> str:
        return f"{self.scope}/providers/{self.type}/{self.name}"


def split(text: str) -> ResourceId | None:
    """Take an id apart, and check no name in it; None for what has not its form.

    A name that is missing at the end is "".
    """
    empty, *parts = text.split("/")
    if empty or len(parts) < 2 or parts[0].lower() != "subscriptions":
        return None
    subscription, rest, group = parts[1], parts[2:], None
    if rest and rest[0].lower() == "resourcegroups":
        group, rest = "".join(rest[1:2]), rest[2:]
    if not rest:
        return ResourceId(subscription, group)
    if rest[0].lower() != "providers" or len(rest) < 3:
        return None
    path = zip_longest(rest[2::2], rest[3::2], fillvalue="")
    return ResourceId(subscription, group, rest[1], tuple(path))


def parse(text: str) -> ResourceId:
    """Parse an id. Raises BadInput for anything else, so nothing else becomes part of a request's path."""
    id = split(text) if isinstance(text, str) else None
    if (
        id is None
        or not GUID.fullmatch(id.subscription)
        or not (id.group is None or GROUP.fullmatch(id.group))
        or not (id.provider is None or NAMESPACE.fullmatch(id.provider))
    ):
        raise _not_an_id(text)
    names = chain.from_iterable(id.path)
    if not all(
        SEGMENT.fullmatch(name) and name.strip() == name and name not in (".", "..") for name in names
    ):
        raise _not_an_id(text)
    return id


def container(subscription: str, group: str, account: str, name: str) -> ResourceId:
    """Return the id of a container."""
    path = (("storageAccounts", account), ("blobServices", "default"), ("containers", name))
    return ResourceId(subscription, group, "Microsoft.Storage", path)


def parse_as(text: str, type: str) -> ResourceId:
    """Parse an id of one type. Raises BadInput for another type."""
    id = parse(text)
    if not id.is_type(type):
        raise BadInput([Problem(text, f"is the id of a {id.type}", f"give the id of a {type}")])
    return id


def parse_grant(text: str) -> Extension:
    """Parse a role assignment's id: its scope and its name. Raises BadInput for another id."""
    scope, found, name = text.lower().rpartition("/providers/microsoft.authorization/roleassignments/")
    if not found or not GUID.fullmatch(name):
        raise _not_an_id(text)
    return Extension(assignable(text[: len(scope)]), "Microsoft.Authorization/roleAssignments", name)


def assignable(scope: str) -> str:
    """Return a scope at which roles can be assigned; "" for the tenant's root, "/".

    Above subscriptions these are management groups and the root. Raises BadInput for any other text.
    """
    if scope in ("", "/"):
        return ""
    return scope if MANAGEMENT_GROUP.fullmatch(scope) else str(parse(scope))


def account_of(id: ResourceId) -> ResourceId:
    """The storage account that something lies in, such as a container."""
    return replace(id, path=id.path[:1])


def is_at_or_below(text: str, scope: str) -> bool:
    """Return whether an id is the scope itself or lies in it; ids are case-insensitive."""
    return f"{text.rstrip('/')}/".lower().startswith(f"{scope.rstrip('/')}/".lower())


def _not_an_id(text: object) -> BadInput:
    shown = str(text)[:120]
    return BadInput([Problem(shown or "(empty)", "is not a Resource Manager id", f"write {FORM}")])
