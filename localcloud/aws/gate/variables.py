"""Policy variables, a session's role and wildcards, as IAM takes them and MiniStack's evaluator does not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from localcloud.aws.gate import emulator

VARIABLE = re.compile(r"\$\{([^}]+)\}")


def install() -> None:
    """Put them into MiniStack's evaluator."""
    evaluator = emulator.evaluator
    evaluator._first_match = _with_variables(evaluator._first_match)
    evaluator._resolve_condition_key = _with_role_arn(evaluator._resolve_condition_key)
    evaluator._fnmatch_compile = _compile


def _with_variables(match: Any) -> Any:
    """Policy variables in resources and conditions, which MiniStack takes for text."""

    def first_match(context: Any, statements: Sequence[Any], effect: str) -> Any:
        return match(context, [_filled(statement, context) for statement in statements], effect)

    return first_match


def _filled(statement: Any, context: Any) -> Any:
    return replace(
        statement,
        resources=_fill(statement.resources, context),
        not_resources=_fill(statement.not_resources, context),
        conditions=_fill(statement.conditions, context),
    )


def _fill(value: Any, context: Any) -> Any:
    """Every variable by its value. One without a value stays as it is, and so matches nothing."""

    def one(found: re.Match[str]) -> str:
        known = emulator.evaluator._resolve_condition_key(found[1], context)
        return found[0] if known is None else str(known)

    if isinstance(value, str):
        return VARIABLE.sub(one, value) if "${" in value else value
    if isinstance(value, dict):
        return {key: _fill(inner, context) for key, inner in value.items()}
    return [_fill(inner, context) for inner in value] if isinstance(value, list) else value


def _with_role_arn(resolve: Any) -> Any:
    """`aws:PrincipalArn` of a session is its role's ARN, path and all.

    Source: IAM User Guide, "AWS global condition context keys", aws:PrincipalArn.
    """

    def resolve_condition_key(key: str, context: Any) -> Any:
        if key.lower() == "aws:principalarn" and ":assumed-role/" in context.principal_arn:
            name = emulator.evaluator._role_name_from_assumed_arn(context.principal_arn)
            role = emulator.iam._roles.get(name)
            return role["Arn"] if role else context.principal_arn
        return resolve(key, context)

    return resolve_condition_key


_patterns: dict[tuple[str, bool], re.Pattern[str]] = {}


def _compile(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    """A wildcard stands for every character: a key with a line break in it is no way past a Deny."""
    key = (pattern, ignore_case)
    if key not in _patterns:
        text = "".join({"*": ".*", "?": "."}.get(one, re.escape(one)) for one in pattern)
        flags = re.DOTALL | (re.IGNORECASE if ignore_case else 0)
        _patterns[key] = re.compile(text + r"\Z", flags)
    return _patterns[key]
