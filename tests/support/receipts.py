"""A receipt against its published schema, docs/receipt.schema.json."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from tests.support.checkout import HERE

SCHEMA = HERE / "docs/receipt.schema.json"


@cache
def _validator() -> Any:
    document = json.loads(SCHEMA.read_text())
    Draft202012Validator.check_schema(document)
    return Draft202012Validator(document, format_checker=Draft202012Validator.FORMAT_CHECKER)


def wrong(text: str) -> list[str]:
    """What the schema refuses of a receipt as it was written."""
    return [f"{error.json_path}: {error.message}" for error in _validator().iter_errors(json.loads(text))]
