"""Resource Manager as six verbs on raw JSON: documents are sent unchanged.

azure-core's pipeline does the hard parts: retries with backoff that honour Retry-After (429, 503), bearer
tokens, long-running operations. Everything heavy is imported when the first call is made.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote, urlencode, urlsplit

from mayfly.clouds.azure.endpoints import Endpoints, discover
from mayfly.clouds.azure.errors import CloudError, from_exception, from_response
from mayfly.clouds.limiter import RateLimiter, seconds
from mayfly.errors import require

if TYPE_CHECKING:
    from azure.core import PipelineClient

    from mayfly.clouds.azure.credentials import Caller

Document = dict[str, Any]
Progress = Callable[[float, str], None]
"""Called once a second during a long operation: seconds since its start, the cloud's word for its state."""

# The versions that azure-native 3.29 sends, so that what it made and what we read agree.
API_VERSIONS = {
    "microsoft.resources": "2024-03-01",
    "microsoft.storage": "2024-01-01",
    "microsoft.datafactory": "2018-06-01",
    "microsoft.authorization": "2022-04-01",
    "microsoft.authorization/locks": "2020-05-01",
    "microsoft.authorization/roleassignmentsusagemetrics": "2019-08-01-preview",
    "microsoft.eventgrid": "2022-06-15",
    "microsoft.managedidentity": "2023-01-31",
}
POOL = 32
RETRIES = 6
LONGEST_BACKOFF = 60.0
LONGEST_CALL = 900.0
"""Seconds that one call may take, its retries and their pauses included; azure-core's own limit is a week."""

MOST_PAGES = 10_000
DEFAULT_POLL = 5.0
ENDED = frozenset({"succeeded", "failed", "canceled"})
LONGEST_OPERATION = 2 * 3600.0
SAFE = "/-._~!$'()*+,;=@"


