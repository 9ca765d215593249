"""Comments on a pull request of Azure DevOps: a comment is the first of a thread.

Source: REST API 7.1, "Pull Request Threads - List" (all at once, deleted ones too), "- Create", "Pull Request
Thread Comments - Update", "- Delete"; "Predefined variables".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from mayfly.comments.api import Api, variables
from mayfly.comments.post import Comment

VERSION = "api-version=7.1"
HINT = (
    "the project's build service needs 'Contribute to pull requests' on the repository; a build of a fork has"
    " no such token by default"
)


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
    token, base, project, repository, number = variables(
        environ,
        {
            "SYSTEM_ACCESSTOKEN": "`env: SYSTEM_ACCESSTOKEN: $(System.AccessToken)` in the step",
            "SYSTEM_COLLECTIONURI": "which Azure Pipelines sets",
            "SYSTEM_TEAMPROJECT": "which Azure Pipelines sets",
            "BUILD_REPOSITORY_ID": "which Azure Pipelines sets",
            "SYSTEM_PULLREQUEST_PULLREQUESTID": "which Azure Pipelines sets in a run for a pull request",
        },
    )
    place = f"/{quote(project, safe='')}/_apis/git/repositories/{quote(repository, safe='')}"
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    return AzureDevOps(Api(base.rstrip("/"), headers, HINT), f"{place}/pullRequests/{quote(number, safe='')}")
