"""What IAM says of the roles of an environment: who may take each, its policies, the boundary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mayfly import naming
from mayfly.clouds.aws import CloudError, translated
from mayfly.clouds.concurrent import together
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
class Held:
    """A role under an environment's path. role: as its own GET shows it.

    inline: name of a policy of its own → the document. attached: ARNs of managed policies.
    """

    role: RoleTypeDef
    inline: Mapping[str, Any] = field(default_factory=dict)
    attached: Sequence[str] = ()

    @property
    def name(self) -> str:
        """Unique in the account."""
        return self.role["RoleName"]


def under_path(cloud: Aws, environment: str) -> list[Held]:
    """Every role under the environment's path, whatever it is called. Raises CloudError."""

    path = naming.aws.iam_path(environment)
    pages = cloud.client("iam").get_paginator("list_roles")
    with translated(f"ListRoles {path}"):
        names = [role["RoleName"] for page in pages.paginate(PathPrefix=path) for role in page["Roles"]]
    found = together(lambda name: _held(cloud, name), sorted(names))
    return [held for held in found if held is not None]


def _held(cloud: Aws, name: str) -> Held | None:
    """With what the list leaves out: the boundary and the tags. None for a role that has gone meanwhile."""

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
        return Held(role, inline, attached(cloud, name))
    except CloudError as error:
        if error.tells_absence:
            return None
        raise


def attached(cloud: Aws, role: str) -> list[str]:
    """ARNs of the managed policies that somebody attached. Raises CloudError."""

    pages = cloud.client("iam").get_paginator("list_attached_role_policies")
    with translated(f"ListAttachedRolePolicies {role}"):
        return [
            item["PolicyArn"] for page in pages.paginate(RoleName=role) for item in page["AttachedPolicies"]
        ]


def rows(wanted: EnvironmentSettings, held: Sequence[Held], boundary: str) -> list[Row]:
    """Every role as it stands. boundary: ARN of the one that each should have."""
    return [row for one in held for row in _judged(wanted, one, boundary)]


def reads(wanted: EnvironmentSettings, held: Sequence[Held]) -> list[tuple[str, str]]:
    """The buckets and prefixes outside of the environment that the policies of its roles name."""
    own = own_arns(wanted)
    return sorted(
        {found for one in held for document in one.inline.values() for found in documents.read(document, own)}
    )


def own_arns(wanted: EnvironmentSettings) -> list[str]:
    """What the ARNs of the things begin with that an environment's roles may use at will."""
    account, region = wanted.aws.account, wanted.aws.region
    functions = naming.aws.function_name(wanted, "x").removesuffix("x")
    return [
        f"arn:aws:s3:::{naming.aws.bucket_prefix(wanted.name)}",
        f"arn:aws:logs:{region}:{account}:log-group:{naming.aws.log_prefix(wanted.name)}",
        f"arn:aws:lambda:{region}:{account}:function:{functions}",
    ]


def _judged(wanted: EnvironmentSettings, held: Held, boundary: str) -> Iterator[Row]:
    who, trust = _expected(wanted, held)
    role, arn = held.role, held.role["Arn"]
    tags = {tag["Key"]: tag["Value"] for tag in role.get("Tags", [])}
    found: dict[str, tuple[object, object]] = {
        "has the boundary": (boundary, role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")),
        "is under the path": (naming.aws.iam_path(wanted.name), role["Path"]),
        "is taken by": (trust, documents.trusted(role.get("AssumeRolePolicyDocument"))),
        "is tagged": (wanted.name, tags.get(ENVIRONMENT)),
        "has attached policies": ([], list(held.attached)),
    }
    for what, (expected, got) in found.items():
        yield Row(who, what, arn, _words(expected), _words(got), Outcome.of(expected == got))
    for policy, document in held.inline.items():
        beyond, what = documents.beyond(document, own_arns(wanted)), f"has in its policy {policy}"
        yield Row(
            who, what, arn, "its own and reads", _words(beyond) if beyond else "that", Outcome.of(not beyond)
        )
    if who not in (WHO, SCHEDULES):
        # What other accounts and services give it shows in no document of its own.
        yield Row(who, "is tried", arn, "allowed, refused", "not tried", Outcome.NOT_SHOWN)


def _expected(wanted: EnvironmentSettings, held: Held) -> tuple[str, list[str]]:
    """Who a role is, and whom it should trust. A further one may be taken by functions at most."""
    names = naming.aws.names(wanted)
    if held.name == names.schedule_role:
        return SCHEDULES, [documents.of_account(SCHEDULER, wanted.aws.account)]
    return (WHO if held.name == names.role else f"the role {held.name}"), [LAMBDA]


def _words(value: object) -> str:
    return ", ".join(value) if isinstance(value, list) and value else str(value or "none")
