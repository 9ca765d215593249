"""An IAM role. Its policies are resources of their own; the deprecated inputs for them are refused."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from localcloud.engine.aws.cloud import Cloud
from localcloud.engine.aws.documents import text
from localcloud.engine.aws.naming import full_name
from localcloud.engine.aws.row import Change, Name, Row, names
from localcloud.engine.aws.tags import gone, mapping, pairs
from localcloud.engine.values import Properties

if TYPE_CHECKING:
    from mypy_boto3_iam.type_defs import CreateRoleRequestTypeDef

NAME = Name(longest=64)


def create(cloud: Cloud, inputs: Properties, stop: threading.Event) -> str:
    """Make a role."""
    request: CreateRoleRequestTypeDef = {
        "AssumeRolePolicyDocument": inputs["assumeRolePolicy"],
        "MaxSessionDuration": inputs["maxSessionDuration"],
        "Path": inputs["path"],
        "RoleName": full_name(inputs, NAME),
    }
    if inputs.get("description"):
        request["Description"] = inputs["description"]
    if inputs.get("permissionsBoundary"):
        request["PermissionsBoundary"] = inputs["permissionsBoundary"]
    if inputs.get("tags"):
        request["Tags"] = pairs(inputs)
    return cloud.iam.create_role(**request)["Role"]["RoleName"]


def read(cloud: Cloud, name: str) -> Properties:
    """Return a role's outputs."""
    found = cloud.iam.get_role(RoleName=name)["Role"]
    return {
        "arn": found["Arn"],
        "assumeRolePolicy": text(found["AssumeRolePolicyDocument"]),
        "createDate": found["CreateDate"].strftime("%Y-%m-%dT%H:%M:%SZ"),
        "description": found.get("Description") or None,
        "maxSessionDuration": found.get("MaxSessionDuration", 3600),
        "name": found["RoleName"],
        "path": found["Path"],
        "permissionsBoundary": found.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
        "tags": mapping(found.get("Tags", [])),
        "uniqueId": found["RoleId"],
    }


def update(cloud: Cloud, name: str, change: Change, stop: threading.Event) -> None:
    """Change what differs, by a call for each."""
    iam, new = cloud.iam, change.new
    if "assumeRolePolicy" in change.names:
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=new["assumeRolePolicy"])
    if change.names & {"description", "maxSessionDuration"}:
        iam.update_role(
            RoleName=name,
            Description=new.get("description", ""),
            MaxSessionDuration=new["maxSessionDuration"],
        )
    if "permissionsBoundary" in change.names and new.get("permissionsBoundary"):
        iam.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=new["permissionsBoundary"])
    elif "permissionsBoundary" in change.names:
        iam.delete_role_permissions_boundary(RoleName=name)
    if "tags" in change.names:
        if removed := gone(change):
            iam.untag_role(RoleName=name, TagKeys=removed)
        if new.get("tags"):
            iam.tag_role(RoleName=name, Tags=pairs(new))


def delete(cloud: Cloud, name: str, state: Properties) -> None:
    """Remove a role, and policies that others attached only with forceDetachPolicies."""
    if state.get("forceDetachPolicies"):
        for attached in cloud.iam.get_paginator("list_attached_role_policies").paginate(RoleName=name):
            for policy in attached["AttachedPolicies"]:
                cloud.iam.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
        for inline in cloud.iam.get_paginator("list_role_policies").paginate(RoleName=name):
            for policy_name in inline["PolicyNames"]:
                cloud.iam.delete_role_policy(RoleName=name, PolicyName=policy_name)
    cloud.iam.delete_role(RoleName=name)


ROW = Row(
    type="aws:iam/role:Role",
    noun="IAM Role",
    service="IAM",
    absent=frozenset({"NoSuchEntity"}),
    create=create,
    read=read,
    update=update,
    delete=delete,
    name=NAME,
    required=names("assumeRolePolicy"),
    optional=names("description forceDetachPolicies maxSessionDuration path permissionsBoundary tags"),
    computed=names("name namePrefix"),
    outputs=names("arn createDate tagsAll uniqueId"),
    refused=names("inlinePolicies managedPolicyArns"),
    replaces=names("name namePrefix path"),
    defaults={"forceDetachPolicies": False, "maxSessionDuration": 3600, "path": "/"},
    kept=names("forceDetachPolicies namePrefix"),
    documents=names("assumeRolePolicy"),
)
