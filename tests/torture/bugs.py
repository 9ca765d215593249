"""Bugs that are put into the product on purpose: what the leak test has to find. One a cloud: a blind eye."""

from __future__ import annotations

from collections.abc import Callable, Mapping


def _no_grants() -> None:
    """Whoever looks for grants on production finds none: all verbs say that there is nothing to revoke."""
    from mayfly.clouds.azure import grants

    grants._at = lambda *_: grants.GrantSearch()


def _no_roles() -> None:
    """No role is found: the ones that may read production's lake."""
    from mayfly.clouds.aws.kinds.roles import Roles

    Roles.find = lambda _: []  # type: ignore[method-assign, assignment]


BUGS: Mapping[str, Callable[[], None]] = {"aws": _no_roles, "azure": _no_grants}
