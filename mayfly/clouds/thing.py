"""What exists in a cloud, as teardowns, listings and receipts name it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Thing(BaseModel):
    """Something that exists in a cloud.

    id: the cloud's own id. type: the cloud's own type. detail: who or what it is about, in words.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    type: str
    detail: str = ""

    @property
    def key(self) -> str:
        """What two sights of one thing share: Azure's ids are case-insensitive, ARNs are not."""
        return self.id if self.id.startswith("arn:") else self.id.lower()
