"""Reading production: the role that an environment's functions run as."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import iam

from components.aws import policies
from components.aws.role import RoleArgs, make_role


@dataclass(frozen=True)
class ProductionReaderArgs:
    """Who reads what, and where it writes.

    role_name, path, boundary_arn, tags: of the role; see `role.RoleArgs`.
    sources: name of a source → ARN of its bucket, with the prefix that is read or without:
        "arn:aws:s3:::lake/flights/". The bucket may be another account's: its owner's one statement admits
        roles by their path, so no environment edits it.
    bucket_name: the environment's own bucket, which is read and written.
    logs_arn: ARN of the environment's log groups, ending in "*".
    databases: ARNs of its clones' databases, whose tables are read and written; none by default.
    """

    role_name: str
    path: str
    boundary_arn: str
    sources: Mapping[str, str]
    bucket_name: str
    logs_arn: str
    tags: Mapping[str, str]
    databases: Sequence[str] = ()


class ProductionReader(pulumi.ComponentResource):
    """A role that Lambda assumes: it reads production, and writes only to the environment's own bucket.

    Unlike on Azure nothing of it lies outside of the group: the owner of the data has admitted it beforehand.
    """

    role_name: pulumi.Output[str]
    """Name of the role."""

    role_arn: pulumi.Output[str]
    """ARN of the role."""

    policy: iam.RolePolicy
    """What it may do; a function that is made before this may run before it may read."""

    def __init__(
        self, name: str, args: ProductionReaderArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mayfly:aws:ProductionReader", name, None, opts)
        made = make_role(f"{name}-reader", _role(args), pulumi.ResourceOptions(parent=self))
        self.role_name, self.role_arn, self.policy = made.role.name, made.role.arn, made.policy
        self.register_outputs({"roleName": self.role_name, "roleArn": self.role_arn})


def _role(args: ProductionReaderArgs) -> RoleArgs:
    return RoleArgs(
        role_name=args.role_name,
        path=args.path,
        boundary_arn=args.boundary_arn,
        trust=policies.trust(policies.LAMBDA),
        policy=policies.execution(args.sources.values(), args.bucket_name, args.logs_arn, args.databases),
        tags=args.tags,
    )
