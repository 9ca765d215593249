"""A managed IAM policy."""

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
    from mypy_boto3_iam.type_defs import CreatePolicyRequestTypeDef

NAME = Name(longest=128)
MOST_VERSIONS = 5
"""Versions that IAM keeps of a policy."""


def create(cloud: Cloud, inputs: Properties, stop: threading.Event) -> str:
    """Make a policy."""
    request: CreatePolicyRequestTypeDef = {
        "Path": inputs["path"],
        "PolicyDocument": inputs["policy"],
        "PolicyName": full_name(inputs, NAME),
    }
    if inputs.get("description"):
        request["Description"] = inputs["description"]
    if inputs.get("tags"):
        request["Tags"] = pairs(inputs)
    return cloud.iam.create_policy(**request)["Policy"]["Arn"]


def read(cloud: Cloud, arn: str) -> Properties:
    """Return a policy's outputs, with its default version's document."""
    found = cloud.iam.get_policy(PolicyArn=arn)["Policy"]
    version = cloud.iam.get_policy_version(PolicyArn=arn, VersionId=found["DefaultVersionId"])
    return {
        "arn": found["Arn"],
        "attachmentCount": found["AttachmentCount"],
        "description": found.get("Description") or None,
        "name": found["PolicyName"],
        "path": found["Path"],
        "policy": text(version["PolicyVersion"]["Document"]),
        "policyId": found["PolicyId"],
        "tags": mapping(found.get("Tags", [])),
    }


def update(cloud: Cloud, arn: str, change: Change, stop: threading.Event) -> None:
    """Make a new version of a changed document."""
    if "policy" in change.names:
        others = _others(cloud, arn)
        if len(others) + 1 >= MOST_VERSIONS:
            cloud.iam.delete_policy_version(PolicyArn=arn, VersionId=others[0])
        cloud.iam.create_policy_version(PolicyArn=arn, PolicyDocument=change.new["policy"], SetAsDefault=True)
    if "tags" in change.names:
        if removed := gone(change):
            cloud.iam.untag_policy(PolicyArn=arn, TagKeys=removed)
        if change.new.get("tags"):
            cloud.iam.tag_policy(PolicyArn=arn, Tags=pairs(change.new))


def delete(cloud: Cloud, arn: str, state: Properties) -> None:
    """Remove a policy with all its versions."""
    for version in _others(cloud, arn):
        cloud.iam.delete_policy_version(PolicyArn=arn, VersionId=version)
    cloud.iam.delete_policy(PolicyArn=arn)


def _others(cloud: Cloud, arn: str) -> list[str]:
    """Return the versions that are not the default, oldest first."""
    versions = cloud.iam.list_policy_versions(PolicyArn=arn)["Versions"]
    return [
        one["VersionId"]
        for one in sorted(versions, key=lambda version: version["CreateDate"])
        if not one["IsDefaultVersion"]
    ]


ROW = Row(
    type="aws:iam/policy:Policy",
    noun="IAM Policy",
    service="IAM",
    absent=frozenset({"NoSuchEntity"}),
    create=create,
    read=read,
    update=update,
    delete=delete,
    name=NAME,
    required=names("policy"),
    optional=names("description path tags"),
    computed=names("name namePrefix"),
    outputs=names("arn attachmentCount policyId tagsAll"),
    refused=names("delayAfterPolicyCreationInMs"),
    replaces=names("description name namePrefix path"),
    defaults={"path": "/"},
    kept=names("namePrefix"),
    documents=names("policy"),
)
