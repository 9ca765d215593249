"""String functions."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from localcloud.azure.datafactory.runs.errors import ExpressionError
from localcloud.azure.datafactory.runs.functions.arguments import integer, string
from localcloud.azure.datafactory.runs.values import Json, text


def concat(first: Json, *more: Json) -> str:
    """The texts of all arguments, one after the other."""
    return "".join(text(value) for value in (first, *more))


def substring(value: Json, start: Json, length: Json = None) -> str:
    """`length` characters from `start` (0-based); to the end when no length is given."""
    source, begin = string("substring", value), integer("substring", start)
    end = len(source) if length is None else begin + integer("substring", length)
    if not 0 <= begin <= end <= len(source):
        raise ExpressionError(
            "The template language function 'substring' parameters are out of range: "
            f"'start index' and 'length' must refer to a location within the string of length {len(source)}."
        )
    return source[begin:end]


def replace(value: Json, old: Json, new: Json) -> str:
    """Every occurrence of one text replaced by another."""
    return string("replace", value).replace(string("replace", old), string("replace", new))


def split(value: Json, delimiter: Json) -> list[str]:
    """The parts of a text between delimiters; an empty delimiter splits nothing."""
    source, mark = string("split", value), string("split", delimiter)
    return source.split(mark) if mark else [source]


def index_of(value: Json, search: Json) -> int:
    """Where a text first occurs, without regard to case; -1 when it does not."""
    return string("indexOf", value).lower().find(string("indexOf", search).lower())


def last_index_of(value: Json, search: Json) -> int:
    """Where a text last occurs, without regard to case; -1 when it does not."""
    return string("lastIndexOf", value).lower().rfind(string("lastIndexOf", search).lower())


def starts_with(value: Json, search: Json) -> bool:
    """Whether a text starts with another, without regard to case."""
    return string("startsWith", value).lower().startswith(string("startsWith", search).lower())


def ends_with(value: Json, search: Json) -> bool:
    """Whether a text ends with another, without regard to case."""
    return string("endsWith", value).lower().endswith(string("endsWith", search).lower())


def guid(format: Json = "D") -> str:
    """A new unique id, in one of .NET's formats N, D, B or P."""
    fresh = uuid.uuid4()
    shapes = {"N": fresh.hex, "D": str(fresh), "B": f"{{{fresh}}}", "P": f"({fresh})"}
    if format not in shapes:
        raise ExpressionError(f"The template language function 'guid' does not know the format '{format}'.")
    return shapes[format]


FUNCTIONS: dict[str, Callable[..., Json]] = {
    "concat": concat,
    "substring": substring,
    "replace": replace,
    "split": split,
    "indexof": index_of,
    "lastindexof": last_index_of,
    "startswith": starts_with,
    "endswith": ends_with,
    "guid": guid,
    "toupper": lambda value: string("toUpper", value).upper(),
    "tolower": lambda value: string("toLower", value).lower(),
    "trim": lambda value: string("trim", value).strip(),
}
