"""Calls the cloud and tells what came of it. It stands alone: a function that is probed has it as its code.

Run outside, it asks with credentials that it is handed; inside a function, with those that it finds there.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import boto3
from botocore import xform_name
from botocore.awsrequest import AWSRequest
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

MODELS = "models"
"""The folder of the models that the function brings along: its own SDK may be older."""

AT_ONCE = 6
ACCOUNT_BEFORE = re.compile(r"//\d{12}\.")
CONFIG = Config(
    connect_timeout=5,
    read_timeout=20,
    retries={"total_max_attempts": 1},
    max_pool_connections=AT_ONCE,
    inject_host_prefix=False,  # an address has no names below it
    s3={"addressing_style": "path"},
)

Answer = tuple[int, str]
"""HTTP status, and the cloud's own code; 200 and nothing for any success."""


def handler(event: Mapping[str, Any], context: object) -> list[Answer]:
    """The function: makes the calls that are its event, as its own role."""
    os.environ["AWS_DATA_PATH"] = str(Path(__file__).parent / MODELS)
    return answers(boto3.Session(), event["calls"])


def answers(
    session: boto3.Session, calls: Iterable[Mapping[str, Any]], at_once: int = AT_ONCE, **options: Any
) -> list[Answer]:
    """Make calls, some at once; gives what came of each.

    session: whose credentials. calls: {"service", "operation", "arguments"} each. options: of the clients.
    """
    made = list(calls)
    services = sorted({call["service"] for call in made})
    clients = {name: client(session, name, **options) for name in services}
    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(lambda call: answer(clients[call["service"]], call), made))


def client(session: boto3.Session, service: str, **options: Any) -> BaseClient:
    """A client that asks the address it is given, not a name below that, as S3 Control's by itself does."""
    made: BaseClient = session.client(service, config=CONFIG, **options)  # type: ignore[call-overload]
    made.meta.events.register("before-sign.s3-control", _without_account)
    return made


def _without_account(request: AWSRequest, **kwargs: Any) -> None:
    request.url = ACCOUNT_BEFORE.sub("//", str(request.url))


def answer(asked: BaseClient, call: Mapping[str, Any]) -> Answer:
    """Make one call, and read nothing of what a success gives."""
    try:
        given = getattr(asked, xform_name(call["operation"]))(**call["arguments"])
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return status, error.response.get("Error", {}).get("Code", "")
    except BotoCoreError as error:
        return 0, type(error).__name__
    for part in given.values():
        with suppress(AttributeError):
            part.close()
    return 200, ""
