"""Managed policies of IAM, found by their path."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from mayfly.clouds.aws.kinds.kind import Kind, Step, Tags
from mayfly.naming import aws


class Policies(Kind):
    """Under the environment's path. The account's boundary lies outside it and is not the environment's."""

    name = "policies"
    type = "AWS::IAM::ManagedPolicy"
    engine_type = "aws:iam/policy:Policy"
    engine_prefix = "aws:iam/policy:"
    arn_form = "{handle}"
    """IAM's calls take the ARN itself."""
    own_form = "arn:aws:iam::{account}:policy" + aws.iam_path("{environment}") + "*"
    step = Step.RIGHTS
    is_private = True
    patience = 120.0
    """As that of roles."""
    own_actions = ("iam:DeletePolicy*", "iam:GetPolicy*", "iam:ListPolicyVersions")
    """It makes none."""
    removal_actions = own_actions
    list_actions = ("iam:ListPolicies",)

    def engine_id(self, inputs: Mapping[str, Any]) -> str:
        """The ARN."""
        return f"arn:aws:iam::{self.owner.account}:policy{inputs.get('path', '/')}{inputs['name']}"

    def named(self) -> Iterable[str]:
        """By path, the account's own alone."""
        pages = self.cloud.client("iam").get_paginator("list_policies")
        for page in pages.paginate(Scope="Local", PathPrefix=aws.iam_path(self.owner.environment)):
            yield from (policy["Arn"] for policy in page["Policies"])

    def handle(self, arn: str) -> str | None:
        """The ARN of a policy under the path."""
        return arn if self.is_own_id(arn, self.owner) else None

    def is_named(self, handle: str) -> bool:
        """Nobody else makes policies under this path."""
        return True

    def own_tags(self, handle: str) -> Tags:
        """NoSuchEntity when it is gone."""
        return aws.by_key(self.cloud.client("iam").get_policy(PolicyArn=handle)["Policy"].get("Tags", []))

    def delete(self, handle: str) -> None:
        """Its older versions first. One that is attached elsewhere answers DeleteConflict, and stays."""
        iam = self.cloud.client("iam")
        for page in iam.get_paginator("list_policy_versions").paginate(PolicyArn=handle):
            for version in page["Versions"]:
                if not version["IsDefaultVersion"]:
                    with suppress(iam.exceptions.NoSuchEntityException):  # see Roles.delete
                        iam.delete_policy_version(PolicyArn=handle, VersionId=version["VersionId"])
        iam.delete_policy(PolicyArn=handle)
