"""The commands of docs/benchmarks.md, run with the smallest numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.running import BENCHMARKS, WITH_COMMANDS, follow

PAGES = [page for page in WITH_COMMANDS if page == BENCHMARKS]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_benchmarks_run(page: Path, tmp_path: Path) -> None:
    assert "file by file" in follow(page, tmp_path).ok().stdout
