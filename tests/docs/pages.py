"""The documentation's pages, taken apart: fenced blocks, links, headings, code spans."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.checkout import HERE

PAGES = sorted([*HERE.glob("*.md"), *HERE.glob("docs/**/*.md")])

_FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_SPAN = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Block:
    """A fenced block: "```language marker". line: of its first line in the page, for messages."""

    page: Path
    line: int
    language: str
    marker: str
    text: str

    @property
    def where(self) -> str:
        """The page and the line."""
        return f"{self.page.relative_to(HERE)}:{self.line}"

    @property
    def path(self) -> str | None:
        """The file that the block shows, if its marker is one."""
        return self.marker if re.search(r"[./]", self.marker) else None


def blocks(*pages: Path) -> Iterator[Block]:
    """Every block of some pages, of all by default, in their order."""
    for page in pages or PAGES:
        text = page.read_text()
        for match in _FENCE.finditer(text):
            language, _, marker = match["info"].strip().partition(" ")
            yield Block(page, text[: match.start()].count("\n") + 2, language, marker, match["text"])


def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return _FENCE.sub("", page.read_text())


def links(page: Path) -> list[str]:
    """Where a page's links point to."""
    return [match["target"] for match in _LINK.finditer(prose(page))]


def spans(text: str) -> list[str]:
    """The `code` in a text; one that is broken over two lines is made whole."""
    return [" ".join(span.split()) for span in _SPAN.findall(text)]


def anchors(page: Path) -> set[str]:
    """The names that a page's headings have in links, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def section(page: Path, heading: str) -> str:
    """What stands under a heading, up to the next one."""
    _, _, rest = prose(page).partition(f"# {heading}\n")
    assert rest, f"{page.name} has no heading {heading!r}"
    return re.split(r"^#", rest, maxsplit=1, flags=re.MULTILINE)[0]
