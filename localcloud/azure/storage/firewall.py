"""The firewall of a storage account: who may reach its data at all, before any role is asked for.

Source: "Configure Azure Storage firewalls and virtual networks". Rules for addresses and networks are kept
and admit nobody here: all clients come from the loopback, which no rule can name.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

from localcloud.azure.core.errors import CloudError
from localcloud.azure.core.store import Document

TRUSTED = "/providers/microsoft.datafactory/factories/"
ACTIONS = ("Allow", "Deny")
BYPASSES = frozenset({"None", "Logging", "Metrics", "AzureServices"})


def check(rules: dict[str, Any]) -> None:
    """Raise 400 for rules that are none."""
    bypass = {name.strip() for name in str(rules.get("bypass") or "AzureServices").split(",")}
    if rules.get("defaultAction", "Allow") not in ACTIONS or not bypass <= BYPASSES:
        text = "Values for request parameters are invalid: networkAcls."
        raise CloudError(400, "InvalidValuesForRequestParameters", text)


def closed(account: Document) -> bool:
    """Whether it is not open to all."""
    properties = account["properties"]
    denied = (properties.get("networkAcls") or {}).get("defaultAction", "Allow") == "Deny"
    return bool(denied or properties.get("publicNetworkAccess") == "Disabled")


def admits(account: Document, resource: str | None) -> bool:
    """Whether one that is closed lets a caller in.

    resource: id of the resource whose identity it is, None for other callers. A data factory is a trusted
    service, by its managed identity; other resources come in by a rule that names them.
    """
    if resource is None:
        return False
    rules = account["properties"].get("networkAcls") or {}
    trusts = "AzureServices" in [name.strip() for name in str(rules.get("bypass") or "").split(",")]
    named = [str(rule.get("resourceId", "")).lower() for rule in rules.get("resourceAccessRules") or []]
    return (trusts and TRUSTED in resource.lower()) or any(
        fnmatchcase(resource.lower(), pattern) for pattern in named
    )
