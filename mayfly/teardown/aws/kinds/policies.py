"""Managed policies of IAM, found by their path."""

from __future__ import annotations

from collections.abc import Iterable

from mayfly.naming import aws
from mayfly.teardown.aws.kinds.kind import Kind, Tags


class Policies(Kind):
    """Under the environment's path. The account's boundary lies outside it and is not the environment's."""

    name = "policies"
    type = "AWS::IAM::ManagedPolicy"
    is_private = True
    patience = 120.0
    """As that of roles."""

    def named(self) -> Iterable[str]:
        """By path, the account's own alone."""
        pages = self.cloud.client("iam").get_paginator("list_policies")
        for page in pages.paginate(Scope="Local", PathPrefix=aws.iam_path(self.owner.environment)):
            yield from (policy["Arn"] for policy in page["Policies"])

    def arn(self, handle: str) -> str:
        """IAM's calls take the ARN itself."""
        return handle

    def handle(self, arn: str) -> str | None:
        """The ARN of a policy under the path."""
        start = f"arn:aws:iam::{self.owner.account}:policy{aws.iam_path(self.owner.environment)}"
        return arn if arn.startswith(start) else None

    def is_named(self, handle: str) -> bool:
        """Nobody else makes policies under this path."""
        return True

    def tags(self, handle: str) -> Tags | None:
        """NoSuchEntity when it is gone."""
        found = self.cloud.client("iam").get_policy(PolicyArn=handle)["Policy"]
        return {tag["Key"]: tag["Value"] for tag in found.get("Tags", [])}

    def delete(self, handle: str) -> None:
        """Its older versions first. One that is attached elsewhere answers DeleteConflict, and stays."""
        iam = self.cloud.client("iam")
        for page in iam.get_paginator("list_policy_versions").paginate(PolicyArn=handle):
            for version in page["Versions"]:
                if not version["IsDefaultVersion"]:
                    iam.delete_policy_version(PolicyArn=handle, VersionId=version["VersionId"])
        iam.delete_policy(PolicyArn=handle)
