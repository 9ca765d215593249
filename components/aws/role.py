"""Roles of an environment: below its own path, with the boundary that no policy widens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws import iam


@dataclass(frozen=True)
class RoleArgs:
    """What a role is made of.

    role_name: unique in the account, at most 64 characters.
    path: "/mayfly/<environment>/": a teardown finds the role by it, since the tagging API lists none.
    boundary_arn: ARN of the permissions boundary. It lets the role write to what is named after its tag
        mayfly-env, and to nothing else, whatever is attached.
    trust: who may take the role on, as JSON.
    policy: what it may do, as JSON.
    tags: the environment's marker; the boundary reads mayfly-env.
    """

    role_name: str
    path: str
    boundary_arn: str
    trust: str
    policy: str
    tags: Mapping[str, str]


@dataclass(frozen=True)
class MadeRole:
    """A role, and the policy that has to be there before the role is of use."""

    role: iam.Role
    policy: iam.RolePolicy


def make_role(name: str, args: RoleArgs, opts: pulumi.ResourceOptions) -> MadeRole:
    """Make a role with one policy inside, so that nothing else in the account refers to it."""
    role = iam.Role(
        f"{name}-role",
        name=args.role_name,
        path=args.path,
        permissions_boundary=args.boundary_arn,
        assume_role_policy=args.trust,
        tags=args.tags,
        opts=opts,
    )
    policy = iam.RolePolicy(f"{name}-policy", name="mayfly", role=role.name, policy=args.policy, opts=opts)
    return MadeRole(role, policy)
