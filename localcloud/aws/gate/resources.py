"""The ARN that a request is decided on, where MiniStack makes another one than IAM does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from localcloud.aws.gate import emulator


def arn(
    service: str, path: str, body: bytes, parameters: Mapping[str, Any], region: str, account: str
) -> str | None:
    """The ARN; None where MiniStack's own is right."""
    if service == "iam":
        return _iam(parameters, account)
    if service == "s3":
        bucket, _, key = path.lstrip("/").partition("/")
        return f"arn:aws:s3:::{bucket}/{key}" if bucket and key else None
    if service == "lambda":
        return _function(path, body, region, account)
    if service == "scheduler":
        return _schedule(path, body, parameters, region, account)
    if service == "resource-groups":
        return _group(path, body, region, account)
    if service == "dynamodb":
        return _tagged_table(body)
    return None


def _iam(parameters: Mapping[str, Any], account: str) -> str | None:
    """With its path: of what is there by what it has, of what is being made by what it gets."""
    if name := _one(parameters, "RoleName"):
        return _entity("role", name, emulator.iam._roles.get(name), parameters, account)
    if name := _one(parameters, "UserName"):
        return _entity("user", name, emulator.iam._users.get(name), parameters, account)
    if name := _one(parameters, "PolicyName"):
        return None if "PolicyArn" in parameters else _entity("policy", name, None, parameters, account)
    return None


def _entity(kind: str, name: str, found: Any, parameters: Mapping[str, Any], account: str) -> str:
    if found:
        return str(found["Arn"])
    return f"arn:aws:iam::{account}:{kind}{_one(parameters, 'Path') or '/'}{name}"


def _function(path: str, body: bytes, region: str, account: str) -> str | None:
    """Of a function that is being made, whose name is in the body; of a layer's version, with its number."""
    parts = [unquote(part) for part in path.split("/") if part]
    if parts[1:2] == ["layers"] and parts[3:4] == ["versions"] and len(parts) > 4:
        layer = (
            parts[2] if parts[2].startswith("arn:") else f"arn:aws:lambda:{region}:{account}:layer:{parts[2]}"
        )
        return f"{layer}:{parts[4]}"
    name = _json(body).get("FunctionName") if path.rstrip("/").endswith("/functions") else None
    if not isinstance(name, str):
        return None
    if name.startswith("arn:"):
        return name
    return f"arn:aws:lambda:{region}:{account}:function:{name.rpartition('function:')[2]}"


def _schedule(path: str, body: bytes, parameters: Mapping[str, Any], region: str, account: str) -> str | None:
    """`schedule/<group>/<name>`; the group is in the query, or in the body of what is made or changed."""
    start, parts = f"arn:aws:scheduler:{region}:{account}:", [part for part in path.split("/") if part]
    if len(parts) == 2 and parts[0] == "schedules":
        group = _one(parameters, "groupName") or _json(body).get("GroupName") or "default"
        return f"{start}schedule/{group}/{unquote(parts[1])}"
    return unquote("/".join(parts[1:])) if len(parts) > 1 and parts[0] == "tags" else None


def _group(path: str, body: bytes, region: str, account: str) -> str | None:
    """Groups are named in the body, by name or by ARN; CreateGroup is decided on no group."""
    if path.startswith("/resources/") and path.endswith("/tags"):
        return unquote(path.removeprefix("/resources/").removesuffix("/tags"))
    content = _json(body)
    name = content.get("Group") or content.get("GroupName")
    if not name:
        return None
    return name if name.startswith("arn:") else f"arn:aws:resource-groups:{region}:{account}:group/{name}"


def _tagged_table(body: bytes) -> str | None:
    """The calls for tags name a table by its ARN, all others by its name."""
    found = _json(body).get("ResourceArn")
    return found if isinstance(found, str) else None


def _one(parameters: Mapping[str, Any], name: str) -> str:
    value = parameters.get(name, "")
    return str(value[0] if isinstance(value, list) else value)


def _json(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body or b"{}")
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
