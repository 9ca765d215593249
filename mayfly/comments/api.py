"""A platform's API over HTTPS: JSON in, JSON out, a token that goes nowhere else.

The standard library's client: a job that only comments needs no cloud's SDK.
"""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.message import Message
from http.client import HTTPException
from typing import Any, NoReturn

from mayfly.clouds.errors import CloudError
from mayfly.errors import BadInput, NotAllowed, NotSignedIn, Problem

TIMEOUT = 30.0
ATTEMPTS = 5
LONGEST_PAUSE = 60.0
"""Seconds that are waited at once; GitHub asks for a minute after too many writes ("secondary" limits)."""

BUSY = (0, 429, 502, 503, 504)
"""Statuses after which a call is made again; 0 where no answer came. What was written twice becomes
one at once, as always.
"""
MOST_PAGES = 1000
LARGEST_ANSWER = 64 * 1024 * 1024


class PlatformError(CloudError):
    """A call to a platform failed. hint: what is missing, as a rule. retry_after: seconds, as it says."""

    hint = ""
    retry_after: float | None = None

    def __str__(self) -> str:
        return f"{super().__str__()} ({self.hint})" if self.hint else super().__str__()


class Refused(PlatformError, NotAllowed):
    """The platform does not allow it."""


class Unsigned(PlatformError, NotSignedIn):
    """The platform does not take the token."""


@dataclass(frozen=True)
class Answer:
    """An answer of a platform. document: its JSON; None for an empty one."""

    status: int
    headers: Message
    document: Any


@dataclass
class Api:
    """One platform's API. base: its address without a slash at the end. headers: with the token.

    hint: what is missing, as a rule, where it answers 403 or 404. pause: waits that many seconds.
    """

    base: str
    headers: Mapping[str, str] = field(repr=False)
    hint: str
    pause: Callable[[float], object] = time.sleep

    def call(self, method: str, path: str, body: object = None, base: str = "") -> Answer:
        """Make a call. path: with its query. base: another address of the same platform.

        A busy platform is asked again, as late as it says. Raises PlatformError.
        """
        for attempt in range(ATTEMPTS):
            try:
                return self._send(method, f"{base or self.base}{path}", body)
            except PlatformError as error:
                wait = error.retry_after
                if attempt == ATTEMPTS - 1 or not (wait is not None or error.status in BUSY):
                    raise
                self.pause(min(2.0**attempt if wait is None else wait, LONGEST_PAUSE))
        raise AssertionError("unreachable")

    def pages(self, path: str, is_last: Callable[[Answer], bool]) -> Iterator[Any]:
        """Every item of a collection that is asked for page by page. path: with a query.

        Raises PlatformError, also for a collection without an end: what is missing of a list counts.
        """
        for page in range(1, MOST_PAGES + 1):
            answer = self.call("GET", f"{path}&per_page=100&page={page}")
            yield from answer.document
            if is_last(answer):
                return
        raise endless(path)

    def remove(self, path: str) -> None:
        """Delete something; absent is fine."""
        try:
            self.call("DELETE", path)
        except CloudError as error:
            if error.status != 404:
                raise

    def _send(self, method: str, url: str, body: object) -> Answer:
        content = None if body is None else json.dumps(body).encode()
        headers = {"User-Agent": "mayfly", "Content-Type": "application/json", **self.headers}
        request = urllib.request.Request(url, content, headers, method=method)  # noqa: S310 - the platform's
        operation = f"{method} {url.partition('?')[0]}"
        try:
            with _OPENER.open(request, timeout=TIMEOUT) as response:
                return _answer(response.status, response.headers, response.read(LARGEST_ANSWER), operation)
        except urllib.error.HTTPError as error:
            with error:
                self._raise(error, operation)
        except (OSError, HTTPException) as error:
            raise PlatformError(0, "NoAnswer", str(getattr(error, "reason", error)), "", operation) from None

    def _raise(self, error: urllib.error.HTTPError, operation: str) -> NoReturn:
        status, said = error.code, _said(error.read(LARGEST_ANSWER))
        request_id = next((error.headers[name] for name in REQUEST_IDS if name in error.headers), "")
        raising = {401: Unsigned, 403: Refused, 404: Refused}.get(status, PlatformError)
        raised = raising(status, str(status), said or str(error.reason), request_id, operation)
        if isinstance(raised, Refused):
            raised.hint = self.hint
        if (wait := error.headers.get("Retry-After", "")).isdigit():
            raised.retry_after = float(wait)
        raise raised


def endless(path: str) -> PlatformError:
    """The error for a collection that shows page after page."""
    return PlatformError(
        0, "TooManyPages", f"the list has no end after {MOST_PAGES} pages", "", f"GET {path}"
    )


REQUEST_IDS = ("x-github-request-id", "x-request-id", "x-vss-e2eid", "activityid")
"""Headers by which GitHub, GitLab and Azure DevOps name an answer."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Follows none: the standard library would take the token along to another host."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirects)


def _answer(status: int, headers: Message, content: bytes, operation: str) -> Answer:
    """Raise Unsigned for Azure DevOps' 203: a page to sign in on, where a token is not taken."""
    if status == 203:
        raise Unsigned(status, str(status), "the token is not taken", "", operation)
    try:
        return Answer(status, headers, json.loads(content) if content.strip() else None)
    except ValueError:
        raise PlatformError(status, "NotJson", "the answer is no JSON", "", operation) from None


def _said(content: bytes) -> str:
    """A platform's own words for an error: `message`, of GitLab also `error`."""
    try:
        document = json.loads(content)
    except ValueError:
        return ""
    if not isinstance(document, dict):
        return ""
    said = document.get("message") or document.get("error_description") or document.get("error") or ""
    return said if isinstance(said, str) else json.dumps(said)


def variables(environ: Mapping[str, str], names: Mapping[str, str]) -> list[str]:
    """Return the values of a pipeline's variables. names: variable → what it is, or how it comes there.

    Raises BadInput with each that is missing.
    """
    missing = [
        Problem(name, "is not set", what) for name, what in names.items() if not environ.get(name, "").strip()
    ]
    if missing:
        raise BadInput(missing)
    return [environ[name].strip() for name in names]
