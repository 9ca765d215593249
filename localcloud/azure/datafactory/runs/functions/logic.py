"""Logical functions. The evaluator has `if`, `and` and `or`, which skip arguments; here are their names."""

from __future__ import annotations

import operator
from collections.abc import Callable

from localcloud.azure.datafactory.runs.functions.arguments import boolean, wrong
from localcloud.azure.datafactory.runs.values import Json, type_name


def equals(left: Json, right: Json) -> bool:
    """Whether two values are equal: 1 and 1.0 are, and so are 1 and true; texts and other values never."""
    return bool(left == right)


def _compared(name: str, compare: Callable[[Json, Json], bool]) -> Callable[[Json, Json], bool]:
    def function(left: Json, right: Json) -> bool:
        kinds = {
            "Number" if type_name(value) in ("Integer", "Float") else type_name(value)
            for value in (left, right)
        }
        if len(kinds) != 1 or not kinds <= {"Number", "String"}:
            raise wrong(name, "of the same type as the other, a number or a string", right)
        return compare(left, right)

    return function


def _if(condition: Json, yes: Json, no: Json) -> Json:
    return yes if boolean("if", condition) else no


FUNCTIONS: dict[str, Callable[..., Json]] = {
    "equals": equals,
    "greater": _compared("greater", operator.gt),
    "greaterorequals": _compared("greaterOrEquals", operator.ge),
    "less": _compared("less", operator.lt),
    "lessorequals": _compared("lessOrEquals", operator.le),
    "and": lambda first, second, *more: (
        False not in [boolean("and", value) for value in (first, second, *more)]
    ),
    "or": lambda first, second, *more: True in [boolean("or", value) for value in (first, second, *more)],
    "not": lambda value: not boolean("not", value),
    "if": _if,
}
