"""A test that makes resources and lacks `@pulumi.runtime.test` passes whatever it asserts inside `apply`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from components import aws, azure

TESTS = Path(__file__).parents[1]
COMPONENTS = {*azure.__all__, *aws.__all__}
MAKERS = {name for name in COMPONENTS if name[0].isupper() and not name.endswith("Args")} | {
    "AwsGroup",
    "ComponentResource",
    "CustomResource",
    "FactoryContent",
    "Provider",
    "build",
    "main",
}


def undecorated(source: str) -> list[str]:
    """Return the tests that make resources, themselves or by a helper, and do not wait for them."""
    functions = {each.name: each for each in ast.walk(ast.parse(source)) if isinstance(each, ast.FunctionDef)}
    makers = set(MAKERS)
    while found := {name for name, each in functions.items() if name not in makers and makes(each, makers)}:
        makers |= found
    return sorted(name for name in makers & functions.keys() if name.startswith("test_"))


def makes(function: ast.FunctionDef, makers: set[str]) -> bool:
    """Tell whether an undecorated function calls one of `makers`."""
    decorated = any(ast.unparse(each) == "pulumi.runtime.test" for each in function.decorator_list)
    return not decorated and any(call in makers for call in calls(function))


def calls(function: ast.FunctionDef) -> Iterator[str]:
    """Yield the last name of each thing that is called."""
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func).rsplit(".", 1)[-1]


@pytest.mark.parametrize("folder", ["components", "stacks"])
def test_every_test_that_makes_resources_waits_for_them(folder: str) -> None:
    files = sorted((TESTS / folder).glob("test_*.py"))
    assert files
    assert {each.name: missing for each in files if (missing := undecorated(each.read_text()))} == {}


SILENT = """
def test_directly(engine):
    Sink("qa", args).account_id.apply(check)

def helper():
    return azure.Environment("qa", args)

def test_by_a_helper(engine):
    helper()

@pulumi.runtime.test
def test_that_waits(engine):
    return helper().urn

@pulumi.runtime.test
def waits():
    return helper().urn

def test_by_a_helper_that_waits(engine):
    waits()
"""


def test_the_ones_that_would_pass_silently_are_found() -> None:
    assert undecorated(SILENT) == ["test_by_a_helper", "test_directly"]
