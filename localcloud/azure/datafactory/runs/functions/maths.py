"""Arithmetic."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

from localcloud.azure.datafactory.runs.errors import ExpressionError
from localcloud.azure.datafactory.runs.functions.arguments import integer, number
from localcloud.azure.datafactory.runs.values import Json

MOST_ITEMS = 100_000


def div(dividend: Json, divisor: Json) -> Json:
    """Return a quotient. Two integers are divided to an integer, rounded towards zero."""
    left, right = number("div", dividend), _not_zero("div", divisor)
    return math.trunc(left / right) if isinstance(left, int) and isinstance(right, int) else left / right


def mod(dividend: Json, divisor: Json) -> Json:
    """Return the remainder of a division, with the dividend's sign as in .NET."""
    left, right = number("mod", dividend), _not_zero("mod", divisor)
    rest = math.fmod(left, right)
    return int(rest) if isinstance(left, int) and isinstance(right, int) else rest


def _not_zero(function: str, value: Json) -> int | float:
    if number(function, value) == 0:
        raise ExpressionError(
            f"Attempt to divide an integral or decimal value by zero in function '{function}'."
        )
    return number(function, value)


def sequence(start: Json, count: Json) -> list[int]:
    """Return `count` integers from `start`."""
    size = integer("range", count)
    if not 0 <= size <= MOST_ITEMS:
        raise ExpressionError(
            f"The template language function 'range' expects a count from 0 to {MOST_ITEMS}."
        )
    begin = integer("range", start)
    return list(range(begin, begin + size))


def _extreme(name: str, choose: Callable[[list[Json]], Json]) -> Callable[..., Json]:
    def function(first: Json, *more: Json) -> Json:
        values = first if isinstance(first, list) and not more else [first, *more]
        return choose([number(name, value) for value in values])

    return function


def rand(lowest: Json, above: Json) -> int:
    """Return a random integer from the first to below the second."""
    low, high = integer("rand", lowest), integer("rand", above)
    if low >= high:
        raise ExpressionError(
            "The template language function 'rand' expects the first value to be the smaller."
        )
    return random.randrange(low, high)  # noqa: S311  (the language's own, not a secret)


FUNCTIONS: dict[str, Callable[..., Json]] = {
    "add": lambda left, right: number("add", left) + number("add", right),
    "sub": lambda left, right: number("sub", left) - number("sub", right),
    "mul": lambda left, right: number("mul", left) * number("mul", right),
    "div": div,
    "mod": mod,
    "max": _extreme("max", max),
    "min": _extreme("min", min),
    "range": sequence,
    "rand": rand,
}
