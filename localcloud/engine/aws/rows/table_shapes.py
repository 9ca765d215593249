"""The parts of a DynamoDB table as DynamoDB takes and gives them."""

from __future__ import annotations

from typing import Any

from localcloud.engine.aws.tags import pairs
from localcloud.engine.values import Properties

ON_DEMAND = "PAY_PER_REQUEST"
PROVISIONED = "PROVISIONED"
INDEXES = {
    "globalSecondaryIndexes": "GlobalSecondaryIndexes",
    "localSecondaryIndexes": "LocalSecondaryIndexes",
}


def request(inputs: Properties) -> dict[str, Any]:
    """The request that makes a table."""
    made: dict[str, Any] = {
        "AttributeDefinitions": attributes(inputs),
        "BillingMode": inputs["billingMode"],
        "DeletionProtectionEnabled": bool(inputs.get("deletionProtectionEnabled")),
        "KeySchema": _keys(inputs),
        "TableName": inputs["name"],
        **throughput(inputs, inputs),
    }
    for here, there in INDEXES.items():
        if inputs.get(here):
            made[there] = [index(inputs, one) for one in inputs[here]]
    if inputs.get("tableClass"):
        made["TableClass"] = inputs["tableClass"]
    if inputs.get("streamEnabled"):
        made["StreamSpecification"] = stream(inputs)
    if inputs.get("serverSideEncryption"):
        made["SSESpecification"] = encryption(inputs)
    if inputs.get("tags"):
        made["Tags"] = pairs(inputs)
    return made


def outputs(found: Any) -> Properties:
    """What a table's description says."""
    mode = found.get("BillingModeSummary", {}).get("BillingMode", PROVISIONED)
    flow = found.get("StreamSpecification", {})
    return {
        **_read_keys(found.get("KeySchema", [])),
        **_read_capacity(mode, found),
        **{here: [_read_index(mode, one) for one in found.get(there, [])] for here, there in INDEXES.items()},
        "arn": found["TableArn"],
        "attributes": _read_attributes(found),
        "billingMode": mode,
        "deletionProtectionEnabled": found.get("DeletionProtectionEnabled", False),
        "serverSideEncryption": _read_encryption(found),
        "streamArn": found.get("LatestStreamArn"),
        "streamEnabled": flow.get("StreamEnabled", False),
        "streamLabel": found.get("LatestStreamLabel"),
        "streamViewType": flow.get("StreamViewType"),
        "tableClass": found.get("TableClassSummary", {}).get("TableClass", "STANDARD"),
    }


def attributes(inputs: Properties) -> list[dict[str, str]]:
    """The types of the attributes that keys are made of."""
    given = inputs.get("attributes") or []
    return [{"AttributeName": one["name"], "AttributeType": one["type"]} for one in given]


def _read_attributes(found: Any) -> list[dict[str, str]]:
    definitions = found.get("AttributeDefinitions", [])
    return [{"name": one["AttributeName"], "type": one["AttributeType"]} for one in definitions]


def _keys(keyed: Properties) -> list[dict[str, str]]:
    kinds = (("hashKey", "HASH"), ("rangeKey", "RANGE"))
    return [{"AttributeName": keyed[name], "KeyType": kind} for name, kind in kinds if keyed.get(name)]


def _read_keys(schema: Any) -> Properties:
    kinds = {"HASH": "hashKey", "RANGE": "rangeKey"}
    return {kinds[one["KeyType"]]: one["AttributeName"] for one in schema}


def throughput(inputs: Properties, sized: Properties) -> dict[str, Any]:
    """What is provisioned for a table, or an index of it."""
    if inputs["billingMode"] == ON_DEMAND:
        return {}
    units = {
        "ReadCapacityUnits": sized.get("readCapacity", 1),
        "WriteCapacityUnits": sized.get("writeCapacity", 1),
    }
    return {"ProvisionedThroughput": units}


def _read_capacity(mode: str, found: Any) -> Properties:
    units = found.get("ProvisionedThroughput", {}) if mode == PROVISIONED else {}
    return {
        "readCapacity": units.get("ReadCapacityUnits", 0),
        "writeCapacity": units.get("WriteCapacityUnits", 0),
    }


def index(inputs: Properties, index: Properties) -> dict[str, Any]:
    """A secondary index. A local one has the table's own hash key, and nothing provisioned."""
    projection: dict[str, Any] = {"ProjectionType": index["projectionType"]}
    if index.get("nonKeyAttributes"):
        projection["NonKeyAttributes"] = index["nonKeyAttributes"]
    made = {"IndexName": index["name"], "Projection": projection}
    if "hashKey" in index:
        return {**made, "KeySchema": _keys(index), **throughput(inputs, index)}
    return {**made, "KeySchema": _keys({"hashKey": inputs["hashKey"], "rangeKey": index["rangeKey"]})}


def _read_index(mode: str, found: Any) -> Properties:
    projection = found.get("Projection", {})
    seen = {
        "name": found["IndexName"],
        "nonKeyAttributes": projection.get("NonKeyAttributes"),
        "projectionType": projection.get("ProjectionType"),
        **_read_keys(found["KeySchema"]),
        **(_read_capacity(mode, found) if "ProvisionedThroughput" in found else {}),
    }
    return {name: value for name, value in seen.items() if value is not None}


def stream(inputs: Properties) -> dict[str, Any]:
    """That a table tells of its changes, and what of them."""
    return {"StreamEnabled": True, "StreamViewType": inputs.get("streamViewType")}


def encryption(inputs: Properties) -> dict[str, Any]:
    """Whose key it is encrypted with."""
    wanted = inputs.get("serverSideEncryption") or {"enabled": False}
    if not wanted["enabled"]:
        return {"Enabled": False}
    key = {"KMSMasterKeyId": wanted["kmsKeyArn"]} if wanted.get("kmsKeyArn") else {}
    return {"Enabled": True, "SSEType": "KMS", **key}


def _read_encryption(found: Any) -> Properties | None:
    seen = found.get("SSEDescription")
    if not seen or seen.get("Status") != "ENABLED":
        return None
    return {"enabled": True, "kmsKeyArn": seen.get("KMSMasterKeyArn")}
