"""Data Factory's expression language: parsed with a grammar, evaluated over JSON values.

A string that starts with `@` is an expression; `@{...}` inside a string is replaced by the text of its value;
`@@` is a plain `@`. What an expression may refer to (pipeline(), item(), ...) is its scope.
https://learn.microsoft.com/azure/data-factory/control-flow-expression-language-functions
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from lark import Lark, Token, Tree
from lark.exceptions import LarkError

from localcloud.azure.datafactory.runs.errors import ExpressionError
from localcloud.azure.datafactory.runs.functions import FUNCTIONS
from localcloud.azure.datafactory.runs.functions.arguments import boolean
from localcloud.azure.datafactory.runs.values import Json, find, text, type_name

Scope = Mapping[str, Callable[..., Json]]
"""Functions that depend on the run: pipeline, activity, variables, item, dataset."""

_GRAMMAR = Lark(
    r"""
    ?start: expr
    ?expr: call | STRING -> string | NUMBER -> number | CONSTANT -> constant
         | expr DOT MEMBER -> property
         | expr OPEN expr "]" -> index
    call: NAME "(" (expr ("," expr)*)? ")"
    CONSTANT.2: /(true|false|null)(?![\w(])/i
    DOT: "." | "?."
    OPEN: "[" | "?["
    NAME: /[A-Za-z_$][\w$]*/
    MEMBER: /[A-Za-z_$][\w$-]*/
    NUMBER: /-?(\d+(\.\d+)?|\.\d+)([eE][+-]?\d+)?/
    STRING: /'(?:[^']|'')*'/
    %ignore /[ \t\f\r\n\u00a0]+/
    """,
    parser="lalr",
)
_PIECE = re.compile(r"@@\{|@\{((?:'(?:[^']|'')*'|[^'}])*)\}|@\{")
_DECIDED = {"and": False, "or": True}
"""Functions that evaluate no further argument once one has this value."""


def evaluate(value: Json, scope: Scope) -> Json:
    """Return a JSON value with every expression replaced by its value.

    An object `{"value": ..., "type": "Expression"}` is an expression too.
    Raises ExpressionError, with the reason, for an expression that cannot be parsed or evaluated.
    """
    if isinstance(value, str):
        return _template(value, scope)
    if isinstance(value, list):
        return [evaluate(item, scope) for item in value]
    if isinstance(value, dict):
        if value.get("type") == "Expression" and "value" in value:
            return evaluate(value["value"], scope)
        return {key: evaluate(item, scope) for key, item in value.items()}
    return value


def _template(source: str, scope: Scope) -> Json:
    if source.startswith("@@") and not source.startswith("@@{"):
        return source[1:]
    if source.startswith("@") and not source.startswith(("@{", "@@")):
        return _value(parse(source[1:]), scope)
    return _PIECE.sub(lambda piece: _interpolated(piece, scope), source)


def _interpolated(piece: re.Match[str], scope: Scope) -> str:
    body = piece.group(1)
    if body is not None:
        return text(_value(parse(body), scope))
    if piece.group(0) == "@{":
        raise ExpressionError(f"Missing close brace in the expression '{piece.string}'.")
    return "@{"  # It was escaped.


@lru_cache(maxsize=4096)
def parse(source: str) -> Tree[Token]:
    """Parse one expression, without its `@`."""
    try:
        return _GRAMMAR.parse(source)
    except LarkError as error:
        reason = str(error).splitlines()[0]
        raise ExpressionError(f"Unable to parse expression '{source}': {reason}") from None


def _value(node: Tree[Token], scope: Scope) -> Json:
    children = node.children
    if node.data == "call":
        return _call(str(children[0]), children[1:], scope)
    if node.data == "property":
        return _select(_value(_tree(children[0]), scope), str(children[2]), optional=str(children[1]) == "?.")
    if node.data == "index":
        chosen = _value(_tree(children[2]), scope)
        return _select(_value(_tree(children[0]), scope), chosen, optional=str(children[1]) == "?[")
    return _literal(str(node.data), str(children[0]))


def _tree(node: Tree[Token] | Token) -> Tree[Token]:
    if not isinstance(node, Tree):
        raise ExpressionError(f"Unexpected '{node}' in an expression.")
    return node


def _literal(kind: str, source: str) -> Json:
    if kind == "string":
        return source[1:-1].replace("''", "'")
    if kind == "constant":
        return {"true": True, "false": False, "null": None}[source.lower()]
    return int(source) if source.lstrip("-").isdigit() else float(source)


def _call(name: str, arguments: Sequence[Tree[Token] | Token], scope: Scope) -> Json:
    function = scope.get(name.lower()) or FUNCTIONS.get(name.lower())
    if function is None:
        raise ExpressionError(f"The template function '{name}' is not defined or not valid.")
    if name.lower() == "if":
        return _branch(arguments, scope)
    if name.lower() in _DECIDED and len(arguments) > 1:
        return _decision(name.lower(), arguments, scope)
    values = [_value(_tree(argument), scope) for argument in arguments]
    _check_count(name, function, values)
    return function(*values)


def _check_count(name: str, function: Callable[..., Json], values: Sequence[Json]) -> None:
    try:
        inspect.signature(function).bind(*values)
    except TypeError:
        raise ExpressionError(
            f"Unable to evaluate the template language function '{name}': "
            f"the number of parameters, {len(values)}, is not what it expects."
        ) from None


def _branch(arguments: Sequence[Tree[Token] | Token], scope: Scope) -> Json:
    if len(arguments) != 3:
        raise ExpressionError("The template language function 'if' expects three parameters.")
    condition = _value(_tree(arguments[0]), scope)
    if not isinstance(condition, bool):
        raise ExpressionError(
            "The template language function 'if' expects its first parameter to be a boolean. "
            f"The provided value is of type '{type_name(condition)}'."
        )
    return _value(_tree(arguments[1 if condition else 2]), scope)


def _decision(name: str, arguments: Sequence[Tree[Token] | Token], scope: Scope) -> bool:
    for argument in arguments:
        if boolean(name, _value(_tree(argument), scope)) is _DECIDED[name]:
            return _DECIDED[name]
    return not _DECIDED[name]


def _select(container: Json, chosen: Json, *, optional: bool) -> Json:
    if container is None and optional:
        return None
    if isinstance(container, dict) and isinstance(chosen, str):
        return _member(container, chosen, optional=optional)
    if isinstance(container, list) and isinstance(chosen, int) and not isinstance(chosen, bool):
        return _element(container, chosen, optional=optional)
    raise ExpressionError(
        f"The expression cannot be evaluated because '{chosen}' cannot be selected "
        f"from a value of type '{type_name(container)}'."
    )


def _member(container: dict[str, Json], name: str, *, optional: bool) -> Json:
    key = find(container, name)
    if key is not None:
        return container[key]
    if optional:
        return None
    known = ", ".join(container)
    raise ExpressionError(
        f"The expression cannot be evaluated because property '{name}' doesn't exist, "
        f"available properties are '{known}'."
    )


def _element(container: list[Json], index: int, *, optional: bool) -> Json:
    if 0 <= index < len(container):
        return container[index]
    if optional:
        return None
    raise ExpressionError(
        f"The expression cannot be evaluated because array index '{index}' is outside "
        f"bounds (0, {len(container) - 1}) of array."
    )
