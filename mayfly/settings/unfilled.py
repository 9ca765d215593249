"""What `mayfly init` leaves to a person in the files that it writes: texts of one form."""

from __future__ import annotations

from collections.abc import Iterator

from mayfly.errors import Problem
from mayfly.settings.document import Document, Field

START, END = "<fill in: ", ">"


def fill_in(what: str) -> str:
    """Return the text for what a person fills in."""
    return f"{START}{what}{END}"


def unfilled(document: Document) -> Iterator[tuple[Field, Problem]]:
    """Yield each field that is left to be filled in."""
    for at, text in _texts((), document.data):
        if text.startswith(START):
            what = text.removeprefix(START).removesuffix(END)
            yield at, Problem(document.where(at), "is left to be filled in", what)


def _texts(at: Field, value: object) -> Iterator[tuple[Field, str]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in inner:
        yield from _texts((*at, name), item)
    if isinstance(value, str):
        yield at, value
