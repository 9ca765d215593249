"""Keeps the comment one: ours is edited in place, more than one becomes one, what is others' is left alone.

Nobody can lock a pull request's comments. Two runs at once may both write the first one; each then looks
again and keeps the oldest, so that one is left whichever is the last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from mayfly.clouds.errors import CloudError
from mayfly.errors import MayflyError

ROUNDS = 3
"""How often a comment that went while it was edited is looked for again."""


@dataclass(frozen=True, order=True)
class Comment:
    """A comment on a pull request. id: the platform's own, in its parts; a later one's is greater."""

    id: tuple[int, ...]
    body: str


class Platform(Protocol):
    """The comments of one pull request. All methods raise MayflyError, with the platform's own words."""

    def own_comments(self) -> Sequence[Comment]:
        """Every comment whose author is who the token belongs to: anybody may copy a marker."""

    def create(self, body: str) -> Comment:
        """Write a new comment."""

    def edit(self, comment: Comment, body: str) -> None:
        """Replace a comment's text. Raises CloudError 404 when it is gone."""

    def remove(self, comment: Comment) -> None:
        """Remove a comment; absent is fine."""


def post(platform: Platform, body: str) -> Comment:
    """Write the one comment whose first line is that of `body`, and return it."""
    for _ in range(ROUNDS):
        found = _found(platform, body)
        if not found:
            created = platform.create(body)
            # A listing may not have it yet.
            found = sorted({comment.id: comment for comment in (created, *_found(platform, body))}.values())
        first, *others = found
        try:
            if first.body != body:
                platform.edit(first, body)
        except CloudError as error:
            if error.status == 404:
                continue
            raise
        for other in others:
            platform.remove(other)
        return first
    raise MayflyError("the comment was removed each time that it was to be edited; run it again")


def _found(platform: Platform, body: str) -> list[Comment]:
    """Our comments with this marker, oldest first."""
    marker = body.partition("\n")[0]
    return sorted(one for one in platform.own_comments() if one.body.lstrip().splitlines()[:1] == [marker])
