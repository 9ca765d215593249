"""A client of Resource Manager for a service principal: HTTPS, retries, long-running operations."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from azure.core import PipelineClient
from azure.core.credentials import AccessToken
from azure.core.pipeline.policies import BearerTokenCredentialPolicy, RetryPolicy, UserAgentPolicy
from azure.core.pipeline.transport import RequestsTransport
from azure.core.rest import HttpRequest, HttpResponse

from localcloud.engine.backend import Abandoned

METADATA_VERSION = "2022-09-01"
RETRIES = 3
SLOW_POLL = 30.0
"""Seconds between polls without a Retry-After: the official provider's default."""
REGISTRATION_VERSION = "2021-04-01"
REGISTRATION_POLLS = 20
FAILED_STATES = frozenset({"failed", "canceled"})
Document = dict[str, Any]
Client = PipelineClient[Any, Any]


@dataclass(frozen=True)
class Credentials:
    """A service principal and its default subscription."""

    tenant_id: str
    client_id: str
    client_secret: str = field(repr=False)
    subscription_id: str = ""


class ArmError(Exception):
    """An error of Resource Manager, in its own words. status: HTTP. code: its error code."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f'Status={status} Code="{code}" Message="{message}"')
        self.status = status
        self.code = code


class Arm:
    """One principal's connection. Safe to use from several threads."""

    def __init__(self, credentials: Credentials, arm_url: str, ca: str) -> None:
        """arm_url: Resource Manager's address. ca: the file with its certificate's authority."""
        self.credentials = credentials
        self._url = arm_url
        # This is the loopback: no proxy is used.
        transport = RequestsTransport(connection_verify=ca, use_env_settings=False)
        plain: Client = PipelineClient(
            arm_url, transport=transport, policies=[RetryPolicy(retry_total=RETRIES)]
        )
        response = plain.send_request(
            HttpRequest("GET", f"{arm_url}/metadata/endpoints", params={"api-version": METADATA_VERSION})
        )
        authentication = _content(response)["authentication"]
        self._login = _ClientSecret(credentials, plain, authentication["loginEndpoint"].rstrip("/"))
        self._scope = authentication["audiences"][0].rstrip("/") + "/.default"
        bearer = BearerTokenCredentialPolicy(self._login, self._scope)
        agent, retries = UserAgentPolicy("mayfly-engine"), RetryPolicy(retry_total=RETRIES)
        self._client: Client = PipelineClient(arm_url, transport=transport, policies=[agent, retries, bearer])

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def token(self) -> str:
        """The access token that requests carry."""
        return self._login.get_token(self._scope).token

    def get(self, path: str, api_version: str) -> Document | None:
        """Return a resource, or None."""
        response = self._send("GET", path, api_version)
        return None if response.status_code == 404 else _content(response)

    def put(self, path: str, api_version: str, body: Mapping[str, Any]) -> Started:
        """Start to make or change a resource."""
        return Started(self, self._send("PUT", path, api_version, body), path, api_version)

    def delete(self, path: str, api_version: str, stop: threading.Event) -> None:
        """Remove a resource and wait until it is gone. Absent is fine."""
        response = self._send("DELETE", path, api_version)
        if response.status_code != 404:
            Started(self, response, path, api_version).wait(stop)

    def poll(self, url: str | None, path: str, api_version: str) -> HttpResponse:
        """Poll an operation at its URL; without one, at the resource itself."""
        if url is None:
            return self._send("GET", path, api_version)
        response: HttpResponse = self._client.send_request(HttpRequest("GET", url))
        return response

    def _send(self, method: str, path: str, api_version: str, body: Any = None) -> HttpResponse:
        request = HttpRequest(method, self._url + quote(path), params={"api-version": api_version}, json=body)
        response: HttpResponse = self._client.send_request(request)
        if response.status_code == 409 and (namespace := _unregistered(response)):
            self._register(path, namespace)
            response = self._client.send_request(request)
        return response

    def _register(self, path: str, namespace: str) -> None:
        """Register the subscription, as the official provider does: azcore's registration policy."""
        where = f"{self._url}/{'/'.join(path.split('/')[1:3])}/providers/{namespace}"
        version = {"api-version": REGISTRATION_VERSION}
        _content(self._client.send_request(HttpRequest("POST", f"{where}/register", params=version)))
        for _ in range(REGISTRATION_POLLS):
            found = _content(self._client.send_request(HttpRequest("GET", where, params=version)))
            if found.get("registrationState") == "Registered":
                return
            time.sleep(SLOW_POLL / 2)


