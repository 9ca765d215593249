"""The open pull requests of a repository, as the three platforms list them, on 127.0.0.1.

Sources: GitHub's REST API, "List pull requests"; that of Azure DevOps 7.1, "Pull Requests - Get Pull
Requests"; GitLab's, "List project merge requests".
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "a-token-of-the-job"


@dataclass
class PullRequests:
    """open: the numbers. asked: the paths of requests. close_after: closes one after so many requests."""

    url: str = ""
    open: list[int] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    close_after: tuple[int, int] | None = None

    def answer(self, path: str, query: dict[str, list[str]], headers: Any) -> tuple[int, Any]:
        """The status and the document of a request."""
        self.asked.append(path)
        bearer = headers.get("Authorization") == f"Bearer {TOKEN}"
        if path == "/repos/ORG/REPO/pulls" and bearer and query["state"] == ["open"]:
            found: Any = [{"number": number} for number in self._page(query, "per_page", "page")]
        elif path.endswith("/PROJECT%20A/_apis/git/repositories/REPO-ID/pullrequests") and bearer:
            assert query["searchCriteria.status"] == ["active"]
            assert query["api-version"] == ["7.1"]
            top, skip = int(query["$top"][0]), int(query["$skip"][0])
            found = {"value": [{"pullRequestId": number} for number in self.open[skip : skip + top]]}
        elif path == "/projects/77/merge_requests" and headers.get("PRIVATE-TOKEN") == TOKEN:
            assert query["state"] == ["opened"]
            found = [{"iid": number, "id": number + 1000} for number in self._page(query, "per_page", "page")]
        else:
            return 401, {"message": "Bad credentials"}
        if self.close_after and len(self.asked) == self.close_after[0]:
            self.open.remove(self.close_after[1])
        return 200, found

    def _page(self, query: dict[str, list[str]], size: str, page: str) -> list[int]:
        assert int(query[size][0]) <= 100, "no platform gives more"
        first = int(query[size][0]) * (int(query[page][0]) - 1)
        return self.open[first : first + int(query[size][0])]


@contextmanager
def pull_requests(*numbers: int) -> Iterator[PullRequests]:
    """Serve them until this ends."""
    kept = PullRequests(open=[*numbers])

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            status, found = kept.answer(asked.path, parse_qs(asked.query), self.headers)
            content = json.dumps(found).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        kept.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield kept
        finally:
            server.shutdown()
            thread.join()
