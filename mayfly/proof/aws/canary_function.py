"""The canary's code: runs in a Lambda function with the environment's own role, and makes the given calls.

It returns what each call answered and judges nothing. The function holds this one file, so it imports
nothing of the project.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Call = Mapping[str, Any]
"""service, operation: as boto3 names them. arguments: of that operation."""

SKIPPED = "Skipped"
"""The code of a probe that was not made because it could do harm."""

clients: dict[str, Any] = {}


def handler(event: Mapping[str, Any], _context: object) -> dict[str, dict[str, Any]]:
    """Make each of `event["probes"]` in turn; return by its name `status`, `code` and `message`."""
    return {probe["name"]: tried(probe) for probe in event["probes"]}


def tried(probe: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answer to a probe. code: "" for success; `SKIPPED` if the call was not made."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        if (listing := probe.get("only_if_filled")) and not is_filled(listing):
            return answer(0, SKIPPED, "there is nothing in it that is seen")
        result = called(probe)
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return answer(status, error.response["Error"]["Code"], error.response["Error"].get("Message", ""))
    except BotoCoreError as error:
        return answer(0, type(error).__name__, str(error))
    status = result.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if errors := result.get("Errors"):  # DeleteObjects answers 200, and an error for each key
        return answer(status, errors[0]["Code"], errors[0].get("Message", ""))
    return answer(status, "", undone(probe, result))


def answer(status: int, code: str, message: str) -> dict[str, Any]:
    """Return an answer as JSON."""
    return {"status": status, "code": code, "message": message}


def called(call: Call) -> Mapping[str, Any]:
    """Return what an operation answers. Raises as boto3 does."""
    from botocore.config import Config

    service = call["service"]
    if service not in clients:
        import boto3

        make: Any = boto3.client
        clients[service] = make(service, config=Config(retries={"mode": "standard", "total_max_attempts": 2}))
    result: Mapping[str, Any] = getattr(clients[service], call["operation"])(**call["arguments"])
    return result


def undone(probe: Mapping[str, Any], result: Mapping[str, Any]) -> str:
    """Undo a call that should have failed; return what could not be undone, in words."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        for undo in probe.get("undo", ()):
            taken = {name: value_at(result, path) for name, path in undo.get("take", {}).items()}
            known = {name: value for name, value in taken.items() if value is not None}
            called({**undo, "arguments": {**undo["arguments"], **known}})
    except (BotoCoreError, ClientError) as error:
        return f"could not be undone: {error}"
    return ""


def value_at(result: Any, path: str) -> Any:
    """Return `"Deleted.0.VersionId"` of an answer; None if it has no such field."""
    for step in path.split("."):
        if isinstance(result, list):
            result = result[int(step)] if int(step) < len(result) else None
        else:
            result = (result or {}).get(step)
    return result


def is_filled(listing: Mapping[str, Any]) -> bool:
    """Return whether a listing shows an object; not if it is refused. listing: of ListObjectsV2."""
    from botocore.exceptions import ClientError

    try:
        found = called({"service": "s3", "operation": "list_objects_v2", "arguments": listing})
    except ClientError:
        return False
    return bool(found.get("KeyCount"))
