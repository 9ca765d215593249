"""A parameter of Systems Manager."""

from __future__ import annotations

import threading
from typing import Any

from localcloud.engine.aws.cloud import Cloud
from localcloud.engine.aws.row import Change, Name, Row, names
from localcloud.engine.aws.tags import gone, mapping, pairs
from localcloud.engine.values import Properties

SECRET = "SecureString"  # noqa: S105  # a type
PLAIN = {
    "allowedPattern": "AllowedPattern",
    "dataType": "DataType",
    "description": "Description",
    "keyId": "KeyId",
    "tier": "Tier",
    "type": "Type",
}
TAGGABLE: Any = "Parameter"


def create(cloud: Cloud, inputs: Properties, stop: threading.Event) -> str:
    """Make a parameter. An existing one is overwritten only with `overwrite`."""
    overwrite = bool(inputs.get("overwrite"))
    request = _request(inputs)
    if inputs.get("tags") and not overwrite:
        request["Tags"] = pairs(inputs)
    cloud.ssm.put_parameter(**request, Overwrite=overwrite)
    return str(inputs["name"])


def finish(cloud: Cloud, name: str, inputs: Properties, stop: threading.Event) -> None:
    """Tag it by a call of its own: one that overwrites takes no tags."""
    if inputs.get("tags") and inputs.get("overwrite"):
        cloud.ssm.add_tags_to_resource(ResourceType=TAGGABLE, ResourceId=name, Tags=pairs(inputs))


def read(cloud: Cloud, name: str) -> Properties | None:
    """Return a parameter's value and outputs."""
    found = cloud.ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]
    described = cloud.ssm.describe_parameters(
        ParameterFilters=[{"Key": "Name", "Option": "Equals", "Values": [name]}]
    )["Parameters"]
    if not described:
        return None
    metadata: Any = described[0]
    tags = cloud.ssm.list_tags_for_resource(ResourceType=TAGGABLE, ResourceId=name).get("TagList", [])
    return {
        **{here: metadata.get(there) or None for here, there in PLAIN.items()},
        "arn": found["ARN"],
        "dataType": found.get("DataType", "text"),
        "hasValueWo": False,
        "insecureValue": None if found["Type"] == SECRET else found["Value"],
        "name": found["Name"],
        "region": cloud.region,
        "tags": mapping(tags),
        "tier": metadata.get("Tier", "Standard"),
        "type": found["Type"],
        "value": found["Value"],
        "version": found["Version"],
    }


def update(cloud: Cloud, name: str, change: Change, stop: threading.Event) -> None:
    """Put a new version; tags by calls of their own."""
    if change.names - {"tags", "overwrite"}:
        cloud.ssm.put_parameter(**_request(change.new), Overwrite=True)
    if "tags" in change.names:
        if removed := gone(change):
            cloud.ssm.remove_tags_from_resource(ResourceType=TAGGABLE, ResourceId=name, TagKeys=removed)
        if change.new.get("tags"):
            cloud.ssm.add_tags_to_resource(ResourceType=TAGGABLE, ResourceId=name, Tags=pairs(change.new))


def delete(cloud: Cloud, name: str, state: Properties) -> None:
    """Remove a parameter with all its versions."""
    cloud.ssm.delete_parameter(Name=name)


def _request(inputs: Properties) -> dict[str, Any]:
    value = inputs.get("value") or inputs.get("insecureValue")
    if not value:
        raise ValueError("one of value and insecure_value must be specified")
    found = {there: inputs[here] for here, there in PLAIN.items() if inputs.get(here)}
    return {**found, "Name": inputs["name"], "Value": value}


ROW = Row(
    type="aws:ssm/parameter:Parameter",
    noun="SSM Parameter",
    service="SSM",
    absent=frozenset({"ParameterNotFound", "InvalidResourceId"}),
    create=create,
    finish=finish,
    read=read,
    update=update,
    delete=delete,
    name=Name(),
    required=names("type"),
    optional=names("allowedPattern description overwrite tags"),
    computed=names("arn dataType insecureValue keyId name region tier value"),
    outputs=names("hasValueWo tagsAll version"),
    refused=names("valueWo valueWoVersion"),
    replaces=names("dataType name region"),
    kept=names("overwrite"),
    echoed=names("insecureValue"),
    volatile=names("version"),
)
