"""The output of verbs: tables and progress on a terminal, plain lines in CI, one JSON document with `--json`.

Standard output has the result only; progress, logs and errors go to standard error. All text goes through
`plain`, since clouds and workloads write parts of it; only `exact` prints unchanged text.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

from mayfly.cli.plain import plain, plain_json

if TYPE_CHECKING:
    from rich.table import Table

SCHEMA_VERSION = 1
"""The version of the JSON documents; raised when a field changes its meaning or is removed."""

QUIET_SECONDS = 10.0
"""In a log, the pause between two lines on the same subject."""

Row = Sequence[str]


@dataclass(frozen=True)
class Output:
    """Where a verb's result and its progress go.

    as_json: print one JSON document instead of tables.
    """

    as_json: bool = False

    def line(self, text: str = "") -> None:
        """One line of progress, on standard error."""
        _write(sys.stderr, plain(text))

    def text(self, text: str) -> None:
        """One line of a result that is read by people; silent with `--json`."""
        if not self.as_json:
            _write(sys.stdout, plain(text))

    def exact(self, text: str) -> None:
        """A result for a shell or a CI system to take as it stands; silent with `--json`."""
        if not self.as_json:
            _write(sys.stdout, text)

    def result_line(self, text: str) -> None:
        """One line of a result that grows over time; with `--json` it is progress."""
        _write(sys.stderr if self.as_json else sys.stdout, plain(text))

    def entry(self, content: Mapping[str, Any], text: str) -> None:
        """One entry of an endless result: a JSON object, or a line for people."""
        _write(sys.stdout, plain_json(json.dumps(content)) if self.as_json else plain(text))

    def document(self, verb: str, content: Mapping[str, Any]) -> None:
        """The one JSON document of a verb; silent without `--json`."""
        if self.as_json:
            whole = {"schema_version": SCHEMA_VERSION, "verb": verb, **content}
            _write(sys.stdout, plain_json(json.dumps(whole, indent=2)))

    def table(self, header: Row, rows: Sequence[Row], title: str = "") -> None:
        """A table of a result; silent with `--json`."""
        if self.as_json:
            return
        fit = [[plain(cell).replace("\n", " ") for cell in row] for row in rows]
        if on_terminal(sys.stdout):
            _rich_table(header, fit, plain(title))
        else:
            _plain_table(header, fit, plain(title))

    @contextmanager
    def live(self) -> Iterator[Callable[[Row, Sequence[Row], Sequence[str]], None]]:
        """For a terminal: the value shows a table, and lines below it, in place of what it showed last."""
        from rich.console import Group
        from rich.live import Live
        from rich.text import Text

        with Live(auto_refresh=False, vertical_overflow="visible") as live:

            def put(header: Row, rows: Sequence[Row], below: Sequence[str]) -> None:
                fit = [[plain(cell).replace("\n", " ") for cell in row] for row in rows]
                told = [Text(plain(line)) for line in below]
                live.update(Group(_as_rich(header, fit), *told), refresh=True)

            yield put

    @contextmanager
    def working(self, text: str) -> Iterator[Callable[[str], None]]:
        """Show progress; the value replaces the text.

        On a terminal it is a spinner that leaves nothing behind. Elsewhere each text is a line; of texts with
        the same beginning up to a colon, one every QUIET_SECONDS.
        """
        if not on_terminal(sys.stderr):
            yield _now_and_then(self.line, text)
            return
        from rich.console import Console
        from rich.text import Text

        with Console(stderr=True).status(Text(plain(text)), spinner="dots") as status:
            yield lambda new: status.update(Text(plain(new)))


def on_terminal(stream: TextIO) -> bool:
    """Return whether a person watches this stream; CI systems that emulate a terminal set `CI=true`."""
    return stream.isatty() and os.environ.get("CI", "").lower() not in ("1", "true")


def _write(stream: TextIO, text: str) -> None:
    stream.write(text + "\n")
    stream.flush()


def transient(now: Callable[[str], None]) -> Callable[[str], None]:
    """Return `now` on a terminal, and a function that does nothing in a log: for short-lived progress."""
    return now if on_terminal(sys.stderr) else lambda _text: None


def _now_and_then(line: Callable[[str], None], first: str) -> Callable[[str], None]:
    last: dict[str, float] = {}

    def say(text: str) -> None:
        subject = text.partition(":")[0]
        if time.monotonic() - last.get(subject, -QUIET_SECONDS) >= QUIET_SECONDS:
            last[subject] = time.monotonic()
            line(text)

    say(first)
    return say


def _rich_table(header: Row, rows: Sequence[Row], title: str) -> None:
    from rich.console import Console

    Console().print(_as_rich(header, rows, title))


def _as_rich(header: Row, rows: Sequence[Row], title: str = "") -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title or None, title_justify="left", header_style="bold")
    for name in header:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table


def _plain_table(header: Row, rows: Sequence[Row], title: str) -> None:
    """Columns aligned by spaces and never cut, since people search and copy logs."""
    if title:
        _write(sys.stdout, title)
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]
    for row in [header, *rows]:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        _write(sys.stdout, "  ".join(cells).rstrip())
