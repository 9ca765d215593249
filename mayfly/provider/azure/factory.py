"""A data factory as our provider sees it: documents put, read and removed, triggers started and stopped."""

from __future__ import annotations

import json
from dataclasses import dataclass

from mayfly.clouds.azure import Azure
from mayfly.provider.azure import documents


@dataclass
class Factory:
    """One factory. id: its resource id, checked."""

    cloud: Azure
    id: str

    def exists(self) -> bool:
        """Whether the factory is there."""
        return self.cloud.get(self.id) is not None

    def put(self, key: str, text: str) -> str:
        """Send a document's properties unchanged; return its new ETag."""
        answer = self.cloud.put(self._path(key), {"properties": documents.properties(text)})
        return str(answer.get("etag", ""))

    def read(self, key: str) -> tuple[str, str] | None:
        """A document as the cloud has it, as JSON text, and its ETag; None when it is not there."""
        answer = self.cloud.get(self._path(key))
        if answer is None:
            return None
        document = {"name": answer["name"], "properties": answer["properties"]}
        return json.dumps(document, indent=4), str(answer.get("etag", ""))

    def delete(self, key: str) -> None:
        """Remove a document. Absent is success."""
        self.cloud.delete(self._path(key))

    def is_started(self, key: str) -> bool | None:
        """Whether a trigger runs; None when it is not there."""
        answer = self.cloud.get(self._path(key))
        return None if answer is None else answer["properties"].get("runtimeState") == "Started"

    def start(self, key: str) -> None:
        """Start a trigger. For an event trigger the cloud subscribes first, which takes a while."""
        self.cloud.post(self._path(key), "start")

    def stop(self, key: str) -> None:
        """Stop a trigger: a started one can be neither changed nor removed."""
        self.cloud.post(self._path(key), "stop")

    def _path(self, key: str) -> str:
        return f"{self.id}/{documents.path(key)}"
