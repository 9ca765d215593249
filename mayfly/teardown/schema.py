"""The JSON schema of a receipt: docs/receipt.schema.json, which a test holds equal to the model.

python -m mayfly.teardown.schema > docs/receipt.schema.json
"""

from __future__ import annotations

import ast
import inspect
import json
import sys
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from pydantic import BaseModel

from mayfly.clouds.thing import Thing
from mayfly.teardown.receipt import Grants, Receipt, Remaining, ReservedName


def schema() -> str:
    """The schema of what `Receipt.write` writes."""
    found = Receipt.model_json_schema(mode="serialization")
    parts = {model.__name__: model for model in (Grants, Remaining, ReservedName, Thing)}
    for name, document in found["$defs"].items():
        _describe(document, parts[name])
    _describe(found, Receipt)
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", **found}
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def _describe(document: dict[str, Any], model: type[BaseModel]) -> None:
    """Add what the fields' docstrings say. Pydantic could, at every start of every verb."""
    for name, text in _docstrings(model):
        document["properties"][name]["description"] = " ".join(text.split())


def _docstrings(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    (definition,) = ast.parse(inspect.getsource(model)).body
    for statement, after in pairwise(getattr(definition, "body", [])):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            match after:
                case ast.Expr(value=ast.Constant(value=str(text))):
                    yield statement.target.id, text


if __name__ == "__main__":
    sys.stdout.write(schema())
