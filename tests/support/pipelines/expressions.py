"""Expressions as the three platforms write them, as far as our templates use them.

GitHub: "Evaluate expressions in workflows and actions". Azure DevOps: "Expressions". GitLab: "Specify when
jobs run with rules", variable expressions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*'|\"[^\"]*\")|(?P<number>\d+)|(?P<name>\$?[A-Za-z_][\w-]*)|(?P<sign>[=!]=|&&|\|\||[!().,\[\]]))"
)
Functions = Mapping[str, Callable[..., Any]]

ALWAYS: Functions = {
    "contains": lambda where, what: same_text(what) in same_text(where),
    "toJSON": lambda value: json.dumps(value, indent=2),
    "eq": lambda one, other: same(one, other),
    "ne": lambda one, other: not same(one, other),
    "and": lambda *values: all(values),
    "not": lambda value: not value,
}


def evaluate(text: str, names: Mapping[str, Any], functions: Functions) -> Any:
    """Evaluate an expression. names: its contexts. functions: more than ALWAYS. Raises ValueError."""
    parser = _Parser(_tokens(text), names, {**ALWAYS, **functions})
    value = parser.either()
    if parser.tokens:
        raise ValueError(f"{text!r}: what is {parser.tokens[0]!r}?")
    return value


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal: texts without regard to case, and nothing is an empty text."""
    return same_text(one) == same_text(other)


def same_text(value: Any) -> str:
    """A value as the platforms compare it."""
    return as_text(value).lower()


def as_text(value: Any) -> str:
    """A value as it is put into a text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at = [], 0
    while text[at:].strip():
        match = TOKEN.match(text, at)
        if not match:
            raise ValueError(f"{text!r} at {text[at : at + 20]!r}")
        found.append((str(match.lastgroup), match[str(match.lastgroup)]))
        at = match.end()
    return found


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]], names: Mapping[str, Any], functions: Functions) -> None:
        self.tokens, self.names, self.functions = tokens, names, functions

    def take(self, *signs: str) -> str | None:
        """The next sign, if it is one of these."""
        if self.tokens and self.tokens[0][0] == "sign" and self.tokens[0][1] in signs:
            return self.tokens.pop(0)[1]
        return None

    def either(self) -> Any:
        value = self.both()
        while self.take("||"):
            other = self.both()
            value = value or other
        return value

    def both(self) -> Any:
        value = self.equal()
        while self.take("&&"):
            other = self.equal()
            value = value and other
        return value

    def equal(self) -> Any:
        value = self.one()
        while sign := self.take("==", "!="):
            value = same(value, self.one()) == (sign == "==")
        return value

    def one(self) -> Any:
        if self.take("!"):
            return not self.one()
        if self.take("("):
            value = self.either()
            self.need(")")
            return value
        kind, word = self.tokens.pop(0)
        if kind == "text":
            return word[1:-1].replace("''", "'")
        if kind == "number":
            return int(word)
        if kind != "name":
            raise ValueError(f"unexpected {word!r}")
        return self.call(word) if self.take("(") else self.looked_up(word)

    def call(self, name: str) -> Any:
        arguments = []
        while not self.take(")"):
            arguments.append(self.either())
            self.take(",")
        return self.functions[name](*arguments)

    def looked_up(self, name: str) -> Any:
        if name in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[name]
        if name.startswith("$"):
            return self.names.get(name[1:])
        value = self.names[name]
        while sign := self.take(".", "["):
            key = self.either() if sign == "[" else self.tokens.pop(0)[1]
            value = _item(value, key)
            if sign == "[":
                self.need("]")
        return value

    def need(self, sign: str) -> None:
        if not self.take(sign):
            raise ValueError(f"{sign!r} is missing")


def _item(value: Any, key: str) -> Any:
    """A field, without regard to case; nothing where there is none."""
    folded = {str(name).lower(): each for name, each in (value or {}).items()}
    return folded.get(str(key).lower())
