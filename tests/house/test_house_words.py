"""The glossary has each word once, and no type or module has a name that it rules out."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("mayfly", "components", "stacks", "localcloud")


@cache
def tables() -> list[list[str]]:
    """The left column of each table of the glossary: its words, types and modules that are ruled out."""
    found: list[list[str]] = []
    for line in (ROOT / "docs" / "glossary.md").read_text().splitlines():
        if line.startswith("|---"):
            found.append([])
        elif line.startswith("| ") and found:
            found[-1].append(line.split("|")[1].strip())
        elif not line.startswith("|") and found and found[-1]:
            continue
    return [[word for word in column if word not in ("word", "ruled out")] for column in found]


@cache
def modules() -> list[Path]:
    return [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]


def types() -> Iterator[tuple[str, str]]:
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node.name.lstrip("_")


def test_each_word_is_there_once_and_in_order() -> None:
    assert len(tables()) == 3
    for words in tables():
        assert words == sorted(set(words), key=str.lower)


def test_no_type_has_a_name_that_is_ruled_out() -> None:
    _, ruled_out, _ = tables()
    assert [found for found in types() if found[1] in ruled_out] == []


def test_no_module_has_a_name_that_is_ruled_out() -> None:
    *_, ruled_out = tables()
    assert [str(path.relative_to(ROOT)) for path in modules() if path.stem in ruled_out] == []


@pytest.mark.parametrize("folder", ROOMS)
def test_every_room_is_looked_at(folder: str) -> None:
    assert any(path.relative_to(ROOT).parts[0] == folder for path in modules())
