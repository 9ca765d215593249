"""The functions of the expression language that pipelines over storage use.

`FUNCTIONS` has those that need only their arguments. What depends on a run (pipeline(), item(), ...) is in
the expression's scope. A function that is in neither fails the run with an error that names it.
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from localcloud.azure.datafactory.runs.errors import ExpressionError
from localcloud.azure.datafactory.runs.values import Json, find, text, type_name

MOST_ITEMS = 100_000
ROUND_TRIP = "yyyy-MM-ddTHH:mm:ss.fffffffZ"
"""What the .NET format "o" is for a moment in UTC, as every moment here is."""

_FIELD = re.compile(r"""'([^']*)'|(y+|M+|d+|H+|m+|s+|f+|h+|t+|z+|F+|g+|K|["%\\]|^\w$)""")
_FIELDS = {"yyyy": "%Y", "yy": "%y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}


def _wrong(function: str, expected: str, value: Json) -> ExpressionError:
    return ExpressionError(
        f"The template language function '{function}' expects its parameter to be {expected}. "
        f"The provided value is of type '{type_name(value)}'."
    )


def _string(function: str, value: Json) -> str:
    if not isinstance(value, str):
        raise _wrong(function, "a string", value)
    return value


def _integer(function: str, value: Json) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _wrong(function, "an integer", value)
    return value


def _number(function: str, value: Json) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(function, "an integer or a decimal number", value)
    return value


def _boolean(function: str, value: Json) -> bool:
    if not isinstance(value, bool):
        raise _wrong(function, "a boolean", value)
    return value


def _array(function: str, value: Json) -> list[Json]:
    if not isinstance(value, list):
        raise _wrong(function, "an array", value)
    return value


def substring(value: Json, start: Json, length: Json = None) -> str:
    """`length` characters from `start` (0-based), or all from there."""
    source, begin = _string("substring", value), _integer("substring", start)
    end = len(source) if length is None else begin + _integer("substring", length)
    if not 0 <= begin <= end <= len(source):
        raise ExpressionError(
            "The template language function 'substring' parameters are out of range: "
            f"'start index' and 'length' must refer to a location within the string of length {len(source)}."
        )
    return source[begin:end]


def split(value: Json, delimiter: Json) -> list[str]:
    """The parts of a text between delimiters. An empty delimiter splits nothing."""
    source, mark = _string("split", value), _string("split", delimiter)
    return source.split(mark) if mark else [source]


def starts_with(value: Json, search: Json) -> bool:
    """Whether a text starts with another. Case does not matter."""
    return _string("startsWith", value).lower().startswith(_string("startsWith", search).lower())


def ends_with(value: Json, search: Json) -> bool:
    """Whether a text ends with another. Case does not matter."""
    return _string("endsWith", value).lower().endswith(_string("endsWith", search).lower())


def contains(collection: Json, value: Json) -> bool:
    """Whether an array has an item, an object a key, or a string a text."""
    if isinstance(collection, str):
        return text(value) in collection
    if isinstance(collection, list):
        return value in collection
    if isinstance(collection, dict):
        return find(collection, _string("contains", value)) is not None
    raise _wrong("contains", "an object, an array or a string", collection)


def empty(collection: Json) -> bool:
    """Whether an array, an object or a string has nothing in it. Null has nothing."""
    if collection is None or isinstance(collection, str | list | dict):
        return not collection
    raise _wrong("empty", "an object, an array or a string", collection)


def length(collection: Json) -> int:
    """The number of items of an array or of characters of a string."""
    if isinstance(collection, str | list):
        return len(collection)
    raise _wrong("length", "an array or a string", collection)


def _item(function: str, index: int) -> Callable[[Json], Json]:
    def item(collection: Json) -> Json:
        if not isinstance(collection, str | list):
            raise _wrong(function, "an array or a string", collection)
        nothing: Json = "" if isinstance(collection, str) else None
        return collection[index] if collection else nothing

    return item


def sequence(start: Json, count: Json) -> list[Json]:
    """`count` integers from `start` on."""
    size = _integer("range", count)
    if not 0 <= size <= MOST_ITEMS:
        raise ExpressionError(
            f"The template language function 'range' expects a count from 0 to {MOST_ITEMS}."
        )
    begin = _integer("range", start)
    return list(range(begin, begin + size))


def equals(left: Json, right: Json) -> bool:
    """Whether two values are equal. Values of different types are not, except 1 and 1.0."""
    return isinstance(left, bool) is isinstance(right, bool) and bool(left == right)


def _compared(name: str, compare: Callable[[Json, Json], bool]) -> Callable[[Json, Json], bool]:
    def function(left: Json, right: Json) -> bool:
        kinds = {
            "Number" if type_name(value) in ("Integer", "Float") else type_name(value)
            for value in (left, right)
        }
        if len(kinds) != 1 or not kinds <= {"Number", "String"}:
            raise _wrong(name, "of the same type as the other, a number or a string", right)
        return compare(left, right)

    return function


def _converted(name: str, convert: Callable[[str | int | float], Json]) -> Callable[[Json], Json]:
    """A number from a number or its text."""

    def function(value: Json) -> Json:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise _wrong(name, "a number or the text of one", value)
        try:
            return convert(value)
        except ValueError:
            raise _unreadable(name, value) from None

    return function


def to_bool(value: Json) -> bool:
    """A boolean from "true" or "false" in any case, or from a number: 0 is false."""
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if isinstance(value, bool | int | float):
        return bool(value)
    raise _unreadable("bool", value)


def to_json(value: Json) -> Json:
    """The value of a JSON text."""
    try:
        return json.loads(_string("json", value))
    except ValueError as error:
        raise ExpressionError(
            f"The template language function 'json' parameter is not valid. The provided value '{value}' "
            f"cannot be parsed: {error}."
        ) from None


def _unreadable(function: str, value: Json) -> ExpressionError:
    return ExpressionError(
        f"The template language function '{function}' was invoked with a parameter that is not valid. "
        f"The value '{text(value)}' cannot be converted to the target type."
    )


def parse_time(value: Json) -> datetime:
    """The moment of an ISO 8601 text, in UTC. A text without an offset is in UTC."""
    try:
        moment = datetime.fromisoformat(_string("formatDateTime", value).strip())
    except ValueError:
        raise ExpressionError(f"The value '{value}' is not a valid date and time string.") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def format_time(moment: datetime, pattern: Json = "o") -> str:
    """A moment in a custom .NET format of numbers, or in "o". Raises ExpressionError for any other field."""
    custom = _string("formatDateTime", pattern)
    return _FIELD.sub(lambda piece: _field(moment, piece), ROUND_TRIP if custom == "o" else custom)


def _field(moment: datetime, piece: re.Match[str]) -> str:
    field = piece[2]
    if field is None:
        return piece[1]
    if field[0] == "f" and len(field) <= 7:
        return f"{moment.microsecond:06}0"[: len(field)]
    if field not in _FIELDS:
        raise ExpressionError(f"The local Data Factory does not know the date and time format '{field}'.")
    return moment.strftime(_FIELDS[field]).zfill(len(field))


FUNCTIONS: dict[str, Callable[..., Json]] = {
    "concat": lambda first, *more: "".join(text(value) for value in (first, *more)),
    "substring": substring,
    "replace": lambda value, old, new: _string("replace", value).replace(
        _string("replace", old), _string("replace", new)
    ),
    "split": split,
    "startswith": starts_with,
    "endswith": ends_with,
    "toupper": lambda value: _string("toUpper", value).upper(),
    "tolower": lambda value: _string("toLower", value).lower(),
    "trim": lambda value: _string("trim", value).strip(),
    "contains": contains,
    "empty": empty,
    "length": length,
    "first": _item("first", 0),
    "last": _item("last", -1),
    "join": lambda items, mark: _string("join", mark).join(text(item) for item in _array("join", items)),
    "range": sequence,
    "createarray": lambda first, *more: [first, *more],
    "equals": equals,
    "greater": _compared("greater", operator.gt),
    "greaterorequals": _compared("greaterOrEquals", operator.ge),
    "less": _compared("less", operator.lt),
    "lessorequals": _compared("lessOrEquals", operator.le),
    "and": lambda first, second, *more: (
        False not in [_boolean("and", value) for value in (first, second, *more)]
    ),
    "or": lambda first, second, *more: True in [_boolean("or", value) for value in (first, second, *more)],
    "not": lambda value: not _boolean("not", value),
    # The evaluator takes one branch only, and asks here for the name.
    "if": lambda condition, yes, no: yes if _boolean("if", condition) else no,
    "string": text,
    "int": _converted("int", int),
    "float": _converted("float", float),
    "bool": to_bool,
    "json": to_json,
    "coalesce": lambda *values: next((value for value in values if value is not None), None),
    "add": lambda left, right: _number("add", left) + _number("add", right),
    "sub": lambda left, right: _number("sub", left) - _number("sub", right),
    "utcnow": lambda pattern="o": format_time(datetime.now(UTC), pattern),
    "formatdatetime": lambda value, pattern="o": format_time(parse_time(value), pattern),
    "adddays": lambda value, days, pattern="o": format_time(
        parse_time(value) + timedelta(days=_number("addDays", days)), pattern
    ),
}
"""By name in lower case. Case does not matter."""
