"""GitHub, Azure DevOps and GitLab in this process, as far as comments on one pull request go.

The shapes are those of their documentation: "REST API endpoints for issue comments" (GitHub, 2022-11-28),
"Pull Request Threads" and "Pull Request Thread Comments" (Azure DevOps, 7.1), "Notes API" (GitLab, v4).
Each is as strict as it is documented, or was seen by others in public threads, to be.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN, READS_ALONE = "the-token", "reads-alone"
OURS, THEIRS = "ours", "theirs"
AT = "2026-11-21T20:00:00Z"
REPOSITORY = "3411ebc1-d5aa-464f-9615-0b527bc66719"


@dataclass
class Request:
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any


@dataclass
class Reply:
    status: int
    document: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


NO_ANSWER = Reply(0)
"""What is asked for is done, and the connection ends."""


@dataclass
class Entry:
    """A comment. id: of the thread as well, on Azure DevOps."""

    id: int
    author: str
    body: str
    is_deleted: bool = False


class Forge:
    """One platform with one pull request that has comments.

    answers: what is answered in place of the next calls whose method and path match. when_listed: called
    after each list was made up, before it is answered. log: every request. numbers: of what is open.
    closed: of the rest.
    """

    name: str
    limit: int

    def __init__(self, number: int = 7) -> None:
        self.number = number
        self.entries: list[Entry] = []
        self.answers: list[tuple[str, str, Reply]] = []
        self.when_listed: Callable[[], object] = lambda: None
        self.log: list[Request] = []
        self.numbers = [number]
        self.closed = [3]
        self.lock = threading.Lock()
        self.base = ""

    def add(self, author: str, body: str) -> Entry:
        """Write a comment, as somebody."""
        with self.lock:
            entry = Entry(len(self.entries) + 1, author, body)
            self.entries.append(entry)
            return entry

    @property
    def there(self) -> list[tuple[str, str]]:
        """Author and body of every comment that is there."""
        return [(entry.author, entry.body) for entry in self.entries if not entry.is_deleted]

    def calls(self, *methods: str) -> list[str]:
        """What was asked for, by method."""
        return [request.method for request in self.log if request.method in methods]

    def page(self, request: Request, default: int) -> list[int]:
        """The numbers on a page, of which none has more than 100."""
        page, size = (
            int(request.query.get("page", 1)),
            min(int(request.query.get("per_page", default)), 100),
        )
        found = self.shown(request.query["state"] == "all")[(page - 1) * size : page * size]
        self.when_listed()
        return found

    def shown(self, all: bool) -> list[int]:
        """The numbers that a list has."""
        return [*self.numbers, *self.closed] if all else self.numbers

    def find(self, id: int) -> Entry | None:
        return next((each for each in self.entries if each.id == id and not each.is_deleted), None)

    def answer(self, request: Request) -> Reply:
        """Answer a request: what was prepared for it, a refusal, or what it asks for."""
        with self.lock:
            self.log.append(request)
            fitting = (
                one for one in self.answers if one[0] == request.method and re.search(one[1], request.path)
            )
            prepared = next(fitting, None)
            if prepared:
                self.answers.remove(prepared)
        if prepared and prepared[2] is not NO_ANSWER:
            return prepared[2]
        done = self.done(request)
        return NO_ANSWER if prepared else done

    def done(self, request: Request) -> Reply:
        who = self.token(request)
        if who not in (TOKEN, READS_ALONE):
            return self.unsigned()
        writes = request.method != "GET" and not request.path.endswith("graphql")
        return self.refused() if writes and who == READS_ALONE else self.reply(request)

    def environment(self, folder: Path, token: str = TOKEN) -> dict[str, str]:
        """A pipeline's variables."""
        raise NotImplementedError

    def token(self, request: Request) -> str:
        return request.headers.get("authorization", "").removeprefix("Bearer ")

    def unsigned(self) -> Reply:
        raise NotImplementedError

    def refused(self) -> Reply:
        raise NotImplementedError

    def reply(self, request: Request) -> Reply:
        raise NotImplementedError


