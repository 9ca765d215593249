"""A log group of CloudWatch Logs."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from localcloud.engine.aws.cloud import Cloud
from localcloud.engine.aws.naming import full_name
from localcloud.engine.aws.row import Change, Name, Row, names
from localcloud.engine.aws.tags import gone, own
from localcloud.engine.values import Properties

if TYPE_CHECKING:
    from mypy_boto3_logs.type_defs import CreateLogGroupRequestTypeDef

NAME = Name(longest=512)


def create(cloud: Cloud, inputs: Properties, stop: threading.Event) -> str:
    """Make a log group."""
    request: CreateLogGroupRequestTypeDef = {"logGroupName": full_name(inputs, NAME)}
    if inputs.get("kmsKeyId"):
        request["kmsKeyId"] = inputs["kmsKeyId"]
    if inputs.get("logGroupClass"):
        request["logGroupClass"] = inputs["logGroupClass"]
    if inputs.get("tags"):
        request["tags"] = inputs["tags"]
    cloud.logs.create_log_group(**request)
    return request["logGroupName"]


def finish(cloud: Cloud, name: str, inputs: Properties, stop: threading.Event) -> None:
    """Set how many days it keeps its logs; 0: for ever."""
    if inputs["retentionInDays"]:
        cloud.logs.put_retention_policy(logGroupName=name, retentionInDays=inputs["retentionInDays"])


def read(cloud: Cloud, name: str) -> Properties | None:
    """Return a log group's outputs. The listing filters by prefix."""
    listed = cloud.logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=name)
    found = next((one for page in listed for one in page["logGroups"] if one["logGroupName"] == name), None)
    if found is None:
        return None
    arn = found["arn"].removesuffix(":*")
    return {
        "arn": arn,
        "kmsKeyId": found.get("kmsKeyId"),
        "logGroupClass": found.get("logGroupClass", "STANDARD"),
        "name": name,
        "region": cloud.region,
        "retentionInDays": found.get("retentionInDays", 0),
        "tags": own(cloud.logs.list_tags_for_resource(resourceArn=arn).get("tags", {})),
    }


def update(cloud: Cloud, name: str, change: Change, stop: threading.Event) -> None:
    """Change what differs, by a call for each."""
    logs, new, arn = cloud.logs, change.new, change.outputs["arn"]
    if "retentionInDays" in change.names and new["retentionInDays"]:
        logs.put_retention_policy(logGroupName=name, retentionInDays=new["retentionInDays"])
    elif "retentionInDays" in change.names:
        logs.delete_retention_policy(logGroupName=name)
    if "kmsKeyId" in change.names and new.get("kmsKeyId"):
        logs.associate_kms_key(logGroupName=name, kmsKeyId=new["kmsKeyId"])
    elif "kmsKeyId" in change.names:
        logs.disassociate_kms_key(logGroupName=name)
    if "tags" in change.names:
        if removed := gone(change):
            logs.untag_resource(resourceArn=arn, tagKeys=removed)
        if new.get("tags"):
            logs.tag_resource(resourceArn=arn, tags=new["tags"])


def delete(cloud: Cloud, name: str, state: Properties) -> None:
    """Remove a log group, unless skipDestroy is set."""
    if not state.get("skipDestroy"):
        cloud.logs.delete_log_group(logGroupName=name)


ROW = Row(
    type="aws:cloudwatch/logGroup:LogGroup",
    noun="CloudWatch Logs Log Group",
    service="CloudWatch Logs",
    absent=frozenset({"ResourceNotFoundException"}),
    create=create,
    finish=finish,
    read=read,
    update=update,
    delete=delete,
    name=NAME,
    optional=names("kmsKeyId retentionInDays skipDestroy tags"),
    computed=names("logGroupClass name namePrefix region"),
    outputs=names("arn tagsAll"),
    refused=names("deletionProtectionEnabled"),
    replaces=names("logGroupClass name namePrefix region"),
    defaults={"retentionInDays": 0, "skipDestroy": False},
    kept=names("namePrefix skipDestroy"),
)
