"""Glue's Data Catalog: databases and tables. Its jobs and crawlers, which act as root, are not served.

What MiniStack lets through: IAM decides on a table, its database and the catalog, and of what is deleted on
all that is in it; lists have pages; a database that is not there has no list of tables.

Sources: AWS Glue Developer Guide, "Specifying AWS Glue resource ARNs"; its API reference, "GetTables".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from localcloud.aws.gate import emulator
from localcloud.aws.gate.current_request import RequestRefused, current_request

SERVICE = "glue"

OF_A_DATABASE: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "CreateDatabase": lambda asked: asked["DatabaseInput"]["Name"],
    "DeleteDatabase": lambda asked: asked["Name"],
    "GetDatabase": lambda asked: asked["Name"],
    "UpdateDatabase": lambda asked: asked["Name"],
}
OF_TABLES: Mapping[str, Callable[[Mapping[str, Any]], Sequence[Any]]] = {
    "BatchDeleteTable": lambda asked: asked["TablesToDelete"],
    "CreateTable": lambda asked: [asked["TableInput"]["Name"]],
    "DeleteTable": lambda asked: [asked["Name"]],
    "GetTable": lambda asked: [asked["Name"]],
    "GetTables": lambda asked: ["*"],
    "UpdateTable": lambda asked: [asked["TableInput"]["Name"]],
}
"""How an operation names its tables. Its database is in DatabaseName."""

LISTS = {"GetDatabases": "DatabaseList", "GetTables": "TableList"}
PAGE = 100


def install() -> None:
    """Put it before MiniStack's service."""
    handlers = emulator.app.SERVICE_HANDLERS
    handlers[SERVICE] = _paged(handlers[SERVICE])


def arns(body: bytes, region: str, account: str) -> list[str]:
    """Every ARN that IAM decides a request on. Raises RequestRefused for what is not served."""
    operation, asked = current_request().operation or "", _json(body)
    if asked.get("CatalogId", account) != account:
        raise RequestRefused(501, "NotImplemented", "The local AWS has the catalog of one account.")
    try:
        named = _named(operation, asked)
    except (KeyError, TypeError):
        raise RequestRefused(400, "InvalidInputException", f"{operation} names no database.") from None
    return [f"arn:aws:glue:{region}:{account}:{each}" for each in ("catalog", *named)]


def _named(operation: str, asked: Mapping[str, Any]) -> list[str]:
    if operation == "GetDatabases":
        return ["database/*"]
    if operation in OF_A_DATABASE:
        name = OF_A_DATABASE[operation](asked)
        below = ("table", "userDefinedFunction") if operation == "DeleteDatabase" else ()
        return [f"database/{name}", *(f"{kind}/{name}/*" for kind in below)]
    if operation in OF_TABLES:
        name = asked["DatabaseName"]
        return [f"database/{name}", *(f"table/{name}/{table}" for table in OF_TABLES[operation](asked))]
    raise RequestRefused(501, "NotImplemented", f"The local AWS does not serve {operation} of Glue.")


def _paged(handle: Any) -> Any:
    async def handle_request(method: str, path: str, headers: Any, body: bytes, query: Any) -> Any:
        operation, asked = current_request().operation or "", _json(body)
        if operation not in LISTS:
            return await handle(method, path, headers, body, query)
        if operation == "GetTables" and asked["DatabaseName"] not in emulator.glue._databases:
            wrong = {"__type": "EntityNotFoundException", "message": "Database not found."}
            return 400, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(wrong).encode()
        status, given, answer = await handle(method, path, headers, body, query)
        return status, given, json.dumps(_page(json.loads(answer), LISTS[operation], asked)).encode()

    return handle_request


def _page(answer: dict[str, Any], name: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    first, most = int(asked.get("NextToken") or 0), min(PAGE, asked.get("MaxResults") or PAGE)
    found = sorted(answer[name], key=lambda each: str(each["Name"]))
    more = {"NextToken": str(first + most)} if len(found) > first + most else {}
    return {name: found[first : first + most], **more}


def _json(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body or b"{}")
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
