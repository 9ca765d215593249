"""What is to be torn down."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TeardownTarget:
    """An environment that is to be torn down.

    place: where it is: a subscription's guid on Azure, account and region on AWS. group: the name that its
    group has, or should have. sources: ids or ARNs that its variables name; None where these cannot be read.
    include_foreign: go on although resources of others lie in its group. forget: drop its stack, whatever the
    state names.
    """

    environment: str
    project: str
    cloud: str
    place: tuple[str, ...]
    group: str
    sources: tuple[str, ...] | None = None
    include_foreign: bool = False
    forget: bool = False
