"""The address of a source: each cloud writes its stores in its own way."""

from __future__ import annotations

from typing import ClassVar

from mayfly import registry
from mayfly.settings.refused import Refused, shown, text


class SourceAddress(str):
    """What is read, in its cloud's own spelling. The value itself tells which cloud: `cloud`, its name."""

    __slots__ = ()
    cloud: ClassVar[str]


def source(value: object) -> SourceAddress:
    """Return a source as its cloud writes it. Raises Refused."""
    clouds = registry.every().values()
    form = ", ".join(f"on {one.title} {one.source_form}" for one in clouds)
    found = text(value, form)
    for one in clouds:
        if one.is_source(found):
            return one.source(found)
    kinds = ", nor ".join(one.source_kind for one in clouds)
    raise Refused(f"{shown(found)} is not {kinds}", form)
