"""IAM roles, which the tagging API does not know: found by their path."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress

from mayfly.clouds.aws.kinds.kind import Kind, Place, Step, Tags
from mayfly.clouds.aws.owner import Owner
from mayfly.clouds.aws.statements import Statement, allow, condition
from mayfly.clouds.concurrent import concurrently
from mayfly.naming import aws, clones
from mayfly.naming.clones import NAMESPACE_TAG
from mayfly.naming.limits import ROLE
from mayfly.naming.tagging import ENVIRONMENT, MANAGED_BY, MAYFLY

PASSED_TO = ["lambda.amazonaws.com", "scheduler.amazonaws.com"]


class Roles(Kind):
    """Under the environment's path, by whatever name. They go when nothing runs as them any more."""

    name = "roles"
    type = ROLE
    engine_type = "aws:iam/role:Role"
    engine_prefix = "aws:iam/role"
    arn_form = "arn:aws:iam::{account}:role" + aws.iam_path("{environment}") + "{handle}"
    """A role's name is unique in the account without its path."""
    own_form = "*"
    step = Step.IDENTITY
    is_private = True
    patience = 120.0
    """IAM: a change "might not be immediately visible" (User Guide, "Troubleshoot IAM"); the official
    provider's own patience with it is two minutes.
    """
    removal_actions = (
        "iam:DeleteRole",
        "iam:DeleteRolePolicy",
        "iam:DetachRolePolicy",
        "iam:GetRole*",
        "iam:ListAttachedRolePolicies",
        "iam:ListInstanceProfilesForRole",
        "iam:ListRolePolicies",
        "iam:ListRoleTags",
    )
    own_actions = (*removal_actions, "iam:UntagRole", "iam:UpdateRole")
    list_actions = ("iam:ListRoles",)
    quota_actions = ("iam:GetAccountSummary",)

    @classmethod
    def statements(cls, place: Place) -> Sequence[Statement]:
        """Roles under the stages' paths, made with the boundary and the marker, passed to two services.

        What a role trusts is the deployer's choice when it makes one, and cannot be restricted: the boundary
        holds whoever assumes it. Nothing can be attached, and no trust changed.
        """
        boundary = aws.boundary_arn(place.account)
        roles = [arn for stage in place.stages for arn in cls.own_arns(place, stage)]
        named = [f"arn:aws:iam::{place.account}:role/{stage}-*" for stage in place.stages]
        bounded = {"iam:PermissionsBoundary": boundary}
        managed = {f"aws:RequestTag/{MANAGED_BY}": MAYFLY}
        tagged = {f"aws:RequestTag/{ENVIRONMENT}": place.stages}
        passed = {"iam:PassedToService": PASSED_TO}
        folded = {f"aws:RequestTag/{NAMESPACE_TAG}": [clones.folded(stage) for stage in place.stages]}
        # Clones carry the environment's name as engines spell it, and so does the role that writes them.
        cloning = {"StringLikeIfExists": folded} if place.databases else {}
        return [
            allow(
                "MakeRoles",
                ["iam:CreateRole"],
                roles,
                **condition(StringEquals=bounded | managed, StringLike=tagged, **cloning),
            ),
            allow(
                "ChangeRoles",
                ["iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"],
                roles,
                **condition(StringEquals=bounded),
            ),
            allow(
                "TagRoles",
                ["iam:TagRole"],
                roles,
                **condition(StringLikeIfExists=tagged | cloning.get("StringLikeIfExists", {})),
            ),
            allow("PassRoles", ["iam:PassRole"], roles, **condition(StringEquals=passed)),
            # Asked for one that is not there, IAM decides by the name alone: it knows no path.
            allow("SeeRoles", ["iam:GetPolicy*", "iam:GetRole", "iam:ListRoleTags"], [*named, boundary]),
        ]

    @classmethod
    def removal_statements(cls, place: Place) -> Sequence[Statement]:
        """Asked for a role that is not there, IAM decides by the name alone: it knows no path."""
        named = [f"arn:aws:iam::{place.account}:role/{stage}-*" for stage in place.stages]
        return [allow("SeeRoles", ["iam:GetRole", "iam:ListRoleTags"], named)]

    @classmethod
    def is_own_id(cls, id: str, owner: Owner) -> bool:
        """A role, or a policy in one: "role:policy"."""
        return id.startswith(f"{owner.environment}-")

    def named(self) -> Iterable[str]:
        """By path."""
        pages = self.cloud.client("iam").get_paginator("list_roles")
        for page in pages.paginate(PathPrefix=aws.iam_path(self.owner.environment)):
            yield from (role["RoleName"] for role in page["Roles"])

    def is_named(self, handle: str) -> bool:
        """The deployer makes roles under this path for environments alone."""
        return True

    def own_tags(self, handle: str) -> Tags:
        """NoSuchEntity when it is gone."""
        return aws.by_key(self.cloud.client("iam").list_role_tags(RoleName=handle)["Tags"])

    def delete(self, handle: str) -> None:
        """Policies of both kinds and instance profiles first: IAM answers DeleteConflict otherwise.

        One of these that is gone says nothing of the role: the answer to its removal may have been lost, and
        botocore tries again.
        """
        concurrently(lambda clear: clear(handle), (self._inline, self._attached, self._profiles))
        self.cloud.client("iam").delete_role(RoleName=handle)

    def _inline(self, role: str) -> None:
        iam = self.cloud.client("iam")
        for page in iam.get_paginator("list_role_policies").paginate(RoleName=role):
            for name in page["PolicyNames"]:
                with suppress(iam.exceptions.NoSuchEntityException):
                    iam.delete_role_policy(RoleName=role, PolicyName=name)

    def _attached(self, role: str) -> None:
        iam = self.cloud.client("iam")
        for page in iam.get_paginator("list_attached_role_policies").paginate(RoleName=role):
            for policy in page["AttachedPolicies"]:
                with suppress(iam.exceptions.NoSuchEntityException):
                    iam.detach_role_policy(RoleName=role, PolicyArn=policy["PolicyArn"])

    def _profiles(self, role: str) -> None:
        iam = self.cloud.client("iam")
        for page in iam.get_paginator("list_instance_profiles_for_role").paginate(RoleName=role):
            for profile in page["InstanceProfiles"]:
                name = profile["InstanceProfileName"]
                with suppress(iam.exceptions.NoSuchEntityException):
                    iam.remove_role_from_instance_profile(InstanceProfileName=name, RoleName=role)


def tags_of_own_role(kind: Kind, arn: str) -> Tags | None:
    """The tags of a role of the environment, by its ARN, none when it is gone; None for a role of others.

    kind: what runs as the role. Raises ClientError.
    """
    roles = Roles(kind.cloud, kind.owner, kind.tagged)
    role = roles.handle(arn)
    if role is None:
        return None
    try:
        return roles.own_tags(role)
    except kind.cloud.client("iam").exceptions.NoSuchEntityException:
        return {}
