"""Tables as Markdown has them, for docs/benchmarks.md."""

from __future__ import annotations

from collections.abc import Sequence


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; all columns but the first are numbers."""
    rule = ["---", *("---:" for _ in head[1:])]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))


def cells(taken: float, requests: int) -> tuple[str, str]:
    """Seconds and requests, as a table shows them."""
    return f"{taken:.2f} s", f"{requests:,}"
