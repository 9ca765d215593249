"""The glossary has each word once, rules names out, and says which type a parameter's name stands for."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("mayfly", "components", "stacks", "localcloud")


@cache
def tables() -> list[list[str]]:
    """The left column of each table: words, parameters, types that are ruled out, modules that are."""
    found: list[list[str]] = []
    for line in (ROOT / "docs" / "glossary.md").read_text().splitlines():
        if line.startswith("|---"):
            found.append([])
        elif line.startswith("| ") and found:
            found[-1].append(line.split("|")[1].strip())
        elif not line.startswith("|") and found and found[-1]:
            continue
    return [[word for word in column if word not in ("word", "name", "ruled out")] for column in found]


@cache
def modules() -> list[Path]:
    return [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]


def types() -> Iterator[tuple[str, str]]:
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node.name.lstrip("_")


def test_each_word_is_there_once_and_in_order() -> None:
    assert len(tables()) == 4
    for words in tables():
        assert words == sorted(set(words), key=str.lower)


def test_no_type_has_a_name_that_is_ruled_out() -> None:
    *_, ruled_out, _ = tables()
    assert [found for found in types() if found[1] in ruled_out] == []


def test_no_module_has_a_name_that_is_ruled_out() -> None:
    *_, ruled_out = tables()
    assert [str(path.relative_to(ROOT)) for path in modules() if path.stem in ruled_out] == []


def declared(tree: ast.AST) -> Iterator[tuple[int, str, str]]:
    """Parameters and fields: line, name, type."""
    for node in ast.walk(tree):
        if isinstance(node, ast.arg) and node.annotation:
            yield node.lineno, node.arg, ast.unparse(node.annotation)
        elif isinstance(node, ast.ClassDef):
            for each in node.body:
                if isinstance(each, ast.AnnAssign):
                    yield each.lineno, ast.unparse(each.target), ast.unparse(each.annotation)


def test_the_name_of_a_parameter_says_its_type() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text()
    rows = re.findall(r"^\| (\w+) \| (`.+?`) \| ", text, re.MULTILINE)
    types = {name: re.findall(r"`([^`]+)`", cell.replace("\\|", "|")) for name, cell in rows}
    assert list(types) == tables()[1]
    product = [path for path in modules() if path.relative_to(ROOT).parts[0] != "localcloud"]
    found = [(path, *each) for path in product for each in declared(ast.parse(path.read_text()))]
    wrong = [each for each in found if each[2] in types and each[3] not in types[each[2]]]
    assert [f"{path.relative_to(ROOT)}:{line}: {name}: {type}" for path, line, name, type in wrong] == []


@pytest.mark.parametrize("folder", ROOMS)
def test_every_room_is_looked_at(folder: str) -> None:
    assert any(path.relative_to(ROOT).parts[0] == folder for path in modules())
