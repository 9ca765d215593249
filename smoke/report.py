"""What was asked, what came, and what it decides: a page that can be pasted into an issue."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

KEPT = 20_000
"""Characters of one question's raw answers, its end; an issue takes 65,536 in all."""

HEAD = ("| | asked | expected | got | seconds |", "|---|---|---|---|---|")
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_ACCOUNT = re.compile(r"(?<!\d)\d{12}(?!\d)")


@dataclass
class Finding:
    """One question.

    decides: what its answer settles. ok: whether it is as expected, None when that is for the reader to say.
    raw: all answers, as they came.
    """

    name: str
    decides: str
    expected: str
    got: str = ""
    ok: bool | None = None
    seconds: float = 0.0
    raw: list[str] = field(default_factory=list)

    @property
    def verdict(self) -> str:
        """In one word."""
        return {True: "ok", False: "NO", None: "read it"}[self.ok]


def page(title: str, started: datetime, findings: Sequence[Finding]) -> str:
    """The report as Markdown, with numbers for the ids of subscriptions, tenants, principals, accounts."""
    rows = [
        f"| {item.verdict} | {item.name} | {item.expected} | {item.got} | {item.seconds:.1f} |"
        for item in findings
    ]
    details = [
        f"<details><summary>{item.name}</summary>\n\n{item.decides}\n\n```text\n{_kept(item.raw)}\n```\n</details>\n"
        for item in findings
    ]
    begun = f"Begun {started:%Y-%m-%dT%H:%M:%SZ}."
    text = "\n".join([f"# {title}", "", begun, "", *HEAD, *rows, "", *details])
    return masked(text)


def _kept(raw: Sequence[str]) -> str:
    text = "\n".join(raw).replace("```", "'''")
    return text if len(text) <= KEPT else f"…\n{text[-KEPT:]}"


def masked(text: str) -> str:
    """The text without whose it is: each id is a number of its own, folders are told from the checkout's."""
    known: dict[str, str] = {}
    text = text.replace(str(Path.cwd()), ".").replace(str(Path.home()), "~")

    def number(found: re.Match[str]) -> str:
        kind = "id" if "-" in found[0] else "account"
        return known.setdefault(found[0].lower(), f"<{kind} {len(known) + 1}>")

    return _ACCOUNT.sub(number, _GUID.sub(number, text))
