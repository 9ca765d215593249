"""What exists in a cloud, as teardowns, listings and receipts name it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from mayfly.naming.tagging import ENVIRONMENT, MANAGED_BY, MAYFLY, PROJECT


class Thing(BaseModel):
    """Something that exists in a cloud."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    id: str
    """The cloud's own id."""
    type: str
    """The cloud's own type."""
    detail: str = ""
    """Who or what it is about, in words."""

    @property
    def key(self) -> str:
        """What two sights of one thing share: Azure's ids are case-insensitive, ARNs are not."""
        return self.id if self.id.startswith("arn:") else self.id.lower()


@dataclass(frozen=True, kw_only=True)
class EnvironmentGroup:
    """The group of an environment, by whose tags it is listed, as its own GET shows it.

    id: the cloud's own.
    """

    id: str
    name: str
    tags: Mapping[str, str]

    @property
    def environment(self) -> str | None:
        """The environment whose marker it carries; None for a group that is not ours."""
        return self.tags.get(ENVIRONMENT) if self.tags.get(MANAGED_BY) == MAYFLY else None

    @property
    def project(self) -> str | None:
        """The project whose environment it is; another one's may have the same name."""
        return self.tags.get(PROJECT)

    @property
    def deleting(self) -> bool:
        """Whether it is on its way out, where the cloud has such a state."""
        return False

    def is_of(self, project: str, environment: str) -> bool:
        """Whether it carries the marker of this very environment."""
        return self.environment == environment and self.project == project