class GitHub(Forge):
    name, limit = "github", 65_536

    def environment(self, folder: Path, token: str = TOKEN) -> dict[str, str]:
        event = folder / "event.json"
        event.write_text(
            json.dumps(
                {"action": "synchronize", "number": self.number, "pull_request": {"number": self.number}}
            )
        )
        return {
            "GITHUB_TOKEN": token,
            "GITHUB_REPOSITORY": "acme/flights",
            "GITHUB_API_URL": self.base,
            "GITHUB_GRAPHQL_URL": f"{self.base}/graphql",
            "GITHUB_EVENT_PATH": str(event),
        }

    def unsigned(self) -> Reply:
        said = {
            "message": "Bad credentials",
            "documentation_url": "https://docs.github.com/rest",
            "status": "401",
        }
        return Reply(401, said)

    def refused(self) -> Reply:
        said = {"message": "Resource not accessible by integration", "status": "403"}
        return Reply(403, said, {"X-GitHub-Request-Id": "C0DE:1"})

    def reply(self, request: Request) -> Reply:
        assert request.headers.get("user-agent"), "GitHub refuses a request without one"
        comments = f"/repos/acme/flights/issues/{self.number}/comments"
        if (request.method, request.path) == ("GET", "/repos/acme/flights/pulls"):
            assert request.query["state"] in ("open", "all")
            shown = [{"number": number, "id": number + 1000} for number in self.page(request, 30)]
            more = len(self.numbers) > 100 * int(request.query.get("page", 1))
            link = {"Link": f'<{self.base}/repositories/1/pulls?page=2>; rel="next"'} if more else {}
            return Reply(200, shown, link)
        if (request.method, request.path) == ("POST", "/graphql"):
            assert request.body == {"query": "query { viewer { login } }"}
            return Reply(200, {"data": {"viewer": {"login": "github-actions[bot]"}}})
        if (request.method, request.path) == ("GET", comments):
            shown = [self.document(entry) for entry in self.entries if not entry.is_deleted]
            page, size = int(request.query.get("page", 1)), min(int(request.query.get("per_page", 30)), 100)
            self.when_listed()
            rest = f'<{self.base}/repositories/1/issues/7/comments?page={page + 1}>; rel="next"'
            headers = {"Link": rest} if len(shown) > page * size else {}
            return Reply(200, shown[(page - 1) * size : page * size], headers)
        if (request.method, request.path) == ("POST", comments):
            return self.too_long(request) or Reply(201, self.document(self.add(OURS, request.body["body"])))
        found = re.fullmatch(r"/repos/acme/flights/issues/comments/(\d+)", request.path)
        entry = self.find(int(found[1])) if found else None
        if entry is None:
            return Reply(404, {"message": "Not Found", "status": "404"})
        if request.method == "DELETE":
            entry.is_deleted = True
            return Reply(204)
        assert request.method == "PATCH"
        if refusal := self.too_long(request):
            return refusal
        entry.body = request.body["body"]
        return Reply(200, self.document(entry))

    def too_long(self, request: Request) -> Reply | None:
        if len(request.body["body"]) <= self.limit:
            return None
        what = {"resource": "IssueComment", "code": "unprocessable", "field": "data"}
        error = {**what, "message": "Body is too long (maximum is 65536 characters)"}
        return Reply(422, {"message": "Validation Failed", "errors": [error], "status": "422"})

    def document(self, entry: Entry) -> dict[str, Any]:
        bot = {"login": "github-actions[bot]", "id": 41898282, "type": "Bot", "site_admin": False}
        human = {"login": "mallory", "id": 1, "type": "User", "site_admin": False}
        return {
            "id": entry.id,
            "node_id": f"IC_{entry.id}",
            "url": f"{self.base}/repos/acme/flights/issues/comments/{entry.id}",
            "html_url": f"https://github.com/acme/flights/pull/7#issuecomment-{entry.id}",
            "issue_url": f"{self.base}/repos/acme/flights/issues/7",
            "body": entry.body,
            "user": bot if entry.author == OURS else human,
            "created_at": AT,
            "updated_at": AT,
            "author_association": "NONE",
            "performed_via_github_app": None,
        }


