"""Resource Manager as the documents that a test says, without calls. Ids are one in any case, as Azure's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from mayfly.clouds.azure import Azure


@dataclass
class Documents:
    """things: by id. lists: by path; an error is raised, from either.

    asked: of each list, the path and the filter. done: what was put or deleted, in order.
    """

    things: dict[str, Any] = field(default_factory=dict)
    lists: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    done: list[tuple[str, str, Any]] = field(default_factory=list)

    @property
    def cloud(self) -> Azure:
        """As what is tested takes it."""
        return cast(Azure, self)

    def get(self, id: str) -> dict[str, Any] | None:
        """A document, or None."""
        found = next((document for own, document in self.things.items() if own.lower() == id.lower()), None)
        if isinstance(found, Exception):
            raise found
        return found

    def list(self, path: str, filter: str | None = None, **_: str) -> Iterator[dict[str, Any]]:
        """The items of a collection; of one that was not said, none."""
        self.asked.append((path, filter))
        found = self.lists.get(path, [])
        if isinstance(found, Exception):
            raise found
        yield from found

    def put(self, id: str, body: Any, wait: bool = True) -> None:
        """Note it."""
        self.done.append(("put and wait" if wait else "put", id, body))

    def delete(self, id: str) -> None:
        """Note it."""
        self.done.append(("delete", id, None))
