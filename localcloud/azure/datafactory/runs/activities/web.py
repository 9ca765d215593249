"""WebActivity: call an endpoint of the local cloud, as the factory's identity."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from localcloud.azure.datafactory.runs import settings
from localcloud.azure.datafactory.runs.errors import ActivityError, not_supported
from localcloud.azure.datafactory.runs.frame import Step
from localcloud.azure.datafactory.runs.plane import Answer, NoSuchHost
from localcloud.azure.datafactory.runs.values import text

METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH")
CALL_FAILED = "2108"
USUAL_PAUSE = 1.0
"""Seconds between questions after an operation whose answer does not say how long to wait."""


def run(step: Step) -> dict[str, Any]:
    """Send one request. A status of 400 or more is a failure; the output has the status and the answer."""
    method, url = str(step.required("method")).upper(), str(step.required("url"))
    if method not in METHODS:
        raise ActivityError("2104", f"The method '{method}' is not one of {', '.join(METHODS)}.")
    headers = {name: text(value) for name, value in step.value("headers", default={}).items()}
    body = text(step.value("body")).encode()
    audience = _audience(step)
    step.stop.check()
    try:
        answer = step.flight.plane.send(method, url, audience=audience, headers=headers, body=body)
        while _unfinished(answer) and not step.value("turnOffAsync", default=False):
            step.stop.wait(float(answer.headers.get("retry-after") or USUAL_PAUSE))
            answer = step.flight.plane.send("GET", answer.headers["location"], audience=audience)
    except NoSuchHost as error:
        raise ActivityError(CALL_FAILED, f"Error calling the endpoint '{url}'. {error}") from None
    if answer.ok:
        return _output(answer)
    raise ActivityError(CALL_FAILED, _message(url, answer), output=_output(answer))


def _unfinished(answer: Answer) -> bool:
    """Whether the answer names an operation that goes on: it is then asked until it has ended."""
    return answer.status == HTTPStatus.ACCEPTED and "location" in answer.headers


def _audience(step: Step) -> str | None:
    authentication = step.value("authentication", default={})
    if not authentication:
        return None
    if authentication.get("type") != "MSI":
        raise not_supported(f"WebActivity with authentication of type '{authentication.get('type')}'")
    if authentication.get("credential"):
        raise not_supported("WebActivity with a user-assigned identity")
    settings.check("WebActivityAuthentication", authentication)
    if not authentication.get("resource"):
        raise ActivityError(
            "2103", "Please provide value for the required property 'resource' of authentication."
        )
    return str(authentication["resource"])


def _output(answer: Answer) -> dict[str, Any]:
    """Return the members of an answer that is a JSON object; else its text as `Response`."""
    try:
        parsed = json.loads(answer.body)
    except ValueError:
        parsed = answer.body.decode(errors="replace")
    members = parsed if isinstance(parsed, dict) else {"Response": parsed}
    headers = {name.title(): value for name, value in answer.headers.items()}
    return {**members, "ADFWebActivityResponseHeaders": headers, "statuscode": answer.status}


def _message(url: str, answer: Answer) -> str:
    try:
        phrase = HTTPStatus(answer.status).phrase
    except ValueError:
        phrase = "Unknown"
    details = answer.body.decode(errors="replace") or answer.headers.get("x-ms-error-code", "")
    return (
        f"Error calling the endpoint '{url}'. Response status code: '{answer.status} - {phrase}'. "
        f"More details: {details}"
    )