class AzureDevOps(Forge):
    name, limit = "azure-devops", 150_000

    def environment(self, folder: Path, token: str = TOKEN) -> dict[str, str]:
        return {
            "SYSTEM_ACCESSTOKEN": token,
            "SYSTEM_COLLECTIONURI": f"{self.base}/acme/",
            "SYSTEM_TEAMPROJECT": "Data Platform",
            "BUILD_REPOSITORY_ID": REPOSITORY,
            "SYSTEM_PULLREQUEST_PULLREQUESTID": str(self.number),
        }

    def unsigned(self) -> Reply:
        return Reply(401)

    def refused(self) -> Reply:
        message = "TF401027: You need the Git 'PullRequestContribute' permission to perform this action."
        return Reply(403, self.problem(message, "GitNeedsPermissionException"), {"X-VSS-E2EID": "e2e-1"})

    def problem(self, message: str, type: str) -> dict[str, Any]:
        space = "Microsoft.TeamFoundation.Git.Server"
        named = {"typeName": f"{space}.{type}, {space}", "typeKey": type, "errorCode": 0, "eventId": 3000}
        return {"$id": "1", "innerException": None, "message": message, **named}

    def reply(self, request: Request) -> Reply:
        if request.path == "/acme/_apis/connectionData":
            assert "preview" in request.query["api-version"], "the API is in preview"
            user = {
                "id": OURS,
                "descriptor": "Microsoft.TeamFoundation.ServiceIdentity;1:Build:2",
                "isActive": True,
            }
            return Reply(200, {"authenticatedUser": user, "instanceId": "i", "deploymentType": "hosted"})
        assert request.query["api-version"] == "7.1"
        pull_requests = f"/acme/Data%20Platform/_apis/git/repositories/{REPOSITORY}/pullRequests"
        place = f"{pull_requests}/{self.number}"
        if request.path == pull_requests:
            status = request.query["searchCriteria.status"]
            assert status in ("active", "all")
            top, skip = int(request.query["$top"]), int(request.query["$skip"])
            numbers = self.shown(status == "all")[skip : skip + min(top, 1000)]
            self.when_listed()
            return Reply(200, {"value": [{"pullRequestId": number} for number in numbers]})
        assert request.path.startswith(f"{place}/threads")
        rest = request.path.removeprefix(f"{place}/threads")
        if (request.method, rest) == ("GET", ""):
            threads = [self.thread(entry) for entry in self.entries]
            self.when_listed()
            return Reply(200, {"value": threads, "count": len(threads)})
        if (request.method, rest) == ("POST", ""):
            assert request.body["status"] == "closed", "an open thread holds a pull request up"
            (first,) = request.body["comments"]
            return self.too_long(first) or Reply(200, self.thread(self.add(OURS, first["content"])))
        found = re.fullmatch(r"/(\d+)/comments/1", rest)
        entry = self.find(int(found[1])) if found else None
        if entry is None:
            message = "TF401229: The requested comment does not exist."
            return Reply(404, self.problem(message, "DiscussionThreadNotFoundException"))
        if request.method == "DELETE":
            entry.is_deleted = True
            return Reply(200)
        assert request.method == "PATCH"
        if refusal := self.too_long(request.body):
            return refusal
        entry.body = request.body["content"]
        return Reply(200, self.comment(entry))

    def too_long(self, comment: Mapping[str, Any]) -> Reply | None:
        if len(comment["content"]) <= self.limit:
            return None
        said = (
            "A discussion comment cannot be longer than 150000 characters.\r\nParameter name: comment.Content"
        )
        return Reply(400, self.problem(said, "ArgumentException"))

    def thread(self, entry: Entry) -> dict[str, Any]:
        """A deleted one is still listed, and its comment has no content."""
        return {
            "id": entry.id,
            "publishedDate": AT,
            "lastUpdatedDate": AT,
            "comments": [self.comment(entry)],
            "status": "closed",
            "threadContext": None,
            "properties": {},
            "identities": None,
            "isDeleted": entry.is_deleted,
        }

    def comment(self, entry: Entry) -> dict[str, Any]:
        known = {} if entry.is_deleted else {"content": entry.body}
        return {
            "id": 1,
            "parentCommentId": 0,
            "author": {
                "id": entry.author,
                "displayName": entry.author,
                "uniqueName": f"Build\\{entry.author}",
            },
            **known,
            "publishedDate": AT,
            "commentType": "text",
            "isDeleted": entry.is_deleted,
            "usersLiked": [],
        }


