"""The firewall of a storage account: whether it lets a data factory in.

Source: "Configure Azure Storage firewalls and virtual networks": with a default of Deny, and with public
access disabled, Azure's trusted services still come in where `bypass` names AzureServices, Data Factory with
its managed identity among them; so do the resource instances that a rule names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from mayfly.errors import Problem

FIX = (
    "have its owner allow trusted Azure services, or this factory as a resource instance"
    " (Microsoft.DataFactory/factories); private endpoints are not supported"
)


def problems(where: str, account: Mapping[str, Any], factory: str) -> Iterator[Problem]:
    """Yield what keeps a factory out of an account.

    where: what needs it. account: its document. factory: resource id of the factory.
    """
    properties = account.get("properties", {})
    rules = properties.get("networkAcls") or {}
    disabled = properties.get("publicNetworkAccess") == "Disabled"
    denied = rules.get("defaultAction") == "Deny"
    trusted = [name.strip() for name in str(rules.get("bypass") or "").split(",")]
    # A rule may say `*` for groups and names.
    patterns = [str(rule.get("resourceId", "")).lower() for rule in rules.get("resourceAccessRules") or []]
    named = any(fnmatchcase(factory.lower(), pattern) for pattern in patterns)
    if not (disabled or denied) or "AzureServices" in trusted or named:
        return
    name = account.get("name", "")
    what = f"the account {name} has its public network access disabled"
    if not disabled:
        what = f"the firewall of the account {name} denies what no rule allows"
        if rules.get("ipRules"):
            what += ", and its rules for addresses do not hold for services of the same region"
    yield Problem(where, f"{what}: the factory could not read it", FIX)
