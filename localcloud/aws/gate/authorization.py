"""Where MiniStack decides otherwise than IAM does: hooks into its evaluator."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from localcloud.aws.gate import emulator
from localcloud.aws.gate.noted import current

VARIABLE = re.compile(r"\$\{([^}]+)\}")


def install() -> None:
    """Put them in place."""
    evaluator = emulator.evaluator
    evaluator._first_match = _with_variables(evaluator._first_match)
    evaluator._resolve_condition_key = _with_role_arn(evaluator._resolve_condition_key)
    emulator.actions.extract_iam_action = _noted(emulator.actions.extract_iam_action)


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


def _noted(extract: Any) -> Any:
    """Note the action; and one that MiniStack does not know, and so would let pass, is allowed to those alone
    who may do everything.
    """

    def extract_iam_action(service: str, *request: Any) -> str:
        action: str = extract(service, *request) or f"{service}:UnknownToTheLocalCloud"
        noted = current.get()
        noted.service, noted.action = service, action
        return action

    return extract_iam_action
