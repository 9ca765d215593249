"""The rights of whoever makes environments on AWS, as IAM's simulator tells them where that is allowed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from mayfly.check import Check, Outcome
from mayfly.clouds.aws.errors import CloudError, translated
from mayfly.clouds.aws.kinds import KINDS, Place
from mayfly.clouds.concurrent import concurrently

if TYPE_CHECKING:
    from mayfly.clouds.aws import Aws
    from mayfly.settings import EnvironmentSettings

OBJECTS = ("s3:DeleteObject", "s3:PutObject")
BUCKETS = ("s3:DeleteBucket", "s3:PutBucketPolicy", "s3:PutLifecycleConfiguration")
TOLD = "what it does with an environment's things is allowed, and nothing that was asked of production's"
ACCOUNTS = ("iam:AttachUserPolicy", "iam:CreateUser", "iam:PutUserPolicy")
"""What changes production, or gives whoever has it all other rights: AdministratorAccess allows all of it."""


def checks(cloud: Aws, wanted: EnvironmentSettings) -> list[Check]:
    """Return who is signed in, and which rights are too many or too few. Raises CloudError, NotAllowed."""
    cloud.check_account()
    name, ends = wanted.name, cloud.credentials_end
    told = f"{cloud.caller}; the credentials end at {ends}" if ends else cloud.caller
    signed_in = Check(Outcome.OK, "sign-in", told, name)
    try:
        return [signed_in, *_rights(cloud, wanted)]
    except CloudError as error:
        told = (
            f"{error.operation} is not answered ({error.code}): what else the principal may do is not known"
        )
        return [signed_in, Check(Outcome.UNKNOWN, "policies", told, name, rights=True)]


def _rights(cloud: Aws, wanted: EnvironmentSettings) -> Iterator[Check]:
    who, name, needed = _principal(cloud), wanted.name, _needed(wanted)
    questions = [] if wanted.fabric.permanent else [*_changing(wanted)]
    answers = concurrently(lambda each: _allowed(cloud, who, *each), [*questions, *needed])
    many = [f"{action} on {arn}" for found in answers[: len(questions)] for action, arn, yes in found if yes]
    few = [
        f"{action} on {arn}" for found in answers[len(questions) :] for action, arn, yes in found if not yes
    ]
    fix = "docs/permissions-aws.md has what the deployer needs"
    if many:
        told = f"too many: it may change production, or its own rights: {', '.join(many)}"
        yield Check(Outcome.NO, "policies", told, name, fix, rights=True)
    if few:
        yield Check(Outcome.NO, "policies", f"too few: {', '.join(few)}", name, fix, rights=True)
    if not many and not few:
        yield Check(Outcome.OK, "policies", TOLD, name, rights=True)


def _changing(wanted: EnvironmentSettings) -> Iterator[tuple[Iterable[str], str]]:
    """Actions, and the resource of each, that the deployer of ephemeral environments must not have."""
    buckets = sorted({str(arn).partition("/")[0] for arn in wanted.variables.buckets.values()})
    for bucket in buckets:
        yield OBJECTS, f"{bucket}/mayfly"
        yield BUCKETS, bucket
    yield ACCOUNTS, f"arn:aws:iam::{wanted.aws.account}:user/mayfly-doctor"


def _needed(wanted: EnvironmentSettings) -> Iterator[tuple[Iterable[str], str]]:
    """Actions with things of the environment, a kind at a time: those that hold without a condition."""
    place = Place(wanted.aws.account, wanted.aws.region, [wanted.name], [], [*wanted.variables.databases])
    for kind in (kind for kind in KINDS if kind.is_made(place)):
        if actions := [action for action in kind.own_actions if "*" not in action]:
            yield actions, kind.own_arns(place, wanted.name)[0].replace("*", "x")


def _principal(cloud: Aws) -> str:
    """The user or role whose policies are simulated; a session is a role's, whose path only IAM knows."""
    arn = cloud.caller
    if ":assumed-role/" not in arn:
        return arn
    role = arn.split("/")[1]
    with translated(f"GetRole {role}"):
        return cloud.client("iam").get_role(RoleName=role)["Role"]["Arn"]


def _allowed(cloud: Aws, who: str, actions: Iterable[str], resource: str) -> list[tuple[str, str, bool]]:
    """Each action on a resource, and whether the principal's own policies allow it."""
    with translated("SimulatePrincipalPolicy"):
        pages = cloud.client("iam").get_paginator("simulate_principal_policy")
        return [
            (one["EvalActionName"], resource, one["EvalDecision"] == "allowed")
            for page in pages.paginate(PolicySourceArn=who, ActionNames=[*actions], ResourceArns=[resource])
            for one in page["EvaluationResults"]
        ]
