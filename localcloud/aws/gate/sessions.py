"""The credentials of a function or a schedule: a session of its role, with random secrets.

MiniStack derives the secrets from the function's name and role, which anybody who makes functions knows.
"""

from __future__ import annotations

import secrets
from typing import Any

from localcloud.aws.gate import emulator

_known: dict[tuple[str, str], dict[str, str]] = {}
_functions: dict[str, str] = {}


def install() -> None:
    """Change how MiniStack makes a function's credentials."""
    emulator.lambda_runtime.execution_credentials = credentials
    emulator.lambda_svc.execution_credentials = credentials


def credentials(config: dict[str, Any]) -> dict[str, str]:
    """Variables of a session of the function's role."""
    return of(config["Role"], config["FunctionArn"], config["FunctionName"][:64])


def function_of(key: str) -> str | None:
    """The ARN of the function that acts with an access key; None for a key of somebody else."""
    return _functions.get(key)


def of(role: str, holder: str, session: str) -> dict[str, str]:
    """Variables of a role's session; the same ones as long as its holder has that role.

    role, holder: ARNs. session: its name.
    """
    found = _known.setdefault((holder, role), _new())
    account, name = role.split(":")[4], role.rpartition("/")[2]
    role_id = (emulator.iam._roles.get(name) or {}).get("RoleId", name)
    record = {
        "Arn": f"arn:aws:sts::{account}:assumed-role/{name}/{session}",
        "UserId": f"{role_id}:{session}",
        "SecretAccessKey": found["AWS_SECRET_ACCESS_KEY"],
        "SessionToken": found["AWS_SESSION_TOKEN"],
    }
    if holder.startswith("arn:aws:lambda:"):
        _functions[found["AWS_ACCESS_KEY_ID"]] = holder
    emulator.sts.register_session(found["AWS_ACCESS_KEY_ID"], record)
    return found


def _new() -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": f"ASIA{secrets.token_hex(8).upper()}",
        "AWS_SECRET_ACCESS_KEY": secrets.token_urlsafe(30),
        "AWS_SESSION_TOKEN": secrets.token_urlsafe(60),
    }
