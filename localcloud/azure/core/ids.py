"""Resource ids: how they are read, and the ids that every local Azure has.

Ids are case-insensitive. A path is a chain: subscription, resource group, then `providers/<namespace>`
followed by pairs of type and name; a further `providers/<namespace>` begins an extension resource (a lock, a
role assignment) on what stands before it. What remains at the end is a collection (GET) or an action (POST).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

TENANT = "6d617966-6c79-4000-8000-000000000001"
PRODUCTION = "6d617966-6c79-4000-8000-0000000000a0"
NONPRODUCTION = "6d617966-6c79-4000-8000-0000000000b0"

ROOT_GROUP = f"/providers/Microsoft.Management/managementGroups/{TENANT}"
"""The tenant's root management group, which bears the tenant's id; both subscriptions lie in it."""

SUBSCRIPTION_TYPE = "Microsoft.Resources/subscriptions"
GROUP_TYPE = "Microsoft.Resources/subscriptions/resourceGroups"


@dataclass(frozen=True)
class Node:
    """One resource of a chain: its id as sent, its type, its name, and the id that an extension extends."""

    id: str
    type: str
    name: str
    extension: bool = False


@dataclass(frozen=True)
class ParsedPath:
    """A path taken apart.

    chain: the resources from the subscription down to the last whole one.
    namespace: set where the path ends in `providers/<namespace>`, with or without a tail.
    tail: the segment that has no name after it: a collection or an action; None for a whole resource.
    """

    chain: tuple[Node, ...]
    namespace: str | None
    tail: str | None

    @property
    def scope(self) -> str:
        """The id of the last whole resource ("/" for the tenant)."""
        return self.chain[-1].id if self.chain else "/"

    @property
    def collection(self) -> str | None:
        """The type that the tail names when it is read as a collection."""
        if self.tail is None:
            return None
        if self.namespace:
            return f"{self.namespace}/{self.tail}"
        return f"{self.chain[-1].type}/{self.tail}" if self.chain else f"Microsoft.Resources/{self.tail}"


@lru_cache(maxsize=4096)
def parse(path: str) -> ParsedPath:
    """Take a path or an id apart; it need not name anything that exists."""
    segments = [part for part in path.split("/") if part]
    chain: list[Node] = []
    position = _containers(segments, chain)
    namespace: str | None = None
    while position < len(segments):
        if segments[position].lower() == "providers" and position + 1 < len(segments):
            namespace, position = segments[position + 1], position + 2
        elif position + 1 < len(segments) and (namespace or _inside_provider(chain)):
            chain.append(_child(segments, position, chain, namespace))
            namespace, position = None, position + 2
        else:
            return ParsedPath(tuple(chain), namespace, "/".join(segments[position:]))
    return ParsedPath(tuple(chain), namespace, None)


def _containers(segments: list[str], chain: list[Node]) -> int:
    """Take the subscription and the resource group off the front; gives where the rest begins."""
    types = (("subscriptions", SUBSCRIPTION_TYPE), ("resourcegroups", GROUP_TYPE))
    for index, (word, type) in enumerate(types):
        start = 2 * index
        if len(segments) < start + 2 or segments[start].lower() != word:
            return start
        chain.append(Node("/" + "/".join(segments[: start + 2]), type, segments[start + 1]))
    return 2 * len(types)


def _inside_provider(chain: list[Node]) -> bool:
    return bool(chain) and chain[-1].type not in (SUBSCRIPTION_TYPE, GROUP_TYPE)


def _child(segments: list[str], position: int, chain: list[Node], namespace: str | None) -> Node:
    word, name = segments[position], segments[position + 1]
    type = f"{namespace}/{word}" if namespace else f"{chain[-1].type}/{word}"
    extension = bool(namespace) and _inside_provider(chain)
    return Node("/" + "/".join(segments[: position + 2]), type, name, extension)


def subscription_of(resource_id: str) -> str | None:
    """The id (`/subscriptions/<guid>`) of the subscription an id lies in, if any."""
    chain = parse(resource_id).chain
    return chain[0].id if chain and chain[0].type == SUBSCRIPTION_TYPE else None
