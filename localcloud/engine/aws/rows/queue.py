"""A queue of SQS."""

from __future__ import annotations

import threading
from typing import Any

from localcloud.engine.aws.cloud import Cloud
from localcloud.engine.aws.naming import full_name
from localcloud.engine.aws.row import Change, Name, Row, names
from localcloud.engine.aws.tags import gone, own
from localcloud.engine.values import Properties

NAME = Name(longest=80)
FIFO = ".fifo"
NUMBERS = {
    "delaySeconds": "DelaySeconds",
    "kmsDataKeyReusePeriodSeconds": "KmsDataKeyReusePeriodSeconds",
    "maxMessageSize": "MaximumMessageSize",
    "messageRetentionSeconds": "MessageRetentionPeriod",
    "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
    "visibilityTimeoutSeconds": "VisibilityTimeout",
}
SWITCHES = {
    "contentBasedDeduplication": "ContentBasedDeduplication",
    "fifoQueue": "FifoQueue",
    "sqsManagedSseEnabled": "SqsManagedSseEnabled",
}
TEXTS = {
    "deduplicationScope": "DeduplicationScope",
    "fifoThroughputLimit": "FifoThroughputLimit",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "policy": "Policy",
    "redriveAllowPolicy": "RedriveAllowPolicy",
    "redrivePolicy": "RedrivePolicy",
}
ATTRIBUTES = {**NUMBERS, **SWITCHES, **TEXTS}


def create(cloud: Cloud, inputs: Properties, stop: threading.Event) -> str:
    """Make a queue; its id is its address. One of the same name and settings is taken over, as SQS does."""
    name = full_name(inputs, NAME)
    if inputs.get("fifoQueue") and not name.endswith(FIFO):
        name += FIFO
    given = frozenset(inputs) - ({"fifoQueue"} if not inputs.get("fifoQueue") else set())
    request: Any = {"QueueName": name, "Attributes": _attributes(inputs, given)}
    if inputs.get("tags"):
        request["tags"] = inputs["tags"]
    return cloud.sqs.create_queue(**request)["QueueUrl"]


def read(cloud: Cloud, url: str) -> Properties:
    """What a queue is."""
    found: Any = cloud.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"]).get("Attributes", {})
    return {
        **{here: int(found[there]) for here, there in NUMBERS.items() if there in found},
        **{here: found.get(there) == "true" for here, there in SWITCHES.items()},
        **{here: found[there] for here, there in TEXTS.items() if found.get(there)},
        "arn": found["QueueArn"],
        "name": url.rsplit("/", 1)[-1],
        "region": cloud.region,
        "tags": own(cloud.sqs.list_queue_tags(QueueUrl=url).get("Tags", {})),
        "url": url,
    }


def update(cloud: Cloud, url: str, change: Change, stop: threading.Event) -> None:
    """Change what differs."""
    attributes: Any = _attributes(change.new, change.names)
    if attributes:
        cloud.sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)
    if "tags" in change.names:
        if removed := gone(change):
            cloud.sqs.untag_queue(QueueUrl=url, TagKeys=removed)
        if change.new.get("tags"):
            cloud.sqs.tag_queue(QueueUrl=url, Tags=change.new["tags"])


def delete(cloud: Cloud, url: str, state: Properties) -> None:
    """Remove a queue."""
    cloud.sqs.delete_queue(QueueUrl=url)


def _attributes(inputs: Properties, only: frozenset[str]) -> dict[str, str]:
    """Attributes as SQS takes them, all of them texts; an empty one takes a setting away."""
    found: dict[str, str] = {}
    for here, there in ATTRIBUTES.items():
        if here in only:
            value = inputs.get(here, "")
            found[there] = str(value).lower() if isinstance(value, bool) else str(value)
    return found


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
        "contentBasedDeduplication delaySeconds fifoQueue kmsMasterKeyId maxMessageSize "
        "messageRetentionSeconds receiveWaitTimeSeconds tags visibilityTimeoutSeconds"
    ),
    computed=names(
        "deduplicationScope fifoThroughputLimit kmsDataKeyReusePeriodSeconds name namePrefix policy "
        "redriveAllowPolicy redrivePolicy region sqsManagedSseEnabled"
    ),
    outputs=names("arn tagsAll url"),
    replaces=names("fifoQueue name namePrefix region"),
    defaults={
        "contentBasedDeduplication": False,
        "delaySeconds": 0,
        "fifoQueue": False,
        "maxMessageSize": 262144,
        "messageRetentionSeconds": 345600,
        "receiveWaitTimeSeconds": 0,
        "visibilityTimeoutSeconds": 30,
    },
    kept=names("namePrefix"),
    documents=names("policy redriveAllowPolicy redrivePolicy"),
)
