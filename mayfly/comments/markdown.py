"""Markdown of text that others wrote: names, outputs, row counts, errors.

All of it goes into code spans, each in a line that begins with a text of ours. There HTML, links, images and
mentions are plain text on all three platforms, and no quick action of GitLab begins. Source: "GitHub Flavored
Markdown Spec", 6.3: code spans bind tighter than links and as tight as HTML; mentions are looked for outside
of code alone. GitLab, "Quick actions": at the start of a line.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

LONGEST = 300
"""Characters of one span; what is longer is cut."""

MOST_BACKTICKS = 20
"""In a run; what is more of them is cut. With more than 80 around it, a span is none to cmark, and so to
GitHub and GitLab: what stands in it is Markdown again (cmark, `inlines.c`, MAXBACKTICKS).
"""


def code(text: str) -> str:
    """Return a text as a code span in one line."""
    near = text[: 10 * LONGEST]
    if not (near.isascii() and near.isprintable()):
        near = "".join(letter for letter in near if _is_seen(letter))
    # `@<…>` is how Azure DevOps writes a mention; whether it looks for one in code is not documented.
    seen = near.replace("@<", "@ <")
    fit = " ".join(seen.split()) or "(empty)"
    fit = re.sub(f"(`{{{MOST_BACKTICKS}}})`+", r"\1…", fit)
    if len(fit) > LONGEST:
        fit = f"{fit[: LONGEST - 1]}…"
    fence = "`" * max([1, *(len(run) + 1 for run in re.findall("`+", fit))])
    edge = " " if "`" in (fit[0], fit[-1]) else ""
    return f"{fence}{edge}{fit}{edge}{fence}"


def items(lines: Iterable[str], most: int) -> list[str]:
    """Return lines as a list, and how many are left out of it. most: items that it may have."""
    every = [f"- {line}" for line in lines]
    return every if len(every) <= most else [*every[:most], f"- … and {len(every) - most} more"]


def folded(title: str, lines: Sequence[str]) -> list[str]:
    """Return lines that are shown when a reader asks for them; nothing for none. title: a text of ours."""
    return ["<details>", f"<summary>{title}</summary>", "", *lines, "", "</details>", ""] if lines else []


def _is_seen(letter: str) -> bool:
    """Whether it is no control character but white space, no mark of direction, and no half of a pair."""
    return letter.isspace() or unicodedata.category(letter) not in ("Cc", "Cf", "Cs")
