"""Azure, as a smoke run asks it beside the verbs."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from mayfly import naming
from mayfly.clouds.azure import Azure, CloudError, permissions
from mayfly.clouds.azure.client import Document
from mayfly.settings import EnvironmentSettings
from smoke.place import Try

ASSIGNMENTS = "providers/Microsoft.Authorization/roleAssignments"
TRIGGER = "smoke_event"

STRANGER = "00000000-0000-4000-8000-00000000dead"
"""An object id that no principal has: who lacks the right is refused before it is looked up."""


@dataclass
class AzurePlace:
    """A subscription and its sources. settings: of an environment, by its name."""

    deployer: Mapping[str, str]
    owner: Mapping[str, str]
    settings: Callable[[str], EnvironmentSettings]
    first: str

    run = ("flights", "--param", "months=[1]")

    def who(self) -> tuple[str, str]:
        """Object ids."""
        return self._deployer.caller().object_id, self._owner.caller().object_id

    def forbidden(self) -> Sequence[Try]:
        """Roles that the deployer may not give, and a source that it may not write."""
        source = self._sources[0]
        return [
            self._give(
                "give a user the reader's role",
                source,
                permissions.STORAGE_BLOB_DATA_READER,
                "User",
            ),
            self._give("give Contributor on a source", source, permissions.CONTRIBUTOR, "ServicePrincipal"),
            self._give(
                "give a writer's role",
                source,
                permissions.STORAGE_BLOB_DATA_CONTRIBUTOR,
                "ServicePrincipal",
            ),
            self._try("delete a source", lambda: self._deployer.delete(f"{source}-smoke")),
        ]

    @contextmanager
    def widened(self, environment: str) -> Iterator[str]:
        """The factory's identity may write to the first source."""
        scope, role = self._sources[0], permissions.STORAGE_BLOB_DATA_CONTRIBUTOR
        id = self._assign(self._owner, scope, role, self._principal(environment), "ServicePrincipal")
        try:
            yield f"{environment}'s identity was given Storage Blob Data Contributor on {scope}"
        finally:
            self._owner.delete(id)

    def drifted(self, environment: str) -> str:
        """The group's owner tag."""
        group = self._group(environment)
        found = self._owner.get(group) or {}
        self._owner.put(
            group, {"location": found["location"], "tags": {**found["tags"], "mayfly-owner": "smoke"}}
        )
        return f"the tag mayfly-owner of {group} was changed"

    def lost(self, environment: str) -> str:
        """The group is deleted as by the portal: its grant on production stays, for a dead principal."""
        group = self._group(environment)
        self._owner.delete(group)
        return f"{group} was deleted by its owner"

    def production(self) -> Mapping[str, object]:
        """Role assignments at each source."""
        return {
            source: sorted(item["id"].lower() for item in self._owner.list(f"{source}/{ASSIGNMENTS}"))
            for source in self._sources
        }

    def left(self, environments: Sequence[str]) -> Sequence[str]:
        """Groups that are still there."""
        return [group for environment in environments if self._owner.get(group := self._group(environment))]

    def denied(self, minutes: float) -> str:
        """The activity log's failures; it comes some minutes late."""
        return (
            "look at the activity log, which comes some minutes late: az monitor activity-log list"
            f" --offset {minutes:.0f}m --status Failed --subscription {self._subscription}"
        )

    def workload(self, folder: str) -> str | None:
        """An event trigger in the copy."""
        pipeline = {"pipelineReference": {"referenceName": self.run[0], "type": "PipelineReference"}}
        trigger = {
            "name": TRIGGER,
            "properties": {
                "type": "BlobEventsTrigger",
                "pipelines": [pipeline],
                "typeProperties": {
                    "scope": self._sources[0].partition("/blobServices")[0],
                    "events": ["Microsoft.Storage.BlobCreated"],
                    "blobPathBeginsWith": "/flights/blobs/",
                },
            },
        }
        Path(folder, "factory", "trigger", f"{TRIGGER}.json").write_text(json.dumps(trigger, indent=2))
        return TRIGGER

    def _give(self, what: str, scope: str, role: str, kind: str) -> Try:
        def give() -> None:
            id = self._assign(self._deployer, scope, role, STRANGER, kind)
            with suppress(CloudError):
                self._owner.delete(id)

        return self._try(what, give)

    @staticmethod
    def _try(what: str, call: Callable[[], object]) -> Try:
        try:
            call()
        except CloudError as error:
            return Try(what, str(error), error.status == 403)
        return Try(what, "", False)

    def _assign(self, cloud: Azure, scope: str, role: str, principal: str, kind: str) -> str:
        id = f"{scope}/{ASSIGNMENTS}/{uuid.uuid4()}"
        subscription = scope.split("/")[2]
        definition = f"/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}"
        cloud.put(
            id,
            {"properties": {"roleDefinitionId": definition, "principalId": principal, "principalType": kind}},
        )
        return id

    def _principal(self, environment: str) -> str:
        factory = f"{self._group(environment)}/providers/Microsoft.DataFactory/factories"
        found: list[Document] = [*self._owner.list(factory)]
        principal: Any = found[0]["identity"]["principalId"]
        return str(principal)

    def _group(self, environment: str) -> str:
        wanted = self.settings(environment)
        return f"/subscriptions/{self._subscription}/resourceGroups/{naming.azure.names(wanted).group}"

    @cached_property
    def _sources(self) -> list[str]:
        return [*self.settings(self.first).variables.granted.values()]

    @cached_property
    def _subscription(self) -> str:
        return self.settings(self.first).azure.subscription

    @cached_property
    def _deployer(self) -> Azure:
        return Azure.from_environment(self.deployer, self._subscription)

    @cached_property
    def _owner(self) -> Azure:
        return Azure.from_environment(self.owner, self._subscription)
