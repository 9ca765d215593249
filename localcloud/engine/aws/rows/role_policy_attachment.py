"""A policy's attachment to an IAM role."""

from __future__ import annotations

import threading

from localcloud.engine.aws.cloud import Cloud
from localcloud.engine.aws.row import Change, Row, names
from localcloud.engine.values import Properties


def create(cloud: Cloud, inputs: Properties, stop: threading.Event) -> str:
    """Attach a policy. An attached one is fine, as it is for IAM."""
    cloud.iam.attach_role_policy(RoleName=inputs["role"], PolicyArn=inputs["policyArn"])
    return f"{inputs['role']}/{inputs['policyArn']}"


def read(cloud: Cloud, resource_id: str) -> Properties | None:
    """Return the outputs; None when it is not attached."""
    role, _, arn = resource_id.partition("/")
    pages = cloud.iam.get_paginator("list_attached_role_policies").paginate(RoleName=role)
    attached = {policy["PolicyArn"] for page in pages for policy in page["AttachedPolicies"]}
    return {"policyArn": arn, "role": role} if arn in attached else None


def update(cloud: Cloud, resource_id: str, change: Change, stop: threading.Event) -> None:
    """Do nothing: nothing changes in place."""


def delete(cloud: Cloud, resource_id: str, state: Properties) -> None:
    """Detach it."""
    role, _, arn = resource_id.partition("/")
    cloud.iam.detach_role_policy(RoleName=role, PolicyArn=arn)


ROW = Row(
    type="aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    noun="IAM Role Policy Attachment",
    service="IAM",
    absent=frozenset({"NoSuchEntity"}),
    create=create,
    read=read,
    update=update,
    delete=delete,
    required=names("policyArn role"),
    replaces=names("policyArn role"),
)
