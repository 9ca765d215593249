"""String functions."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from localcloud.azure.datafactory.runs.errors import ExpressionError
from localcloud.azure.datafactory.runs.functions.arguments import integer, string
from localcloud.azure.datafactory.runs.values import Json, text


def concat(first: Json, *more: Json) -> str:
    """Concatenate the texts of all arguments."""
    return "".join(text(value) for value in (first, *more))


def substring(value: Json, start: Json, length: Json = None) -> str:
    """Return `length` characters from `start` (0-based), by default to the end."""
    source, begin = string("substring", value), integer("substring", start)
    end = len(source) if length is None else begin + integer("substring", length)
    if not 0 <= begin <= end <= len(source):
        raise ExpressionError(
            "The template language function 'substring' parameters are out of range: "
            f"'start index' and 'length' must refer to a location within the string of length {len(source)}."
        )
    return source[begin:end]


def replace(value: Json, old: Json, new: Json) -> str:
    """Replace every occurrence of one text by another."""
    return string("replace", value).replace(string("replace", old), string("replace", new))


def split(value: Json, delimiter: Json) -> list[str]:
    """Split a text at delimiters. An empty delimiter splits nothing."""
    source, mark = string("split", value), string("split", delimiter)
    return source.split(mark) if mark else [source]


def index_of(value: Json, search: Json) -> int:
    """Return the index of the first occurrence, ignoring case; -1 for none."""
    return string("indexOf", value).lower().find(string("indexOf", search).lower())


def last_index_of(value: Json, search: Json) -> int:
    """Return the index of the last occurrence, ignoring case; -1 for none."""
    return string("lastIndexOf", value).lower().rfind(string("lastIndexOf", search).lower())


def starts_with(value: Json, search: Json) -> bool:
    """Whether a text starts with another, ignoring case."""
    return string("startsWith", value).lower().startswith(string("startsWith", search).lower())


def ends_with(value: Json, search: Json) -> bool:
    """Whether a text ends with another, ignoring case."""
    return string("endsWith", value).lower().endswith(string("endsWith", search).lower())


def guid(format: Json = "D") -> str:
    """A new unique id, in one of .NET's formats N, D, B, P or X."""
    fresh = uuid.uuid4()
    digits = fresh.hex
    octets = ",".join(f"0x{digits[place : place + 2]}" for place in range(16, 32, 2))
    shapes = {
        "N": fresh.hex,
        "D": str(fresh),
        "B": f"{{{fresh}}}",
        "P": f"({fresh})",
        "X": f"{{0x{digits[:8]},0x{digits[8:12]},0x{digits[12:16]},{{{octets}}}}}",
    }
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
