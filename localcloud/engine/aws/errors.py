"""Errors of AWS, in the official provider's words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import ClientError


def code(error: ClientError) -> str:
    """Return the service's error code."""
    return str(error.response.get("Error", {}).get("Code", "Unknown"))


def message(error: ClientError) -> str:
    """Return the service's message."""
    return str(error.response.get("Error", {}).get("Message", ""))


@contextmanager
def unless(codes: frozenset[str]) -> Iterator[None]:
    """Ignore errors with these codes."""
    try:
        yield
    except ClientError as error:
        if code(error) not in codes:
            raise


def told(doing: str, service: str, error: ClientError) -> str:
    """Return the official provider's message: what was done, the request, the code, the service's message."""
    metadata = error.response.get("ResponseMetadata", {})
    request_id = metadata.get("RequestId", "")
    return (
        f"1 error occurred:\n\t* {doing}: operation error {service}: {error.operation_name}, "
        f"https response error StatusCode: {metadata.get('HTTPStatusCode', 0)}, RequestID: {request_id}, "
        f"api error {code(error)}: {message(error)}\n\n"
    )
