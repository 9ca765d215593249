"""IAM roles, which the tagging API does not know: found by their path."""

from __future__ import annotations

from collections.abc import Iterable

from botocore.exceptions import ClientError

from mayfly.clouds.aws import Aws
from mayfly.clouds.concurrent import run_concurrently
from mayfly.naming import aws
from mayfly.teardown.aws.kinds.kind import Kind, Tags
from mayfly.teardown.aws.owner import Owner


class Roles(Kind):
    """Under the environment's path, whatever they are called. They go when nothing runs as them any more."""

    name = "roles"
    type = "AWS::IAM::Role"
    is_private = True
    patience = 120.0
    """IAM: a change "might not be immediately visible" (User Guide, "Troubleshoot IAM"); the official
    provider's own patience with it is two minutes.
    """

    def named(self) -> Iterable[str]:
        """By path."""
        pages = self.cloud.client("iam").get_paginator("list_roles")
        for page in pages.paginate(PathPrefix=aws.iam_path(self.owner.environment)):
            yield from (role["RoleName"] for role in page["Roles"])

    def arn(self, handle: str) -> str:
        """With the path; IAM is the same in all regions."""
        return f"{self.start(self.owner)}{handle}"

    def handle(self, arn: str) -> str | None:
        """The role's name, which is unique in the account without its path."""
        start = self.start(self.owner)
        return arn.removeprefix(start) if arn.startswith(start) else None

    def is_named(self, handle: str) -> bool:
        """The deployer makes roles under this path for environments alone."""
        return True

    def tags(self, handle: str) -> Tags | None:
        """NoSuchEntity when it is gone."""
        found = self.cloud.client("iam").list_role_tags(RoleName=handle)["Tags"]
        return {tag["Key"]: tag["Value"] for tag in found}

    def delete(self, handle: str) -> None:
        """What would answer DeleteConflict goes first: policies of both kinds, and instance profiles."""
        run_concurrently(lambda clear: clear(handle), (self._inline, self._attached, self._profiles))
        self.cloud.client("iam").delete_role(RoleName=handle)

    def _inline(self, role: str) -> None:
        iam = self.cloud.client("iam")
        for page in iam.get_paginator("list_role_policies").paginate(RoleName=role):
            for name in page["PolicyNames"]:
                iam.delete_role_policy(RoleName=role, PolicyName=name)

    def _attached(self, role: str) -> None:
        iam = self.cloud.client("iam")
        for page in iam.get_paginator("list_attached_role_policies").paginate(RoleName=role):
            for policy in page["AttachedPolicies"]:
                iam.detach_role_policy(RoleName=role, PolicyArn=policy["PolicyArn"])

    def _profiles(self, role: str) -> None:
        iam = self.cloud.client("iam")
        for page in iam.get_paginator("list_instance_profiles_for_role").paginate(RoleName=role):
            for profile in page["InstanceProfiles"]:
                name = profile["InstanceProfileName"]
                iam.remove_role_from_instance_profile(InstanceProfileName=name, RoleName=role)

    @staticmethod
    def start(owner: Owner) -> str:
        """What the ARN of each begins with."""
        return f"arn:aws:iam::{owner.account}:role{aws.iam_path(owner.environment)}"


def role_tags(cloud: Aws, role: str) -> Tags:
    """A role's tags; none of them when it is gone."""
    try:
        found = cloud.client("iam").list_role_tags(RoleName=role)["Tags"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchEntity":
            return {}
        raise
    return {tag["Key"]: tag["Value"] for tag in found}