class GitLab(Forge):
    name, limit = "gitlab", 1_000_000

    def environment(self, folder: Path, token: str = TOKEN) -> dict[str, str]:
        return {
            "GITLAB_TOKEN": token,
            "CI_API_V4_URL": f"{self.base}/api/v4",
            "CI_PROJECT_ID": "41",
            "CI_MERGE_REQUEST_PROJECT_ID": "42",
            "CI_MERGE_REQUEST_IID": str(self.number),
        }

    def token(self, request: Request) -> str:
        return request.headers.get("private-token", "")

    def unsigned(self) -> Reply:
        return Reply(401, {"message": "401 Unauthorized"})

    def refused(self) -> Reply:
        said = "The request requires higher privileges than provided by the access token."
        return Reply(403, {"error": "insufficient_scope", "error_description": said}, {"X-Request-Id": "01"})

    def reply(self, request: Request) -> Reply:
        notes = f"/api/v4/projects/42/merge_requests/{self.number}/notes"
        if request.path == "/api/v4/projects/42/merge_requests":
            assert request.query["state"] in ("opened", "all")
            requests = [{"iid": number, "id": number + 1000} for number in self.page(request, 20)]
            more = len(self.numbers) > 100 * int(request.query.get("page", 1))
            return Reply(200, requests, {"x-next-page": "2" if more else ""})
        if request.path == "/api/v4/user":
            return Reply(200, {"id": 10, "username": "project_42_bot", "bot": True, "state": "active"})
        if (request.method, request.path) == ("GET", notes):
            assert request.query["sort"] == "asc", "the newest come first otherwise"
            shown = [self.document(entry) for entry in self.entries if not entry.is_deleted]
            page, size = int(request.query.get("page", 1)), min(int(request.query.get("per_page", 20)), 100)
            self.when_listed()
            following = str(page + 1) if len(shown) > page * size else ""
            return Reply(200, shown[(page - 1) * size : page * size], {"x-next-page": following})
        if (request.method, request.path) == ("POST", notes):
            return self.wrong(request) or Reply(201, self.document(self.add(OURS, request.body["body"])))
        found = re.fullmatch(rf"{notes}/(\d+)", request.path)
        entry = self.find(int(found[1])) if found else None
        if entry is None:
            return Reply(404, {"message": "404 Not found"})
        if request.method == "DELETE":
            entry.is_deleted = True
            return Reply(204)
        assert request.method == "PUT"
        if refusal := self.wrong(request):
            return refusal
        entry.body = request.body["body"]
        return Reply(200, self.document(entry))

    def wrong(self, request: Request) -> Reply | None:
        lines = request.body["body"].split("\n")
        assert not [line for line in lines if line.startswith("/")], "GitLab would do what such a line says"
        if len(request.body["body"]) <= self.limit:
            return None
        return Reply(400, {"message": {"note": ["is too long (maximum is 1000000 characters)"]}})

    def document(self, entry: Entry) -> dict[str, Any]:
        author = {"id": 10 if entry.author == OURS else 11, "username": entry.author, "state": "active"}
        return {
            "id": entry.id,
            "type": None,
            "body": entry.body,
            "author": author,
            "created_at": AT,
            "updated_at": AT,
            "system": False,
            "noteable_id": 1,
            "noteable_type": "MergeRequest",
            "project_id": 42,
            "noteable_iid": 7,
            "resolvable": False,
            "confidential": False,
            "internal": False,
            "commands_changes": {},
        }


FORGES = (GitHub, AzureDevOps, GitLab)


@contextmanager
def served(forge: Forge) -> Iterator[Forge]:
    """Serve a platform on the loopback address."""

    class Handler(BaseHTTPRequestHandler):
        def handle_one(self) -> None:
            parts = urlsplit(self.path)
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            body = json.loads(content) if content else None
            reply = forge.answer(Request(self.command, parts.path, query, headers, body))
            text = reply.document if isinstance(reply.document, str) else json.dumps(reply.document)
            if reply is NO_ANSWER:
                self.close_connection = True
                return
            sent = b"" if reply.document is None else text.encode()
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = handle_one

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        forge.base = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield forge
        finally:
            server.shutdown()
            thread.join()
