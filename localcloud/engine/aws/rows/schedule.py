"""A schedule of EventBridge Scheduler."""

from __future__ import annotations

import threading
from datetime import datetime
from typing import Any

from localcloud.engine.aws.case import camel, pascal
from localcloud.engine.aws.cloud import Cloud
from localcloud.engine.aws.naming import full_name
from localcloud.engine.aws.row import Change, Name, Row, names
from localcloud.engine.aws.waiting import until_role_is_seen
from localcloud.engine.values import Properties

NAME = Name(longest=64)
DEFAULT_GROUP = "default"
PLAIN = (
    "actionAfterCompletion",
    "description",
    "endDate",
    "flexibleTimeWindow",
    "groupName",
    "kmsKeyArn",
    "scheduleExpression",
    "scheduleExpressionTimezone",
    "startDate",
    "state",
    "target",
)
TARGET_NAMES = {
    "eventbridgeParameters": "EventBridgeParameters",
    "pipelineParameters": "PipelineParameterList",
    "sagemakerPipelineParameters": "SageMakerPipelineParameters",
}


def create(cloud: Cloud, inputs: Properties, stop: threading.Event) -> str:
    """Make a schedule, and wait until a new role is visible."""
    name = full_name(inputs, NAME)
    request = _request(inputs)
    until_role_is_seen(lambda: cloud.scheduler.create_schedule(Name=name, **request), stop)
    return f"{inputs.get('groupName') or DEFAULT_GROUP}/{name}"


def read(cloud: Cloud, resource_id: str) -> Properties:
    """Return a schedule's outputs."""
    group, name = _parts(resource_id)
    found = cloud.scheduler.get_schedule(GroupName=group, Name=name)
    seen = camel({key: value for key, value in found.items() if key != "Target"})
    seen["target"] = camel(found["Target"], TARGET_NAMES)
    outputs = {key: _moment(seen[key]) for key in PLAIN if seen.get(key)}
    return {
        "actionAfterCompletion": "NONE",
        **outputs,
        "arn": found["Arn"],
        "name": name,
        "region": cloud.region,
    }


def update(cloud: Cloud, resource_id: str, change: Change, stop: threading.Event) -> None:
    """Send the whole schedule again: an update resets what it leaves out."""
    group, name = _parts(resource_id)
    request = {**_request(change.new), "GroupName": group}
    until_role_is_seen(lambda: cloud.scheduler.update_schedule(Name=name, **request), stop)


def delete(cloud: Cloud, resource_id: str, state: Properties) -> None:
    """Remove a schedule."""
    group, name = _parts(resource_id)
    cloud.scheduler.delete_schedule(GroupName=group, Name=name)


def _request(inputs: Properties) -> dict[str, Any]:
    target = inputs["target"]
    if target.get("ecsParameters"):
        raise ValueError("the local provider server does not know ecsParameters of a schedule's target")
    plain = {name: inputs[name] for name in PLAIN if inputs.get(name) and name != "target"}
    return {**pascal(plain), "Target": pascal(target, TARGET_NAMES)}


def _moment(value: Any) -> Any:
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else value


def _parts(resource_id: str) -> tuple[str, str]:
    group, slash, name = resource_id.partition("/")
    if not slash:
        raise ValueError(f"{resource_id} is not of the form <schedule group>/<schedule name>")
    return group, name


ROW = Row(
    type="aws:scheduler/schedule:Schedule",
    noun="EventBridge Scheduler Schedule",
    service="Scheduler",
    absent=frozenset({"ResourceNotFoundException"}),
    create=create,
    read=read,
    update=update,
    delete=delete,
    name=NAME,
    required=names("flexibleTimeWindow scheduleExpression target"),
    optional=names("description endDate kmsKeyArn scheduleExpressionTimezone startDate state"),
    computed=names("actionAfterCompletion groupName name namePrefix region"),
    outputs=names("arn"),
    replaces=names("groupName name namePrefix region"),
    defaults={"scheduleExpressionTimezone": "UTC", "state": "ENABLED"},
    kept=names("namePrefix"),
)
