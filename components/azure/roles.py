"""Built-in roles, and role assignments that always get the same name.

Role ids: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/storage
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import authorization

STORAGE_BLOB_DATA_READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
STORAGE_BLOB_DATA_CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "mayfly:azure:role-assignment")


@dataclass(frozen=True)
class GrantArgs:
    """One role on one scope for one service principal or managed identity.

    scope: resource id the role is given on.
    role: id of the role definition, a GUID.
    principal_id: object id of the identity that gets it.
    identity: what tells the environment from all others; it stands in the assignment's description, because
        assignments carry no tags and have to be found again when the principal is gone.
    """

    scope: pulumi.Input[str]
    role: str
    principal_id: pulumi.Input[str]
    identity: str


def grant(name: str, args: GrantArgs, opts: pulumi.ResourceOptions) -> authorization.RoleAssignment:
    """Make a role assignment. The identity may be seconds old: its type is sent, so nobody looks it up."""
    scope = pulumi.Output.from_input(args.scope)
    return authorization.RoleAssignment(
        name,
        scope=scope,
        role_assignment_name=pulumi.Output.all(scope, args.principal_id).apply(
            lambda known: assignment_name(known[0], args.role, known[1])
        ),
        role_definition_id=scope.apply(lambda known: role_definition_id(known, args.role)),
        principal_id=args.principal_id,
        principal_type=authorization.PrincipalType.SERVICE_PRINCIPAL,
        description=f"mayfly:{args.identity}",
        opts=opts,
    )


def assignment_name(scope: str, role: str, principal_id: str) -> str:
    """Return the name (a GUID) of the assignment of `role` on `scope` to `principal_id`.

    The principal is part of it: an assignment outlives its principal, so a name without it would match
    the dead one's. Resource ids are case-insensitive, so their case makes no difference.
    """
    return str(uuid.uuid5(_NAMESPACE, "|".join((scope, role, principal_id)).lower()))


def role_definition_id(scope: str, role: str) -> str:
    """Return the full id of a built-in role, in the subscription that `scope` lies in.

    Raises ValueError where `scope` does not begin with a subscription.
    """
    parts = scope.split("/")
    if len(parts) < 3 or parts[1].lower() != "subscriptions":
        raise ValueError(f"{scope!r} is no resource id: it begins with /subscriptions/<id>")
    return f"/subscriptions/{parts[2]}/providers/Microsoft.Authorization/roleDefinitions/{role}"
