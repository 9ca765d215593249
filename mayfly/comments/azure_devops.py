"""Comments on a pull request of Azure DevOps, each the first of a thread; and which of them are open.

Source: REST API 7.1, "Pull Request Threads - List" (all at once, deleted ones too), "- Create", "Pull Request
Thread Comments - Update", "- Delete", "Pull Requests - Get Pull Requests"; "Predefined variables".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from mayfly.comments.api import MOST_PAGES, Api, endless, variables
from mayfly.comments.post import Comment

VERSION = "api-version=7.1"
HINT = (
    "the project's build service needs 'Contribute to pull requests' on the repository; a build of a fork has"
    " no such token by default"
)


REPOSITORY = {
    "SYSTEM_ACCESSTOKEN": "`env: SYSTEM_ACCESSTOKEN: $(System.AccessToken)` in the step",
    "SYSTEM_COLLECTIONURI": "which Azure Pipelines sets",
    "SYSTEM_TEAMPROJECT": "which Azure Pipelines sets",
    "BUILD_REPOSITORY_ID": "which Azure Pipelines sets",
}
"""The variables of a repository → how each comes there."""

PAGE = 100
"""Pull requests in an answer."""


@dataclass(frozen=True)
class AzureDevOps:
    """One pull request. path: of it."""

    api: Api
    path: str

    def own_comments(self) -> Sequence[Comment]:
        """By the author's id, as connectionData tells the token's own."""
        user = self.api.call("GET", "/_apis/connectionData?api-version=7.1-preview.1").document
        own = user["authenticatedUser"]["id"]
        threads = self.api.call("GET", f"{self.path}/threads?{VERSION}").document["value"]
        return [
            Comment((int(thread["id"]), int(comment["id"])), comment.get("content") or "")
            for thread in threads
            if not thread.get("isDeleted")
            for comment in thread.get("comments") or ()
            if not comment.get("isDeleted") and (comment.get("author") or {}).get("id") == own
        ]

    def create(self, body: str) -> Comment:
        """A thread that is closed: an open one would hold the pull request up where all must be resolved."""
        first = {"parentCommentId": 0, "content": body, "commentType": "text"}
        sent = {"comments": [first], "status": "closed"}
        thread = self.api.call("POST", f"{self.path}/threads?{VERSION}", sent).document
        return Comment((int(thread["id"]), int(thread["comments"][0]["id"])), body)

    def edit(self, comment: Comment, body: str) -> None:
        """`PATCH …/threads/ID/comments/ID`."""
        self.api.call("PATCH", self._of(comment), {"content": body})

    def remove(self, comment: Comment) -> None:
        """`DELETE …/threads/ID/comments/ID`: a thread goes with its last comment."""
        self.api.remove(self._of(comment))

    def _of(self, comment: Comment) -> str:
        thread, id = comment.id
        return f"{self.path}/threads/{thread}/comments/{id}?{VERSION}"


def of(environ: Mapping[str, str]) -> AzureDevOps:
    """The pull request of a pipeline's run, by its predefined variables."""
    number = "which Azure Pipelines sets in a run for a pull request"
    *given, id = variables(environ, {**REPOSITORY, "SYSTEM_PULLREQUEST_PULLREQUESTID": number})
    api, path = _pull_requests(*given)
    return AzureDevOps(api, f"{path}/{quote(id, safe='')}")


def numbers(environ: Mapping[str, str], closed: bool) -> Iterator[int]:
    """The numbers of a repository's open pull requests, all of them; here they are called active.

    closed: and of the others.
    """
    status = "all" if closed else "active"
    api, path = _pull_requests(*variables(environ, REPOSITORY))
    for first in range(0, MOST_PAGES * PAGE, PAGE):
        query = f"searchCriteria.status={status}&$top={PAGE}&$skip={first}&{VERSION}"
        found = api.call("GET", f"{path}?{query}").document["value"]
        for each in found:
            yield int(each["pullRequestId"])
        if len(found) < PAGE:
            return
    raise endless(path)


def _pull_requests(token: str, base: str, project: str, repository: str) -> tuple[Api, str]:
    place = f"/{quote(project, safe='')}/_apis/git/repositories/{quote(repository, safe='')}"
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    return Api(base.rstrip("/"), headers, HINT), f"{place}/pullRequests"