class Started:
    """An accepted request. document: its answer; the operation may go on."""

    def __init__(self, arm: Arm, response: HttpResponse, path: str, api_version: str) -> None:
        self.document = _content(response)
        self._arm = arm
        self._first = response
        self._path = path
        self._api_version = api_version

    def wait(self, stop: threading.Event) -> None:
        """Poll until it is done. Raises ArmError if it fails, Abandoned when `stop` is set."""
        operation = self._first.headers.get("azure-asyncoperation")
        url = operation or self._first.headers.get("location")
        deletes = self._first.request.method == "DELETE"
        response = self._first
        while _under_way(response) or (operation and response is self._first):
            if stop.wait(_delay(response)):
                raise Abandoned(f"no longer waiting for {self._path}")
            response = self._arm.poll(url, self._path, self._api_version)
            if deletes and response.status_code == 404:
                return


class _ClientSecret:
    """A token for a service principal by its secret (OAuth 2.0 client credentials)."""

    def __init__(self, credentials: Credentials, client: Client, endpoint: str) -> None:
        self._credentials = credentials
        self._client = client
        self._url = f"{endpoint}/{credentials.tenant_id}/oauth2/v2.0/token"

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        """Request a token. The pipeline caches it until shortly before its end."""
        form = {
            "grant_type": "client_credentials",
            "client_id": self._credentials.client_id,
            "client_secret": self._credentials.client_secret,
            "scope": " ".join(scopes),
        }
        content = _content(self._client.send_request(HttpRequest("POST", self._url, data=form)))
        return AccessToken(content["access_token"], int(time.time()) + int(content["expires_in"]))


def _content(response: HttpResponse) -> Document:
    """The body of a successful answer. Raises ArmError for any other."""
    try:
        document = response.json() if response.content else {}
    except ValueError:
        document = {}
    if response.status_code < 400 and isinstance(document, dict):
        return document
    error = document.get("error") if isinstance(document, dict) else None
    if isinstance(error, dict):
        raise ArmError(response.status_code, str(error.get("code")), str(error.get("message")))
    words = document.get("error_description") if isinstance(document, dict) else None
    raise ArmError(response.status_code, str(error or response.reason), str(words or response.text()))


def _unregistered(response: HttpResponse) -> str | None:
    """Return the namespace of a MissingSubscriptionRegistration error; None for another answer."""
    error = response.json().get("error") or {}
    named = re.search(r"namespace '([\w.]+)'", str(error.get("message")))
    return named[1] if named and error.get("code") == "MissingSubscriptionRegistration" else None


def _under_way(response: HttpResponse) -> bool:
    """Whether an operation goes on. Raises ArmError when it failed."""
    content = _content(response)
    properties = content.get("properties")
    inner = properties.get("provisioningState") if isinstance(properties, dict) else None
    state = content.get("status") or inner
    if isinstance(state, str) and state.lower() in FAILED_STATES:
        error = content.get("error") or {}
        raise ArmError(response.status_code, str(error.get("code", state)), str(error.get("message", state)))
    if isinstance(state, str):
        return state.lower() != "succeeded"
    return bool(response.status_code == 202)


def _delay(response: HttpResponse) -> float:
    """Return the seconds to wait. The official provider ignores a Retry-After below one."""
    try:
        seconds = float(response.headers.get("retry-after", ""))
    except ValueError:
        return SLOW_POLL
    return seconds if seconds >= 1 else SLOW_POLL
