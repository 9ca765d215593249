"""The account's users: `owner`, who may do everything; `deployer` and `janitor` start without permissions."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

from localcloud.aws.gate import emulator
from localcloud.aws.gate.settings import Settings

NAMES = ("owner", "deployer", "janitor")
ADMINISTRATOR = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


async def ensure(settings: Settings) -> None:
    """Make the missing users, and write their credentials into a file that only its owner can read."""
    path = Path(settings.folder) / "principals.json"
    kept = json.loads(path.read_text()) if path.exists() else {}
    found = {name: await _user(name, kept.get(name)) for name in NAMES}
    if found != kept:
        _write(path, json.dumps(found))


async def _user(name: str, kept: dict[str, str] | None) -> dict[str, str]:
    """The credentials of a user. MiniStack loses users and keys when it is killed."""
    if kept and emulator.iam._access_keys.get(kept["access_key_id"]):
        return kept
    if not emulator.iam._users.get(name):
        await _ask("CreateUser", UserName=name)
    if name == "owner":
        document = json.dumps(ADMINISTRATOR)
        await _ask("PutUserPolicy", UserName=name, PolicyName="administrator", PolicyDocument=document)
    key = await _ask("CreateAccessKey", UserName=name)
    return {
        "access_key_id": _text(key, "AccessKeyId"),
        "secret_access_key": _text(key, "SecretAccessKey"),
        "arn": _text(await _ask("GetUser", UserName=name), "Arn"),
    }


async def _ask(action: str, **parameters: str) -> ElementTree.Element:
    """Call IAM inside this process, without credentials."""
    body = urlencode({"Action": action, **parameters}).encode()
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer: tuple[int, Any, bytes] = await emulator.iam.handle_request("POST", "/", headers, body, {})
    if answer[0] != 200:
        raise RuntimeError(f"{action} {parameters}: {answer[2].decode()}")
    return ElementTree.fromstring(answer[2])  # noqa: S314 - made in this process


def _text(element: ElementTree.Element, name: str) -> str:
    return next(found.text or "" for found in element.iter() if found.tag.rsplit("}", 1)[-1] == name)


def _write(path: Path, text: str) -> None:
    draft = path.with_suffix(".draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)
