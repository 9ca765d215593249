"""What IAM does with policies and MiniStack does not: variables, keys, wildcards, `Principal: *`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from typing import Any

from localcloud.aws.gate import emulator
from localcloud.aws.gate.current_request import RequestRefused

VARIABLE = re.compile(r"\$\{([^}]+)\}")

OWNERS = ("aws:resourceaccount", "s3:resourceaccount")
"""Keys for the account of the resource. MiniStack takes the caller's for a bucket's."""

KEYS = frozenset({
    "aws:currenttime", "aws:epochtime", "aws:multifactorauthpresent", "aws:principalaccount",
    "aws:principalarn", "aws:principaltype", "aws:requestedregion", "aws:securetransport",
    "aws:sourceaccount", "aws:sourcearn", "aws:sourceip", "aws:tagkeys", "aws:tokenissuetime", "aws:userid",
    "aws:username", "iam:passedtoservice", "iam:permissionsboundary", "iam:policyarn", "kms:viaservice",
    "lambda:functionarn", "lambda:sourcefunctionarn", "s3:delimiter", "s3:max-keys", "s3:prefix",
    "s3:versionid", "s3:x-amz-acl", "s3:x-amz-server-side-encryption", "sts:externalid",
    "sts:rolesessionname", *OWNERS,
})  # fmt: skip
TAGS = ("aws:principaltag/", "aws:requesttag/", "aws:resourcetag/")
"""What conditions may ask for here, in lower case."""

OPERATOR = re.compile(
    r"null|(forallvalues:|foranyvalue:)?"
    r"(string(not)?(equals|like|equalsignorecase)|arn(not)?(equals|like)|bool|(not)?ipaddress"
    r"|(numeric|date)((not)?equals|(less|greater)than(equals)?))(ifexists)?"
)


def install() -> None:
    """Change MiniStack's evaluator."""
    evaluator = emulator.evaluator
    evaluator.parse_policy_document = _parsed_once(evaluator.parse_policy_document)
    evaluator._first_match = _first_match
    evaluator._names_condition_key = lambda _policies, _prefix: False  # the gate looks up the tags itself
    evaluator._resolve_condition_key = _with_role_arn(evaluator._resolve_condition_key)
    evaluator._conditions_met = _of_known_keys(evaluator._conditions_met)
    evaluator._names_caller_directly = _with_everybody(evaluator._names_caller_directly)
    evaluator._fnmatch_compile = _compile


def _parsed_once(parse: Any) -> Any:
    """Parse each policy once: one DeleteObjects is checked a thousand times."""
    known = lru_cache(1024)(parse)

    def parse_policy_document(document: str | dict[str, Any]) -> Any:
        return known(document) if isinstance(document, str) else parse(document)

    return parse_policy_document


def _first_match(context: Any, statements: Sequence[Any], effect: str) -> Any:
    """The first statement of that effect that is about the request.

    A statement with a variable that has no value is void, a Deny too. Source: IAM User Guide, "IAM policy
    elements: Variables and tags".
    """
    evaluator = emulator.evaluator
    for statement in statements:
        if statement.effect != effect or not _acts(statement, context.action):
            continue
        with suppress(_NoValue):
            found = _filled(statement, context)
            named = evaluator._resource_matches(context.resource_arn, found.resources, found.not_resources)
            if named and evaluator._conditions_met(found.conditions, context):
                return found
    return None


def _acts(statement: Any, action: str) -> bool:
    """Whether a statement is about an action. The statement keeps the answer."""
    known: dict[str, bool] = vars(statement).setdefault("acts", {})
    if action not in known:
        known[action] = emulator.evaluator._action_matches(action, statement.actions, statement.not_actions)
    return known[action]


class _NoValue(Exception):
    """A variable that the request has no value for."""


def _filled(statement: Any, context: Any) -> Any:
    """The statement with every variable by its value, which MiniStack takes for text. Raises _NoValue."""
    has = vars(statement).get("has_variables")
    if has is None:
        has = statement.has_variables = "${" in repr(statement)
    if not has:
        return statement
    return replace(
        statement,
        resources=_fill(statement.resources, context),
        not_resources=_fill(statement.not_resources, context),
        conditions=_fill(statement.conditions, context),
    )


def _fill(value: Any, context: Any) -> Any:
    def one(found: re.Match[str]) -> str:
        known = emulator.evaluator._resolve_condition_key(found[1], context)
        if known is None:
            raise _NoValue
        return str(known)

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
        if key.lower() in OWNERS and OWNERS[0] in context.service_context:
            return context.service_context[OWNERS[0]]
        return resolve(key, context)

    return resolve_condition_key


def _of_known_keys(met: Any) -> Any:
    """Answer 501 for an unknown condition. MiniStack takes it for false, which disables a Deny."""

    def conditions_met(conditions: dict[str, Any], context: Any) -> Any:
        for operator, asked in conditions.items():
            if not OPERATOR.fullmatch(operator.lower()):
                raise RequestRefused(
                    501, "NotImplemented", f"The local AWS does not know the operator {operator}."
                )
            for key in asked:
                if key.lower() not in KEYS and not key.lower().startswith(TAGS):
                    raise RequestRefused(501, "NotImplemented", f"The local AWS does not know the key {key}.")
        return met(conditions, context)

    return conditions_met


def _with_everybody(names: Any) -> Any:
    """A boundary does not limit what a resource's policy gives to everybody, except by a Deny.

    The same holds for what it gives to the session itself. Source: IAM User Guide,
    "Permissions boundaries for IAM entities".
    """

    def names_caller_directly(principal: Any, caller: str) -> Any:
        given = principal.get("AWS", []) if isinstance(principal, dict) else principal
        return "*" in ([given] if isinstance(given, str) else given) or names(principal, caller)

    return names_caller_directly


@lru_cache(4096)
def _compile(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    """A wildcard matches every character. A key with a line break in it does not evade a Deny."""
    text = "".join({"*": ".*", "?": "."}.get(one, re.escape(one)) for one in pattern)
    return re.compile(text + r"\Z", re.DOTALL | (re.IGNORECASE if ignore_case else 0))
