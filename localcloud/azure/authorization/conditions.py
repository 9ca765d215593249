"""Conditions of role assignments (ABAC): the part of the language that delegation uses.

Format: "Azure role assignment condition format and syntax" and "Authorization actions and attributes". Known
are `ActionMatches`, `@Request[...]` and `@Resource[...]` with the comparisons below, `!`/`NOT`, `AND`/`&&`,
`OR`/`||` and parentheses. What is not known is refused when it is parsed. An attribute that a request does
not have makes its comparison unknown, and only a condition that is true without it grants anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from localcloud.azure.authorization.patterns import matches
from localcloud.azure.core.authorizing import Attributes


class BadCondition(ValueError):
    """The text is no condition, or it uses what the local cloud does not know. Says what and where."""


class Expression(Protocol):
    """A part of a condition; None stands for unknown."""

    def evaluate(self, action: str, attributes: Attributes) -> bool | None:
        """Whether it holds for this action and these attributes."""


@dataclass(frozen=True)
class ActionMatches:
    """True when the action that is asked for matches the pattern."""

    pattern: str

    def evaluate(self, action: str, attributes: Attributes) -> bool | None:
        """Compare without regard to case."""
        return matches(self.pattern, action)


@dataclass(frozen=True)
class Comparison:
    """An attribute against values. source: "request" or "resource"; name: the attribute in lower case."""

    source: str
    name: str
    compare: Callable[[str, frozenset[str]], bool]
    values: frozenset[str]

    def evaluate(self, action: str, attributes: Attributes) -> bool | None:
        """Unknown when the attribute is absent."""
        given = (attributes.request if self.source == "request" else attributes.resource).get(self.name)
        return None if given is None else self.compare(given, self.values)


@dataclass(frozen=True)
class Not:
    """The opposite; unknown stays unknown."""

    part: Expression

    def evaluate(self, action: str, attributes: Attributes) -> bool | None:
        """Turn it round."""
        value = self.part.evaluate(action, attributes)
        return None if value is None else not value


@dataclass(frozen=True)
class Joined:
    """Parts joined by AND (decisive: False) or OR (decisive: True)."""

    parts: tuple[Expression, ...]
    decisive: bool

    def evaluate(self, action: str, attributes: Attributes) -> bool | None:
        """One decisive part decides; else one unknown part makes the whole unknown."""
        values = [part.evaluate(action, attributes) for part in self.parts]
        if self.decisive in values:
            return self.decisive
        return None if None in values else not self.decisive


def _in(given: str, values: frozenset[str]) -> bool:
    return given in values


def _in_ignoring_case(given: str, values: frozenset[str]) -> bool:
    return given.lower() in {value.lower() for value in values}


def _guid_in(given: str, values: frozenset[str]) -> bool:
    return given.lower().rsplit("/", 1)[-1] in {value.lower() for value in values}


def _negated(compare: Callable[[str, frozenset[str]], bool]) -> Callable[[str, frozenset[str]], bool]:
    return lambda given, values: not compare(given, values)


# The attributes here have one value each, so "for any of any" and "for any of all" come down to in and not
# in.
SINGLE: dict[str, Callable[[str, frozenset[str]], bool]] = {
    "stringequals": _in,
    "stringnotequals": _negated(_in),
    "stringequalsignorecase": _in_ignoring_case,
    "stringnotequalsignorecase": _negated(_in_ignoring_case),
    "guidequals": _guid_in,
    "guidnotequals": _negated(_guid_in),
}
QUANTIFIED: dict[str, Callable[[str, frozenset[str]], bool]] = {
    "foranyofanyvalues:stringequals": _in,
    "foranyofanyvalues:stringequalsignorecase": _in_ignoring_case,
    "foranyofanyvalues:guidequals": _guid_in,
    "foranyofallvalues:stringnotequals": _negated(_in),
    "foranyofallvalues:stringnotequalsignorecase": _negated(_in_ignoring_case),
    "foranyofallvalues:guidnotequals": _negated(_guid_in),
}

_TOKEN = re.compile(
    r"\s*(?:(?P<join>AND\b|OR\b|&&|\|\|)|(?P<not>NOT\b|!)|(?P<open>\()|(?P<close>\))"
    r"|(?P<action>ActionMatches)\s*\{\s*'(?P<pattern>[^']+)'\s*\}"
    r"|@(?P<source>Request|Resource)\s*\[\s*(?P<name>[\w.]+(?:/[\w.]+)*:[\w/]+)\s*\]"
    r"\s+(?P<operator>\w+(?::\w+)?)\s*(?:'(?P<string>[^']*)'|(?P<guid>[0-9a-fA-F-]{36})|\{(?P<set>[^{}]*)\}))",
    re.IGNORECASE,
)
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@lru_cache(maxsize=512)
def parse(text: str) -> Expression:
    """Read a condition; raises BadCondition for what is not known."""
    parser = _Parser(_tokens(text))
    expression = parser.joined()
    parser.expect_end()
    return expression


def holds(text: str, action: str, attributes: Attributes) -> bool:
    """Whether a condition is fulfilled. One that cannot be read, or is unknown, is not."""
    try:
        return parse(text).evaluate(action, attributes) is True
    except BadCondition:
        return False


def _tokens(text: str) -> list[re.Match[str]]:
    found: list[re.Match[str]] = []
    position, end = 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            raise BadCondition(f"not understood at character {position}: {text[position : position + 60]!r}")
        found.append(match)
        position = match.end()
    return found


class _Parser:
    """Recursive descent. AND and OR without parentheses are refused: their precedence is undocumented."""

    def __init__(self, tokens: list[re.Match[str]]) -> None:
        self._tokens = tokens
        self._position = 0

    def joined(self) -> Expression:
        parts = [self._part()]
        joins: set[bool] = set()
        while (token := self._peek()) and token["join"]:
            self._position += 1
            joins.add(token["join"].upper() in ("OR", "||"))
            parts.append(self._part())
        if len(joins) > 1:
            raise BadCondition("AND and OR are mixed without parentheses")
        return Joined(tuple(parts), joins.pop()) if joins else parts[0]

    def expect_end(self) -> None:
        if token := self._peek():
            raise BadCondition(f"not expected at character {token.start()}: {token.group().strip()!r}")

    def _part(self) -> Expression:
        token = self._peek()
        if token is None:
            raise BadCondition("the condition ends where an expression is expected")
        self._position += 1
        if token["not"]:
            return Not(self._part())
        if token["open"]:
            return self._in_parentheses()
        if token["action"]:
            return ActionMatches(token["pattern"])
        if token["source"]:
            return _comparison(token)
        raise BadCondition(f"not expected at character {token.start()}: {token.group().strip()!r}")

    def _in_parentheses(self) -> Expression:
        inner = self.joined()
        token = self._peek()
        if token is None or not token["close"]:
            raise BadCondition("a parenthesis is not closed")
        self._position += 1
        return inner

    def _peek(self) -> re.Match[str] | None:
        return self._tokens[self._position] if self._position < len(self._tokens) else None


def _comparison(token: re.Match[str]) -> Comparison:
    operator = token["operator"].lower()
    table = QUANTIFIED if token["set"] is not None else SINGLE
    compare = table.get(operator)
    if compare is None:
        raise BadCondition(f"the operator '{token['operator']}' is not known")
    values = _values(token, guids="guid" in operator)
    return Comparison(token["source"].lower(), token["name"].lower(), compare, values)


def _values(token: re.Match[str], *, guids: bool) -> frozenset[str]:
    if token["set"] is None:
        written = [token["guid"] or f"'{token['string']}'"]
    else:
        written = [value.strip() for value in token["set"].split(",")]
    pattern = _GUID if guids else re.compile(r"'[^']*'")
    for value in written:
        if pattern.fullmatch(value.strip("'") if guids else value) is None:
            raise BadCondition(
                f"the value {value} is not one the operator '{token['operator']}' compares with"
            )
    return frozenset(value.strip("'") for value in written)
