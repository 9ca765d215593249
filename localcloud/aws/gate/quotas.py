"""How much of something the account may have. MiniStack refuses none of it, and knows no Service Quotas.

For tests, which change one by an administrative request: `PUT /_mayfly/quotas` with `{"roles": 12}`.
Sources: IAM User Guide, "IAM and AWS STS quotas"; AWS General Reference, "AWS Resource Groups endpoints and
quotas"; Service Quotas API Reference, "GetServiceQuota". What CreateGroup answers for one too many is not
documented; it names the request as bad.
"""

from __future__ import annotations

import json
from typing import Any

from localcloud.aws.gate import emulator

PATH = "/_mayfly/quotas"
SERVICE = "servicequotas"
TARGET = "ServiceQuotasV20190624"
GROUPS = ("resource-groups", "L-2BAA18A0")
"""Service and code of the one quota that Service Quotas is asked for."""

LIMITS = {"roles": 1000, "resource-groups": 100}


def change(body: bytes) -> None:
    """Take limits from an administrative request's body. Raises KeyError for an unknown one."""
    for name, limit in json.loads(body).items():
        if name not in LIMITS:
            raise KeyError(name)
        LIMITS[name] = int(limit)


def install() -> None:
    """Refuse what is one too many, and tell the limits."""
    handlers: dict[str, Any] = emulator.iam._IAM_HANDLERS
    handlers["CreateRole"] = _counted(handlers["CreateRole"])
    handlers["GetAccountSummary"] = _summary(handlers["GetAccountSummary"])
    services = emulator.app.SERVICE_HANDLERS
    services[GROUPS[0]] = _groups(services[GROUPS[0]])
    services[SERVICE] = _service_quotas
    emulator.router.SERVICE_PATTERNS[SERVICE] = {"target_prefixes": [TARGET], "credential_scope": SERVICE}
    emulator.actions.SERVICE_TO_IAM_NAMESPACE[SERVICE] = SERVICE


def _counted(answer: Any) -> Any:
    def create_role(parameters: Any) -> Any:
        name, limit = emulator.iam._p(parameters, "RoleName"), LIMITS["roles"]
        if name not in emulator.iam._roles and len(emulator.iam._roles) >= limit:
            text = f"Cannot exceed quota for RolesPerAccount: {limit}"
            return emulator.iam._error(409, "LimitExceeded", text, ns="iam")
        return answer(parameters)

    return create_role


def _summary(answer: Any) -> Any:
    """With the limit of roles as it is set."""

    def get_account_summary(parameters: Any) -> Any:
        status, headers, body = answer(parameters)
        told = "<key>RolesQuota</key><value>{}</value>"
        return (
            status,
            headers,
            body.replace(told.format(1000).encode(), told.format(LIMITS["roles"]).encode()),
        )

    return get_account_summary


def _groups(handle: Any) -> Any:
    async def handle_request(method: str, path: str, headers: Any, body: bytes, query: Any) -> Any:
        groups, limit = emulator.resource_groups._groups, LIMITS[GROUPS[0]]
        if path == "/groups" and json.loads(body or b"{}").get("Name") not in groups and len(groups) >= limit:
            return _json(
                400, {"Code": "BadRequestException", "Message": f"The limit of {limit} groups is reached."}
            )
        return await handle(method, path, headers, body, query)

    return handle_request


async def _service_quotas(method: str, path: str, headers: Any, body: bytes, query: Any) -> Any:
    operation, asked = headers.get("x-amz-target", "").rpartition(".")[2], json.loads(body or b"{}")
    if operation != "GetServiceQuota":
        return _json(501, {"__type": "NotImplemented", "message": f"The local AWS has no {operation}."})
    if (asked.get("ServiceCode"), asked.get("QuotaCode")) != GROUPS:
        return _json(400, {"__type": "NoSuchResourceException", "Message": "There is no such quota."})
    quota = {
        "ServiceCode": GROUPS[0],
        "ServiceName": "AWS Resource Groups",
        "QuotaCode": GROUPS[1],
        "QuotaName": "Resource groups per account",
        "Value": float(LIMITS[GROUPS[0]]),
        "Unit": "None",
        "Adjustable": True,
        "GlobalQuota": False,
    }
    return _json(200, {"Quota": quota})


def _json(status: int, content: Any) -> Any:
    return status, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(content).encode()
