"""The roles of an environment, as IAM has them: who may assume each, its policies, its boundary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mayfly import naming
from mayfly.clouds.aws import CloudError, translated
from mayfly.clouds.concurrent import concurrently
from mayfly.naming import clones
from mayfly.naming.tagging import ENVIRONMENT
from mayfly.proof.aws import documents
from mayfly.proof.verdict import Outcome, Row

if TYPE_CHECKING:
    from mypy_boto3_iam.type_defs import RoleTypeDef

    from mayfly.clouds.aws import Aws
    from mayfly.settings import EnvironmentSettings

WHO = "the execution role"
SCHEDULES = "the schedules' role"
LAMBDA, SCHEDULER = "lambda.amazonaws.com", "scheduler.amazonaws.com"


@dataclass(frozen=True)
class EnvironmentRole:
    """A role under an environment's path. role: as GetRole shows it.

    inline: name of an inline policy → its document. attached: ARNs of managed policies.
    """

    role: RoleTypeDef
    inline: Mapping[str, Any] = field(default_factory=dict)
    attached: Sequence[str] = ()

    @property
    def name(self) -> str:
        """Unique in the account."""
        return self.role["RoleName"]


def under_path(cloud: Aws, environment: str) -> list[EnvironmentRole]:
    """Return every role under the environment's path, whatever its name. Raises CloudError."""

    path = naming.aws.iam_path(environment)
    pages = cloud.client("iam").get_paginator("list_roles")
    with translated(f"ListRoles {path}"):
        names = [role["RoleName"] for page in pages.paginate(PathPrefix=path) for role in page["Roles"]]
    found = concurrently(lambda name: _get(cloud, name), sorted(names))
    return [role for role in found if role is not None]


def _get(cloud: Aws, name: str) -> EnvironmentRole | None:
    """One role with its boundary and tags, which ListRoles omits; None when it has gone meanwhile."""

    iam = cloud.client("iam")
    try:
        with translated(f"GetRole {name}"):
            role = iam.get_role(RoleName=name)["Role"]
        with translated(f"the policies of {name}"):
            pages = iam.get_paginator("list_role_policies").paginate(RoleName=name)
            policies = [policy for page in pages for policy in page["PolicyNames"]]
            inline = {
                policy: iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
                for policy in policies
            }
        with translated(f"ListAttachedRolePolicies {name}"):
            attached = iam.get_paginator("list_attached_role_policies").paginate(RoleName=name)
            arns = [item["PolicyArn"] for page in attached for item in page["AttachedPolicies"]]
        return EnvironmentRole(role, inline, arns)
    except CloudError as error:
        if error.tells_absence:
            return None
        raise


def rows(wanted: EnvironmentSettings, held: Sequence[EnvironmentRole], boundary: str) -> list[Row]:
    """Return the rows of all roles. boundary: ARN of the boundary that each role must have."""
    return [row for one in held for row in _role_rows(wanted, one, boundary)]


def reads(wanted: EnvironmentSettings, held: Sequence[EnvironmentRole]) -> list[tuple[str, str]]:
    """Return the buckets and prefixes outside the environment that its roles' policies let them read."""
    own = own_arns(wanted)
    return sorted(
        {found for one in held for document in one.inline.values() for found in documents.read(document, own)}
    )


def own_arns(wanted: EnvironmentSettings) -> list[str]:
    """Return the prefixes of the ARNs of the environment's own resources, which its roles may use freely."""
    account, region = wanted.aws.account, wanted.aws.region
    functions = naming.aws.function_name(wanted, "x").removesuffix("x")
    own = clones.namespace_prefix(wanted.name)
    return [
        f"arn:aws:s3:::{naming.aws.bucket_prefix(wanted.name)}",
        f"arn:aws:logs:{region}:{account}:log-group:{naming.aws.log_prefix(wanted.name)}",
        f"arn:aws:lambda:{region}:{account}:function:{functions}",
        *(
            f"arn:aws:glue:{region}:{account}:{each}"
            for each in ("catalog", f"database/{own}", f"table/{own}")
        ),
    ]


def _role_rows(wanted: EnvironmentSettings, held: EnvironmentRole, boundary: str) -> Iterator[Row]:
    names, trust, who = naming.aws.names(wanted), [LAMBDA], f"the role {held.name}"
    if held.name == names.schedule_role:
        who, trust = SCHEDULES, [documents.of_account(SCHEDULER, wanted.aws.account)]
    elif held.name == names.role:
        who = WHO
    role, arn = held.role, held.role["Arn"]
    tags = {tag["Key"]: tag["Value"] for tag in role.get("Tags", [])}
    facts: dict[str, tuple[object, object]] = {
        "has the boundary": (boundary, role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")),
        "is under the path": (naming.aws.iam_path(wanted.name), role["Path"]),
        "is taken by": (trust, documents.trusted(role.get("AssumeRolePolicyDocument"))),
        "is tagged": (wanted.name, tags.get(ENVIRONMENT)),
        "has attached policies": ([], list(held.attached)),
    }
    for what, (expected, got) in facts.items():
        yield Row(who, what, arn, _words(expected), _words(got), Outcome.of(expected == got))
    for policy, document in held.inline.items():
        beyond, what = documents.beyond(document, own_arns(wanted)), f"has in its policy {policy}"
        yield Row(
            who, what, arn, "its own and reads", _words(beyond) if beyond else "that", Outcome.of(not beyond)
        )
    if who not in (WHO, SCHEDULES):
        # Its own documents do not show what other accounts and services give it.
        yield Row(who, "is tried", arn, "allowed, refused", "not tried", Outcome.NOT_SHOWN)


def _words(value: object) -> str:
    return ", ".join(value) if isinstance(value, list) and value else str(value or "none")