class Azure:
    """One cloud, one caller, one pool of connections. Safe to share between threads."""

    def __init__(
        self,
        endpoints: Endpoints,
        credential: Any,
        transport: Any = None,
        limiter: RateLimiter | None = None,
    ) -> None:
        self.endpoints = endpoints
        self._credential = credential
        self._transport = transport
        self.limiter = limiter or RateLimiter()
        self.clock_ahead = timedelta()
        """By how much this machine's clock was ahead of the cloud's at its last answer."""
        self._lock = threading.Lock()

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], subscription: str = "") -> Self:
        """The cloud and the caller that the ARM_… variables name. Signs in at the first call.

        subscription: guid of the one that is worked in, for whose tenant `az login` is asked.
        """
        require("azure", "azure")
        from mayfly.clouds.azure.credentials import from_environment

        endpoints = discover(environ)
        return cls(endpoints, from_environment(environ, endpoints, subscription))

    def close(self) -> None:
        """Close the connections. A command line's process may end without; a test may not."""
        if "_pipeline_client" in vars(self):
            self._pipeline_client.close()
        close = getattr(self._credential, "close", None)
        if close is not None:
            close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    def caller(self) -> Caller:
        """Who the cloud takes us for. Signs in, where that has not been done. Raises CloudError."""
        from azure.core.exceptions import AzureError

        try:
            found: Caller = self._credential.caller(self.endpoints.scope)
        except AzureError as error:
            raise from_exception(error, "sign in") from error
        except ValueError as error:
            raise CloudError(0, "UnknownCaller", str(error), "", "sign in") from error
        return found

    def token_ends(self) -> float:
        """When the token that is used now ends, in seconds since 1970; it is renewed before."""
        return float(self._credential.get_token(self.endpoints.scope).expires_on)

    def get(self, id: str) -> Document | None:
        """The resource, or None when the cloud says 404."""
        response = self._send("GET", id, accept=(404,))
        return None if response.status_code == 404 else _document(response)

    def put(self, id: str, body: Document, *, wait: bool = True) -> Document:
        """Make or replace a resource; waits until a long-running operation has ended."""
        response = self._send("PUT", id, body=body)
        return self._settle(response, f"PUT {id}", None) if wait else _document(response)

    def patch(self, id: str, body: Document) -> Document:
        """Change a part of a resource, of a type whose changes are done at once."""
        return _document(self._send("PATCH", id, body=body))

    def delete(self, id: str, *, wait: bool = True, progress: Progress | None = None) -> bool:
        """Remove a resource. Absent is success. True when there was something to remove."""
        response = self._send("DELETE", id, accept=(404,))
        if response.status_code in (204, 404):
            return False
        if wait:
            self._settle(response, f"DELETE {id}", progress)
        return True

    def post(
        self,
        id: str,
        action: str,
        body: Document | None = None,
        query: Mapping[str, str] | None = None,
        *,
        again: bool = True,
    ) -> Document:
        """Run an action of a resource (`…/{id}/{action}`); waits for a long-running one.

        again: whether it is sent again when its answer is lost: not where it would be done twice.
        """
        response = self._send("POST", f"{id}/{action}", body=body, query=query, again=again)
        return self._settle(response, f"POST {id}/{action}", None)

    def list(self, path: str, filter: str | None = None, **query: str) -> Iterator[Document]:
        """Every item of a collection, page by page. filter: an OData `$filter`."""
        if filter is not None:
            query["$filter"] = filter
        page = _document(self._send("GET", path, query=query))
        yield from page.get("value", [])
        for _ in range(MOST_PAGES):
            if not (link := page.get("nextLink")):
                return
            page = _document(self._request("GET", link, f"GET {path}"))
            yield from page.get("value", [])
        raise CloudError(0, "TooManyPages", f"{path} has no end after {MOST_PAGES} pages")

    def _send(
        self,
        method: str,
        path: str,
        *,
        body: Document | None = None,
        query: Mapping[str, str] | None = None,
        accept: tuple[int, ...] = (),
        again: bool = True,
    ) -> Any:
        parameters = {"api-version": api_version(path), **(query or {})}
        asked = urlencode(parameters, quote_via=quote)
        url = f"{self.endpoints.resource_manager}{quote(path, safe=SAFE)}?{asked}"
        return self._request(method, url, f"{method} {path}", body, accept, again)

    def _request(
        self,
        method: str,
        url: str,
        operation: str,
        body: Document | None = None,
        accept: tuple[int, ...] = (),
        again: bool = True,
    ) -> Any:
        from azure.core.exceptions import AzureError
        from azure.core.rest import HttpRequest

        # The SDK sends no POST and no PATCH again whose answer is lost: it cannot know what they do.
        repeated: Any = {"retry_on_methods": {method}} if again else {}
        try:
            response = self._client.send_request(HttpRequest(method, url, json=body), **repeated)
        except AzureError as error:
            raise from_exception(error, operation) from error
        if response.status_code < 300:
            return response
        refusal = from_response(response, operation)
        if response.status_code in accept and refusal.tells_absence:
            return response
        raise refusal

    def _settle(self, response: Any, operation: str, progress: Progress | None) -> Document:
        """Wait for a long-running operation, polling as often as Retry-After allows; its final document."""
        if not _goes_on(response):
            return _document(response)
        from azure.core.exceptions import AzureError
        from azure.core.pipeline import PipelineResponse
        from azure.core.polling import LROPoller

        from mayfly.clouds.azure.polling import PatientPolling

        try:
            first: Any = PipelineResponse(response.request, response, None)  # type: ignore[arg-type]
            polling = PatientPolling(DEFAULT_POLL)
            poller = LROPoller(self._client, first, lambda last: last.http_response, polling)
            final = _await(poller, operation, progress)
        except AzureError as error:
            raise from_exception(error, operation) from error
        return {} if final is None else _document(final)

    def _before(self, request: Any) -> None:
        """Wait while the cloud wants nobody to ask. Send our token to no other host: the addresses of next
        pages and operations come from answers.
        """
        self.limiter.wait()
        asked = request.http_request.url
        if _origin(asked) != _origin(self.endpoints.resource_manager):
            what = f"the answer points to another host: {urlsplit(asked).netloc}"
            raise CloudError(0, "ForeignLink", what)

    def _after(self, response: Any) -> None:
        answer = response.http_response
        self.limiter.answered(answer.status_code, answer.headers)
        if "Retry-After" in answer.headers:  # azure-core would sleep for as long as it says, be it a day
            answer.headers["Retry-After"] = str(seconds(answer.headers["Retry-After"]))
        with suppress(ValueError, TypeError):  # some proxy's, or none
            told = parsedate_to_datetime(answer.headers.get("Date"))
            self.clock_ahead = datetime.now(UTC) - told

    @property
    def _client(self) -> PipelineClient[Any, Any]:
        with self._lock:
            return self._pipeline_client

    @cached_property
    def _pipeline_client(self) -> PipelineClient[Any, Any]:
        from azure.core import PipelineClient
        from azure.core.pipeline import policies

        chain = [
            policies.RequestIdPolicy(),
            policies.HeadersPolicy({"Accept": "application/json"}),
            policies.UserAgentPolicy("mayfly"),
            policies.RetryPolicy(
                retry_total=RETRIES,
                retry_status=RETRIES,
                retry_backoff_max=LONGEST_BACKOFF,
                timeout=LONGEST_CALL,
            ),
            policies.CustomHookPolicy(raw_request_hook=self._before, raw_response_hook=self._after),
            policies.BearerTokenCredentialPolicy(self._credential, self.endpoints.scope),
        ]
        transport = self._transport or _transport()
        return PipelineClient(self.endpoints.resource_manager, policies=chain, transport=transport)


