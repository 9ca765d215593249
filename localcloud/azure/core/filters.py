"""OData's `$filter` as far as Resource Manager's lists take it: terms joined by `and`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from localcloud.azure.core.errors import CloudError

_TERM = re.compile(
    r"\s*(?:(?P<field>\w+)\s+eq\s+'(?P<value>(?:[^']|'')*)'"
    r"|(?P<function>\w+)\(\s*(?:'(?P<argument>(?:[^']|'')*)')?\s*\))\s*",
    re.IGNORECASE,
)
_AND = re.compile(r"and\b", re.IGNORECASE)


@dataclass(frozen=True)
class Term:
    """One condition, its name in lower case: `tagName eq 'x'` or `atScope()`, whose value is empty."""

    name: str
    value: str


def parse(text: str | None, allowed: frozenset[str]) -> dict[str, str]:
    """The terms of a filter by name; 400 InvalidFilterInQueryString for what is not understood.

    allowed: names in lower case; no term may be given twice.
    """
    terms: dict[str, str] = {}
    for term in _terms(text or ""):
        if term.name not in allowed or term.name in terms:
            raise invalid(text or "")
        terms[term.name] = term.value
    return terms


def invalid(text: str) -> CloudError:
    """400 for a filter that is not understood."""
    return CloudError(
        400, "InvalidFilterInQueryString", f"Invalid $filter '{text}' specified in the query string."
    )


def _terms(text: str) -> list[Term]:
    terms: list[Term] = []
    position = 0
    while text.strip():
        match = _TERM.match(text, position)
        if match is None:
            raise invalid(text)
        name = match["field"] or match["function"]
        value = match["value"] if match["field"] else match["argument"] or ""
        terms.append(Term(name.lower(), value.replace("''", "'")))
        position = match.end()
        if position == len(text):
            break
        joined = _AND.match(text, position)
        if joined is None:
            raise invalid(text)
        position = joined.end()
    return terms
