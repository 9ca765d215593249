"""A standard queue of SQS."""

from __future__ import annotations

import threading
from typing import Any

from localcloud.engine.aws.cloud import Cloud
from localcloud.engine.aws.naming import full_name
from localcloud.engine.aws.row import Change, Name, Row, names
from localcloud.engine.aws.tags import gone, own
from localcloud.engine.values import Properties

NAME = Name(longest=80)
ATTRIBUTES = {
    "delaySeconds": "DelaySeconds",
    "messageRetentionSeconds": "MessageRetentionPeriod",
    "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
    "visibilityTimeoutSeconds": "VisibilityTimeout",
}


def create(cloud: Cloud, inputs: Properties, stop: threading.Event) -> str:
    """Make a queue; its id is its URL."""
    request: dict[str, Any] = {"QueueName": full_name(inputs, NAME), "Attributes": _attributes(inputs)}
    if inputs.get("tags"):
        request["tags"] = inputs["tags"]
    return str(cloud.sqs.create_queue(**request)["QueueUrl"])


def read(cloud: Cloud, url: str) -> Properties:
    """Return a queue's outputs."""
    found = cloud.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return {
        **{here: int(found[there]) for here, there in ATTRIBUTES.items()},
        "arn": found["QueueArn"],
        "name": url.rpartition("/")[2],
        "region": cloud.region,
        "tags": own(cloud.sqs.list_queue_tags(QueueUrl=url).get("Tags", {})),
        "url": url,
    }


def update(cloud: Cloud, url: str, change: Change, stop: threading.Event) -> None:
    """Change what differs, by a call for each."""
    if change.names & ATTRIBUTES.keys():
        cloud.sqs.set_queue_attributes(QueueUrl=url, Attributes=_attributes(change.new))
    if "tags" in change.names:
        if removed := gone(change):
            cloud.sqs.untag_queue(QueueUrl=url, TagKeys=removed)
        if change.new.get("tags"):
            cloud.sqs.tag_queue(QueueUrl=url, Tags=change.new["tags"])


def delete(cloud: Cloud, url: str, state: Properties) -> None:
    """Remove a queue with its messages."""
    cloud.sqs.delete_queue(QueueUrl=url)


def _attributes(inputs: Properties) -> dict[str, str]:
    return {there: str(int(inputs[here])) for here, there in ATTRIBUTES.items()}


ROW = Row(
    type="aws:sqs/queue:Queue",
    noun="SQS Queue",
    service="SQS",
    absent=frozenset({"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"}),
    create=create,
    read=read,
    update=update,
    delete=delete,
    name=NAME,
    optional=names(
        "delaySeconds messageRetentionSeconds receiveWaitTimeSeconds tags visibilityTimeoutSeconds"
    ),
    computed=names("name namePrefix region"),
    outputs=names("arn tagsAll url"),
    refused=names(
        "contentBasedDeduplication deduplicationScope fifoQueue fifoThroughputLimit "
        "kmsDataKeyReusePeriodSeconds kmsMasterKeyId maxMessageSize policy redriveAllowPolicy redrivePolicy "
        "sqsManagedSseEnabled"
    ),
    replaces=names("name namePrefix region"),
    defaults={
        "delaySeconds": 0,
        "messageRetentionSeconds": 345600,
        "receiveWaitTimeSeconds": 0,
        "visibilityTimeoutSeconds": 30,
    },
    kept=names("namePrefix"),
)
