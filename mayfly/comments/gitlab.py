"""Comments, which are called notes, on a merge request of GitLab.

Source: "Notes API", "REST API: pagination" (`x-next-page`), "Predefined CI/CD variables", "CI/CD job tokens"
(which endpoints take one: not these).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from mayfly.comments.api import Answer, Api, variables
from mayfly.comments.post import Comment

HINT = "GITLAB_TOKEN needs the scope `api` in this project; a job token may not write notes"


@dataclass(frozen=True)
class GitLab:
    """One merge request. path: of it."""

    api: Api
    path: str

    def own_comments(self) -> Sequence[Comment]:
        """By the author's id; a project's access token has a user of its own."""
        own = self.api.call("GET", "/user").document["id"]
        notes = self.api.pages(f"{self.path}/notes?sort=asc&order_by=created_at", _is_last)
        return [_comment(note) for note in notes if not note.get("system") and note["author"]["id"] == own]

    def create(self, body: str) -> Comment:
        """`POST …/notes`."""
        return _comment(self.api.call("POST", f"{self.path}/notes", {"body": body}).document)

    def edit(self, comment: Comment, body: str) -> None:
        """`PUT …/notes/ID`."""
        self.api.call("PUT", f"{self.path}/notes/{comment.id[0]}", {"body": body})

    def remove(self, comment: Comment) -> None:
        """`DELETE …/notes/ID`."""
        self.api.remove(f"{self.path}/notes/{comment.id[0]}")


def of(environ: Mapping[str, str]) -> GitLab:
    """The merge request of a pipeline. That of a fork lies in the project that it is made to."""
    token, base, project, number = variables(
        environ,
        {
            "GITLAB_TOKEN": "a project access token with the scope `api`, as a masked variable",
            "CI_API_V4_URL": "which GitLab CI sets",
            "CI_PROJECT_ID": "which GitLab CI sets",
            "CI_MERGE_REQUEST_IID": "which GitLab CI sets in a pipeline of a merge request",
        },
    )
    project = environ.get("CI_MERGE_REQUEST_PROJECT_ID") or project
    path = f"/projects/{quote(project, safe='')}/merge_requests/{quote(number, safe='')}"
    return GitLab(Api(base.rstrip("/"), {"PRIVATE-TOKEN": token}, HINT), path)


def _comment(note: Mapping[str, Any]) -> Comment:
    return Comment((int(note["id"]),), note.get("body") or "")


def _is_last(answer: Answer) -> bool:
    return not (answer.headers.get("x-next-page") or "").strip()
