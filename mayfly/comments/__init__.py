"""The one comment of an environment on its pull request: what it says, and where it is written.

`documents` reads what the verbs printed, `render` makes Markdown of it, `post` keeps it one, and each
platform has a file of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import cast

from mayfly.comments.post import Platform

__all__ = ["PLATFORMS", "Platform", "platform"]

PLATFORMS: Mapping[str, str] = {
    "github": "mayfly.comments.github",
    "azure-devops": "mayfly.comments.azure_devops",
    "gitlab": "mayfly.comments.gitlab",
}
"""A platform's name on the command line → its module, whose `of` makes it of a pipeline's variables."""


def platform(name: str, environ: Mapping[str, str]) -> Platform:
    """Return one of PLATFORMS. environ: as a pipeline there has it. Raises BadInput for what it lacks."""
    return cast(Platform, import_module(PLATFORMS[name]).of(environ))


def numbers(name: str, environ: Mapping[str, str], *, closed: bool = False) -> Iterator[int]:
    """Yield the numbers of a repository's open pull requests, all of them. name: one of PLATFORMS.

    closed: and those of closed and merged ones. Raises BadInput for a missing variable, PlatformError.
    A caller that takes an absent number for a closed one has to read to the end.
    """
    found: Iterator[int] = import_module(PLATFORMS[name]).numbers(environ, closed)
    return found
