"""Comments, which are called notes, on a merge request of GitLab; and which of these are open.

Source: "Notes API", "Merge requests API", "REST API: pagination" (`x-next-page`), "Predefined CI/CD
variables", "CI/CD job tokens" (which endpoints take one: not these).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from mayfly.comments.api import Answer, Api, variables
from mayfly.comments.post import Comment

HINT = "GITLAB_TOKEN needs the scope `api` in this project; a job token may not write notes"


PROJECT = {
    "GITLAB_TOKEN": "a project access token with the scope `api`, as a masked variable",
    "CI_API_V4_URL": "which GitLab CI sets",
    "CI_PROJECT_ID": "which GitLab CI sets",
}
"""The variables of a project → how each comes there."""


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
    number = "which GitLab CI sets in a pipeline of a merge request"
    *given, id = variables(environ, {**PROJECT, "CI_MERGE_REQUEST_IID": number})
    api, path = _merge_requests(environ, *given)
    return GitLab(api, f"{path}/{quote(id, safe='')}")


def numbers(environ: Mapping[str, str], closed: bool) -> Iterator[int]:
    """The numbers of a project's open merge requests, all of them. closed: and of the others."""
    api, path = _merge_requests(environ, *variables(environ, PROJECT))
    for each in api.pages(f"{path}?state={'all' if closed else 'opened'}", _is_last):
        yield int(each["iid"])


def _merge_requests(environ: Mapping[str, str], token: str, base: str, project: str) -> tuple[Api, str]:
    project = environ.get("CI_MERGE_REQUEST_PROJECT_ID") or project
    path = f"/projects/{quote(project, safe='')}/merge_requests"
    return Api(base.rstrip("/"), {"PRIVATE-TOKEN": token}, HINT), path


def _comment(note: Mapping[str, Any]) -> Comment:
    return Comment((int(note["id"]),), note.get("body") or "")


def _is_last(answer: Answer) -> bool:
    return not (answer.headers.get("x-next-page") or "").strip()
