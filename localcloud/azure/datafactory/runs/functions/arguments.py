"""Checks of arguments, with the language's own wording."""

from __future__ import annotations

from typing import TypeVar

from localcloud.azure.datafactory.runs.errors import ExpressionError
from localcloud.azure.datafactory.runs.values import Json, type_name

Kind = TypeVar("Kind")


def wrong(function: str, expected: str, value: Json) -> ExpressionError:
    """Return the error for an argument of the wrong type."""
    return ExpressionError(
        f"The template language function '{function}' expects its parameter to be {expected}. "
        f"The provided value is of type '{type_name(value)}'."
    )


def string(function: str, value: Json) -> str:
    """The argument if it is a string."""
    if not isinstance(value, str):
        raise wrong(function, "a string", value)
    return value


def integer(function: str, value: Json) -> int:
    """The argument if it is an integer."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise wrong(function, "an integer", value)
    return value


def number(function: str, value: Json) -> int | float:
    """The argument if it is a number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise wrong(function, "an integer or a decimal number", value)
    return value


def boolean(function: str, value: Json) -> bool:
    """The argument if it is a boolean."""
    if not isinstance(value, bool):
        raise wrong(function, "a boolean", value)
    return value


def array(function: str, value: Json) -> list[Json]:
    """The argument if it is an array."""
    if not isinstance(value, list):
        raise wrong(function, "an array", value)
    return value