def api_version(path: str) -> str:
    """The version to ask for, by the type that a path ends in. KeyError for a type we do not use.

    A namespace itself, `/subscriptions/{guid}/providers/{namespace}`, is Microsoft.Resources' to tell of.
    """
    _, found, after = path.lower().rpartition("/providers/")
    namespace, _, rest = after.partition("/") if found else ("microsoft.resources", "", "")
    if not rest:
        namespace = "microsoft.resources"
    return API_VERSIONS.get(f"{namespace}/{rest.split('/')[0]}") or API_VERSIONS[namespace]


def can_ask(path: str) -> bool:
    """Whether we know a version to ask for, so that `get` can be called."""
    try:
        return bool(api_version(path))
    except KeyError:
        return False


def _origin(url: str) -> tuple[str, str | None, int | None]:
    """Scheme, host and port; Resource Manager spells its own port out in some links."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else None)


def _transport() -> Any:
    import requests
    from azure.core.pipeline.transport import RequestsTransport
    from requests.adapters import HTTPAdapter

    session = requests.Session()
    session.mount("https://", HTTPAdapter(pool_connections=4, pool_maxsize=POOL))
    return RequestsTransport(session=session, connection_timeout=20, read_timeout=120)


def _document(response: Any) -> Document:
    if not response.content:
        return {}
    value = response.json()
    return value if isinstance(value, dict) else {"value": value}


def _goes_on(response: Any) -> bool:
    """Whether an answer announces an operation that is still running.

    Source: "Track asynchronous Azure operations": 202; or 200 and 201 with Azure-AsyncOperation, or with a
    provisioningState that is not a last one. A plain 201, as for a role assignment, is done.
    """
    if response.status_code == 202 or "Azure-AsyncOperation" in response.headers:
        return True
    properties = _document(response).get("properties")
    state = properties.get("provisioningState") if isinstance(properties, dict) else None
    return state is not None and str(state).lower() not in ENDED


def _await(poller: Any, operation: str, progress: Progress | None) -> Any:
    """The operation's last answer. The poller has its own thread, so progress is reported between polls."""
    started, tell = time.monotonic(), progress or (lambda _seconds, _state: None)
    while not poller.done():
        poller.wait(1.0)
        tell(time.monotonic() - started, poller.status())
        if time.monotonic() - started > LONGEST_OPERATION:
            raise CloudError(0, "StillRunning", "did not end in time; run it again to wait on", "", operation)
    tell(time.monotonic() - started, poller.status())
    return poller.result()
