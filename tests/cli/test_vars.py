"""The formats of `mayfly vars` are those that settings can write."""

from __future__ import annotations

from typing import get_args

from mayfly.cli.vars import FormatName
from mayfly.settings.export import Format


def test_every_format_is_offered() -> None:
    (choices, *_) = get_args(FormatName)
    assert set(get_args(choices)) == {format.value for format in Format}
