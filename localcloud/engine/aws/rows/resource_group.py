"""A group of Resource Groups."""

from __future__ import annotations

import threading
from typing import Any

from localcloud.engine.aws.case import camel, pascal
from localcloud.engine.aws.cloud import Cloud
from localcloud.engine.aws.errors import unless
from localcloud.engine.aws.row import Change, Name, Row, names
from localcloud.engine.aws.tags import gone, own
from localcloud.engine.values import Properties

BY_TAGS = "TAG_FILTERS_1_0"


def create(cloud: Cloud, inputs: Properties, stop: threading.Event) -> str:
    """Make a group from a query or a configuration."""
    request: dict[str, Any] = {"Name": inputs["name"]}
    if inputs.get("description"):
        request["Description"] = inputs["description"]
    if inputs.get("resourceQuery"):
        request["ResourceQuery"] = _query(inputs)
    if inputs.get("configurations"):
        request["Configuration"] = pascal(inputs["configurations"])
    if inputs.get("tags"):
        request["Tags"] = inputs["tags"]
    return cloud.groups.create_group(**request)["Group"]["Name"]


def read(cloud: Cloud, name: str) -> Properties:
    """Return a group's outputs."""
    found = cloud.groups.get_group(Group=name)["Group"]
    outputs: Properties = {
        "arn": found["GroupArn"],
        "description": found.get("Description") or None,
        "name": found["Name"],
        "region": cloud.region,
        "tags": own(cloud.groups.get_tags(Arn=found["GroupArn"]).get("Tags", {})),
    }
    # A group by a configuration has no query, and says so by this error.
    with unless(frozenset({"BadRequestException"})):
        query = cloud.groups.get_group_query(Group=name).get("GroupQuery", {}).get("ResourceQuery")
        outputs["resourceQuery"] = query and camel(query)
    if not outputs.get("resourceQuery"):
        configuration: Any = cloud.groups.get_group_configuration(Group=name).get("GroupConfiguration", {})
        outputs["configurations"] = camel(configuration.get("Configuration", []))
    return outputs


def update(cloud: Cloud, name: str, change: Change, stop: threading.Event) -> None:
    """Change what differs, by a call for each."""
    groups, new, arn = cloud.groups, change.new, change.outputs["arn"]
    if "description" in change.names:
        groups.update_group(Group=name, Description=new.get("description", ""))
    if "resourceQuery" in change.names:
        groups.update_group_query(Group=name, ResourceQuery=_query(new))
    if "configurations" in change.names:
        groups.put_group_configuration(Group=name, Configuration=pascal(new.get("configurations", [])))
    if "tags" in change.names:
        if removed := gone(change):
            groups.untag(Arn=arn, Keys=removed)
        if new.get("tags"):
            groups.tag(Arn=arn, Tags=new["tags"])


def delete(cloud: Cloud, name: str, state: Properties) -> None:
    """Remove a group. Its members stay."""
    cloud.groups.delete_group(Group=name)


def _query(inputs: Properties) -> Any:
    return {"Query": inputs["resourceQuery"]["query"], "Type": inputs["resourceQuery"].get("type", BY_TAGS)}


ROW = Row(
    type="aws:resourcegroups/group:Group",
    noun="Resource Groups Group",
    service="Resource Groups",
    absent=frozenset({"NotFoundException"}),
    create=create,
    read=read,
    update=update,
    delete=delete,
    name=Name(longest=128),
    optional=names("configurations description resourceQuery tags"),
    computed=names("name region"),
    outputs=names("arn tagsAll"),
    replaces=names("name region"),
    sets=names("configurations"),
)
