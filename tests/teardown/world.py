"""Production's lake and an environment on the local Azure, as teardown finds them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcloud.azure.core.ids import NONPRODUCTION, PRODUCTION, TENANT
from mayfly import naming
from mayfly.clouds.azure import Azure, grants, permissions
from mayfly.errors import MayflyError
from mayfly.teardown import TeardownTarget
from mayfly.teardown.azure import Teardown
from mayfly.teardown.stack import Claim
from tests.support.azure_in_process import LocalServer, environment, local_server

LAKE = f"/subscriptions/{PRODUCTION}/resourceGroups/lake"
LAKE_ACCOUNT = f"{LAKE}/providers/Microsoft.Storage/storageAccounts/mayflylake"
CONTAINER = f"{LAKE_ACCOUNT}/blobServices/default/containers/flights"
SUBSCRIPTION = f"/subscriptions/{NONPRODUCTION}"
GROUP = f"{SUBSCRIPTION}/resourceGroups/qa-7-flights"
ACCOUNT = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/qa7flights"
FACTORY = f"{GROUP}/providers/Microsoft.DataFactory/factories/qa-7-flights"
OURS = {"managed-by": "mayfly", "mayfly-env": "qa-7", "mayfly-project": "mayfly"}
IDENTITY = naming.azure.identity("mayfly", "qa-7", NONPRODUCTION)
SOURCE = {"mayfly-source-lake": f"{PRODUCTION}/lake/mayflylake/flights"}
ROLES = "/providers/Microsoft.Authorization/roleDefinitions"


@dataclass
class FakeStack:
    """Pulumi's part, without Pulumi: it has a stack whose state names `state`, or has none."""

    state: tuple[Claim, ...] | None = None
    settles: Callable[[], None] = lambda: None
    reads: Callable[[], None] = lambda: None
    removes: Callable[[], None] = lambda: None
    removed: bool = False

    def settle(self) -> None:
        self.settles()

    def claims(self) -> tuple[Claim, ...] | None:
        self.reads()
        return self.state

    def remove(self) -> None:
        self.removes()
        self.removed = True


@dataclass
class World:
    """The local Azure, its owner and its deployer."""

    server: LocalServer
    owner: Azure
    deployer: Azure

    def build(self, tags: Mapping[str, str] | None = None) -> str:
        """The environment qa-7 with a grant on the lake; the object id of its identity."""
        common = {"location": "westeurope", "tags": OURS}
        self.owner.put(
            GROUP, {**common, "tags": {**OURS, **SOURCE} if tags is None else dict(tags)}, wait=False
        )
        account = {**common, "kind": "StorageV2", "sku": {"name": "Standard_LRS"}, "properties": {}}
        self.owner.put(ACCOUNT, account, wait=False)
        factory = {**common, "identity": {"type": "SystemAssigned"}, "properties": {}}
        principal = str(self.owner.put(FACTORY, factory, wait=False)["identity"]["principalId"])
        self.grant(principal)
        return principal

    def grant(self, principal: str, description: str = grants.description(IDENTITY)) -> str:
        """The reader role on the lake, given by the deployer."""
        return self.role(
            principal, permissions.STORAGE_BLOB_DATA_READER, CONTAINER, self.deployer, description
        )

    def role(
        self, principal: str, role: str, scope: str, giver: Azure | None = None, description: str = ""
    ) -> str:
        """A role at a scope, given by the owner if nobody else is named; the assignment's id."""
        definition = f"{'/'.join(scope.split('/')[:3])}{ROLES}/{role}"
        id = f"{scope}/{grants.ASSIGNMENTS}/{uuid.uuid4()}"
        who = {"principalId": principal, "principalType": "ServicePrincipal"}
        properties = {"roleDefinitionId": definition, "description": description, **who}
        (giver or self.owner).put(id, {"properties": properties}, wait=False)
        return id

    def lock(self, scope: str) -> str:
        """A CanNotDelete lock."""
        id = f"{scope}/providers/Microsoft.Authorization/locks/keep"
        self.owner.put(id, {"properties": {"level": "CanNotDelete"}}, wait=False)
        return id

    def teardown(self, stack: FakeStack | None = None, **request: Any) -> Teardown:
        """A teardown by the deployer, of qa-7."""
        asked = {"sources": (CONTAINER,), **request}
        wanted = TeardownTarget("qa-7", "mayfly", "azure", (NONPRODUCTION,), "qa-7-flights", **asked)
        return Teardown(self.deployer, stack or FakeStack(), wanted, say=lambda _: None, pause=lambda _: None)

    def requests(self, *methods: str) -> list[str]:
        """What the deployer asked for so far, by method."""
        return [
            f"{entry['method']} {entry['path']}"
            for entry in self.server.log()
            if entry["method"] in methods and entry["principal"] == "deployer"
        ]


def fails(message: str) -> Callable[[], None]:
    def act() -> None:
        raise MayflyError(message)

    return act


@contextmanager
def open_world(folder: Path, delete_delay: float = 0.0) -> Iterator[World]:
    """A lake of production, its owner, and the deployer with its documented roles.

    delete_delay: seconds that a group takes to go.
    """
    with (
        local_server(folder, delete_delay=delete_delay) as local,
        environment(local.environment),
        caller(local, "owner") as owner,
        caller(local, "deployer") as deployer,
    ):
        found = World(local, owner, deployer)
        build_lake(found)
        yield found


def caller(server: LocalServer, name: str) -> Azure:
    principal = server.principal(name)
    secret = server.secrets[principal.client_id]
    who = {"ARM_TENANT_ID": TENANT, "ARM_CLIENT_ID": principal.client_id, "ARM_CLIENT_SECRET": secret}
    return Azure.from_environment({**server.environment, **who})


def build_lake(world: World) -> None:
    """Production's container, and the deployer's documented roles on it."""
    world.owner.put(LAKE, {"location": "westeurope"}, wait=False)
    account = {
        "location": "westeurope",
        "kind": "StorageV2",
        "sku": {"name": "Standard_LRS"},
        "properties": {},
    }
    world.owner.put(LAKE_ACCOUNT, account, wait=False)
    world.owner.put(CONTAINER, {"properties": {}}, wait=False)
    deployer = world.server.principal("deployer").object_id
    for properties in permissions.deployer(NONPRODUCTION, [CONTAINER]):
        sent = {name: value for name, value in properties.items() if name != "scope"}
        id = f"{properties['scope']}/{grants.ASSIGNMENTS}/{uuid.uuid4()}"
        who = {"principalId": deployer, "principalType": "ServicePrincipal"}
        world.owner.put(id, {"properties": {**sent, **who}}, wait=False)
