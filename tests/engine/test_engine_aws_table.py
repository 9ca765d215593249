"""The table against the SDK that programs use: a row names what its classes name, and no more."""

from __future__ import annotations

import importlib
import inspect
import warnings
from typing import Any

import pytest

from localcloud.engine.aws.row import Row
from localcloud.engine.aws.table import ROWS


def _class(row: Row) -> Any:
    _, path, name = row.type.split(":")
    module = path.split("/")[0].replace("lambda", "lambda_")
    with warnings.catch_warnings():
        # The SDK's modules warn of what is deprecated in them as they are imported.
        warnings.simplefilter("ignore", DeprecationWarning)
        return getattr(importlib.import_module(f"pulumi_aws.{module}"), name)


def _wire(python: str) -> str:
    head, *rest = python.split("_")
    return head + "".join(word.capitalize() for word in rest)


def _arguments(row: Row) -> dict[str, bool]:
    """The inputs' names, and whether one must be given."""
    cls = _class(row)
    module = importlib.import_module(cls.__module__)
    suffix = "InitArgs" if hasattr(module, f"{cls.__name__}InitArgs") else "Args"
    signature = inspect.signature(getattr(module, cls.__name__ + suffix).__init__)
    found = [parameter for parameter in signature.parameters.values() if parameter.name != "__self__"]
    return {_wire(one.name): one.default is inspect.Parameter.empty for one in found}


def _outputs(row: Row) -> set[str]:
    properties = [value for value in vars(_class(row)).values() if isinstance(value, property)]
    return {_wire(getattr(found.fget, "__name__")) for found in properties}  # noqa: B009


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_a_row_names_the_inputs_and_outputs_of_the_sdk(row: Row) -> None:
    arguments = _arguments(row)
    assert row.inputs | (row.refused & set(arguments)) == set(arguments)
    assert row.properties | row.refused == _outputs(row)
    assert row.required == {name for name, needed in arguments.items() if needed}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_a_row_speaks_of_nothing_but_its_own_properties(row: Row) -> None:
    groups = [row.required, row.optional, row.computed, row.outputs, row.refused]
    assert sum(map(len, groups)) == len(frozenset().union(*groups))
    assert row.replaces | row.kept | row.sets | row.documents | set(row.defaults) <= row.inputs
    assert row.echoed | row.volatile <= row.properties
    assert row.name is None or row.name.property in row.computed
