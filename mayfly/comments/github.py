"""Comments on a pull request of GitHub, and which of them are open.

Source: "REST API endpoints for issue comments" (a pull request is an issue; comments come in the order of
their ids), "List pull requests", "Using pagination in the REST API" (`Link: …; rel="next"`), "Store
information in variables".
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mayfly.clouds.errors import CloudError
from mayfly.comments.api import Answer, Api, variables
from mayfly.comments.post import Comment
from mayfly.errors import BadInput, Problem

HINT = (
    "the job needs `permissions: pull-requests: write`; a run for a fork's pull request, or Dependabot's, has"
    " a token that only reads"
)


REPOSITORY = {
    "GITHUB_TOKEN": "`env: GITHUB_TOKEN: ${{ github.token }}` in the step",
    "GITHUB_API_URL": "which GitHub Actions sets",
    "GITHUB_REPOSITORY": "OWNER/NAME, which GitHub Actions sets",
}
"""The variables of a repository → how each comes there."""


@dataclass(frozen=True)
class GitHub:
    """One pull request. path: of its repository. graphql: the address of that API."""

    api: Api
    path: str
    number: int
    graphql: str

    def own_comments(self) -> Sequence[Comment]:
        """By login: `github-actions[bot]` for a job's own token, and nobody can call themselves so.

        Whoever may write to the repository may edit everybody's comments, so GitHub would let us.
        """
        own = self._login()
        found = self.api.pages(f"{self.path}/issues/{self.number}/comments?", _is_last)
        return [_comment(one) for one in found if (one.get("user") or {}).get("login") == own]

    def create(self, body: str) -> Comment:
        """`POST …/issues/N/comments`."""
        path = f"{self.path}/issues/{self.number}/comments"
        return _comment(self.api.call("POST", path, {"body": body}).document)

    def edit(self, comment: Comment, body: str) -> None:
        """`PATCH …/issues/comments/ID`."""
        self.api.call("PATCH", self._of(comment), {"body": body})

    def remove(self, comment: Comment) -> None:
        """`DELETE …/issues/comments/ID`."""
        self.api.remove(self._of(comment))

    def _of(self, comment: Comment) -> str:
        return f"{self.path}/issues/comments/{comment.id[0]}"

    def _login(self) -> str:
        """Who the token belongs to: of a job's token, `GET /user` does not tell, GraphQL's viewer does."""
        answer = self.api.call("POST", "", {"query": "query { viewer { login } }"}, base=self.graphql)
        try:
            return str(answer.document["data"]["viewer"]["login"])
        except (KeyError, TypeError):
            said = json.dumps(answer.document)[:200]
            raise CloudError(answer.status, "NoViewer", said, "", "query { viewer { login } }") from None


def of(environ: Mapping[str, str]) -> GitHub:
    """The pull request of a workflow's run, by its variables and its event."""
    names = {**REPOSITORY, "GITHUB_EVENT_PATH": "which GitHub Actions sets"}
    token, base, repository, event = variables(environ, names)
    graphql = environ.get("GITHUB_GRAPHQL_URL") or f"{base}/graphql"
    return GitHub(_api(base, token), f"/repos/{repository}", _number(Path(event)), graphql)


def numbers(environ: Mapping[str, str], closed: bool) -> Iterator[int]:
    """The numbers of a repository's open pull requests, all of them. closed: and of the others."""
    token, base, repository = variables(environ, REPOSITORY)
    state = "all" if closed else "open"
    for each in _api(base, token).pages(f"/repos/{repository}/pulls?state={state}", _is_last):
        yield int(each["number"])


def _api(base: str, token: str) -> Api:
    headers = {
        "Authorization": f"Bearer {token}",
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
    }
    return Api(base.rstrip("/"), headers, HINT)


def _number(event: Path) -> int:
    """The pull request's number, of an event of it or of a comment on it. Raises BadInput."""
    try:
        document: Any = json.loads(event.read_text())
        found = document.get("pull_request") or document.get("issue") or {}
        return int(found["number"])
    except (OSError, ValueError, TypeError, AttributeError, KeyError):
        what = "tells no pull request: the run is not for an event of one"
        fix = "run it on pull_request or pull_request_target"
        raise BadInput([Problem(f"GITHUB_EVENT_PATH {event}", what, fix)]) from None


def _comment(document: Mapping[str, Any]) -> Comment:
    return Comment((int(document["id"]),), document.get("body") or "")


def _is_last(answer: Answer) -> bool:
    return 'rel="next"' not in (answer.headers.get("Link") or "")
