"""The local Azure: the variables of a shell that works in it, and the deployer's roles."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mayfly.errors import BadInput, Problem

if TYPE_CHECKING:
    from localcloud import Status
    from mayfly.clouds.azure.client import Azure

PROVIDER = "azure-native"
SOURCES = "containers"
GRANTED = "the deployer may give and revoke the reader role on {source}"

LEADING_ELSEWHERE = (
    "ARM_CLIENT_CERTIFICATE_PASSWORD",
    "ARM_CLIENT_CERTIFICATE_PATH",
    "ARM_ENVIRONMENT",
    "ARM_OIDC_REQUEST_TOKEN",
    "ARM_OIDC_REQUEST_URL",
    "ARM_OIDC_TOKEN",
    "ARM_OIDC_TOKEN_FILE_PATH",
    "ARM_USE_DEFAULT_AZURE_CREDENTIAL",
    "ARM_USE_MSI",
    "ARM_USE_OIDC",
    "AZURE_AUTHORITY_HOST",
    "AZURE_CLIENT_CERTIFICATE_PATH",
    "AZURE_ENVIRONMENT",
    "AZURE_FEDERATED_TOKEN_FILE",
)
"""Variables that would lead a tool to another Azure."""

SIGN_IN = tuple(
    f"{prefix}_{name}" for prefix in ("ARM", "AZURE") for name in ("TENANT_ID", "CLIENT_ID", "CLIENT_SECRET")
)
OWN = (*SIGN_IN, "ARM_SUBSCRIPTION_ID", "ARM_METADATA_HOSTNAME")
"""The variables that a shell gets; without a local Azure it gets none of them."""


def variables(status: Status, principal: str) -> dict[str, str]:
    """Return the variables of a principal's shell, as the official provider and SDKs read them."""
    from localcloud import NONPRODUCTION, TENANT

    credentials = json.loads(status.principals.read_text())[principal]
    sign_in = (TENANT, credentials["client_id"], credentials["client_secret"])
    return {
        **dict(zip(SIGN_IN, (*sign_in, *sign_in), strict=True)),
        "ARM_SUBSCRIPTION_ID": NONPRODUCTION,
        "ARM_METADATA_HOSTNAME": str(status.arm_url).removeprefix("https://"),
        **trusting(status.ca),
    }


def trusting(ca: Path) -> dict[str, str]:
    """Return variables that trust this authority only.

    A shell without a local Azure gets them too: after `az login` it would reach the real one.
    """
    return dict.fromkeys(("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"), str(ca))


def official(status: Status, principal: str) -> dict[str, str]:
    """Return the Pulumi configuration with which the official plugin reaches it.

    Source: azure-native's provider configuration; metadataHost alone decides where it signs in.
    """
    shell = variables(status, principal)
    return {
        "azure-native:metadataHost": shell["ARM_METADATA_HOSTNAME"],
        "azure-native:disableInstanceDiscovery": "true",
        "azure-native:tenantId": shell["ARM_TENANT_ID"],
        "azure-native:clientId": shell["ARM_CLIENT_ID"],
        "azure-native:subscriptionId": shell["ARM_SUBSCRIPTION_ID"],
    }


def admit_deployer(status: Status, root: Path, containers: Sequence[str]) -> None:
    """As the owner of both subscriptions, give the deployer its roles, through Resource Manager."""
    from localcloud import NONPRODUCTION
    from mayfly.clouds.azure.client import Azure

    os.environ.update(variables(status, "owner"))
    object_id = json.loads(status.principals.read_text())["deployer"]["object_id"]
    with Azure.from_environment(os.environ) as cloud:
        refuse_absent(cloud, containers)
        published = [group for group in infrastructure(root) if cloud.get(group) is not None]
        admit(cloud, object_id, NONPRODUCTION, containers, published)
        if janitor := json.loads(status.principals.read_text()).get("janitor"):
            admit_janitor(cloud, janitor["object_id"], NONPRODUCTION, containers)


def make_sources(status: Status, containers: Sequence[str]) -> None:
    """As the owner, make the containers that are not there, empty, with their accounts: they stand for
    production's.
    """
    from mayfly.clouds.azure.client import Azure
    from mayfly.naming.azure import ids

    os.environ.update(variables(status, "owner"))
    account = {"kind": "StorageV2", "sku": {"name": "Standard_LRS"}, "properties": {"isHnsEnabled": True}}
    with Azure.from_environment(os.environ) as cloud:
        for container in containers:
            id = ids.parse(container)
            group = f"/subscriptions/{id.subscription}/resourceGroups/{id.group}"
            for path, body in (
                (group, {}),
                (str(ids.account_of(id)), account),
                (container, {"properties": {}}),
            ):
                if cloud.get(path) is None:
                    place = {} if path == container else {"location": "westeurope"}
                    cloud.put(path, {**place, **body}, wait=False)


def infrastructure(root: Path) -> list[str]:
    """Return the groups of permanent environments whose infrastructure applications use. Raises BadInput."""
    from mayfly import naming, settings

    if not (root / "stacks" / "fabrics").is_dir():  # a project that is only begun
        return []
    found = [fabric for fabric in settings.fabrics(root).values() if isinstance(fabric, settings.AzureFabric)]
    used = {fabric.infrastructure for fabric in found}
    return [naming.azure.permanent_group(fabric) for fabric in found if fabric.name in used]


def admit(
    cloud: Azure,
    deployer: str,
    subscription: str,
    containers: Iterable[str],
    infrastructure: Iterable[str] = (),
) -> None:
    """Give the deployer its roles on its own subscription, on containers and on groups of production.

    cloud: as the owner. deployer: object id. infrastructure: ids of existing groups that it may read.
    Existing role assignments stay.
    """
    from mayfly.clouds.azure import permissions

    _give(cloud, deployer, permissions.deployer(subscription, containers, infrastructure))


def _give(cloud: Azure, principal: str, assignments: Iterable[Mapping[str, Any]]) -> None:
    """Make the role assignments that are not there. assignments: see `clouds.azure.permissions`."""
    for properties in assignments:
        content = json.dumps([principal, properties], sort_keys=True)
        name = uuid.uuid5(uuid.NAMESPACE_URL, content)
        id = f"{properties['scope']}/providers/Microsoft.Authorization/roleAssignments/{name}"
        if cloud.get(id) is None:
            sent = {key: value for key, value in properties.items() if key != "scope"}
            who = {"principalId": principal, "principalType": "ServicePrincipal"}
            cloud.put(id, {"properties": {**sent, **who}}, wait=False)


def admit_janitor(cloud: Azure, janitor: str, subscription: str, containers: Sequence[str]) -> None:
    """Make the janitor's custom roles, and give them to it. cloud: as the owner. janitor: object id."""
    from mayfly.clouds.azure import permissions

    for role in permissions.janitor_roles(subscription, containers):
        id = f"{role['scope']}/providers/Microsoft.Authorization/roleDefinitions/{role['name']}"
        sent = {key: value for key, value in role.items() if key not in ("name", "scope")}
        cloud.put(id, {"properties": sent}, wait=False)
    _give(cloud, janitor, permissions.janitor(subscription, containers))


def refuse_absent(cloud: Azure, containers: Iterable[str]) -> None:
    """Raise BadInput with each container that does not exist: no role can be given on it."""
    absent = [container for container in containers if cloud.get(container) is None]
    if absent:
        fix = "make it first, as its owner, or name another in stacks/variables"
        raise BadInput([Problem(container, "does not exist in the local cloud", fix) for container in absent])
