"""Functions of the provider: the caller's own identity, and a getter for each row of the table."""

from __future__ import annotations

import base64
import json

from localcloud.engine.azure_native import shape
from localcloud.engine.azure_native.configuration import Connection
from localcloud.engine.azure_native.table import ROWS
from localcloud.engine.values import Properties

GETTERS = {
    token.replace(f":{row.type.split(':')[1]}", f":get{row.type.split(':')[1]}"): row
    for token, row in ROWS.items()
}


def invoke(at: Connection, token: str, arguments: Properties) -> Properties:
    """Call a function by its token, such as `azure-native:storage:getStorageAccount`."""
    if token == "azure-native:authorization:getClientConfig":  # noqa: S105  # a Pulumi token
        return _client_config(at)
    row = GETTERS.get(token)
    if row is None:
        raise ValueError(f"the local provider server does not know the function {token}")
    path = shape.resource_id(row, arguments, at.subscription)
    document = at.arm.get(path, row.api_version)
    if document is None:
        raise ValueError(f'request failed {path}: Status=404 Code="ResourceNotFound"')
    return {"id": document.get("id", path), **shape.outputs(row, document)}


def _client_config(at: Connection) -> Properties:
    payload = at.arm.token().split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return {
        "clientId": at.arm.credentials.client_id,
        "objectId": claims["oid"],
        "subscriptionId": at.subscription,
        "tenantId": at.arm.credentials.tenant_id,
    }
