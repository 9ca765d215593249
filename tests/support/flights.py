"""What has to come out when the lake's flights are converted."""

from __future__ import annotations

import csv
import io

TEXTS = {"carrier", "tailnum", "origin", "dest", "time_hour"}

Row = dict[str, str | int | None]


def expected(content: bytes) -> list[Row]:
    """The lake's own lines, read without any code of ours."""
    reader = csv.DictReader(io.StringIO(content.decode()))
    return [{name: typed(name, value) for name, value in row.items()} for row in reader]


def typed(name: str, value: str) -> str | int | None:
    """A value as Parquet holds it."""
    if value == "NA":
        return None
    return value if name in TEXTS else int(value)
