"""A table of DynamoDB."""

from __future__ import annotations

import threading
from typing import Any

from localcloud.engine.aws.cloud import Cloud
from localcloud.engine.aws.errors import unless
from localcloud.engine.aws.row import Change, Name, Row, names
from localcloud.engine.aws.rows import table_shapes as shapes
from localcloud.engine.aws.tags import gone, mapping, pairs
from localcloud.engine.aws.waiting import until
from localcloud.engine.values import Properties

ACTIVE_SECONDS = 1800.0
"""The official provider's own patience with a table that is made."""

NEVER = threading.Event()
ABSENT = frozenset({"ResourceNotFoundException"})


def create(cloud: Cloud, inputs: Properties, stop: threading.Event) -> str:
    """Make a table."""
    cloud.dynamodb.create_table(**shapes.request(inputs))
    return str(inputs["name"])


def finish(cloud: Cloud, name: str, inputs: Properties, stop: threading.Event) -> None:
    """Wait until it can be used, then say what the call that makes it does not take."""
    _wait(cloud, name, stop)
    if (inputs.get("ttl") or {}).get("enabled") and _read_ttl(cloud, name) is None:
        _put_ttl(cloud, name, inputs["ttl"])
    if (inputs.get("pointInTimeRecovery") or {}).get("enabled"):
        _put_recovery(cloud, name, inputs["pointInTimeRecovery"])


def read(cloud: Cloud, name: str) -> Properties:
    """What a table is."""
    found = cloud.dynamodb.describe_table(TableName=name)["Table"]
    return {
        **shapes.outputs(found),
        "name": name,
        "pointInTimeRecovery": _read_recovery(cloud, name),
        "region": cloud.region,
        "tags": mapping(cloud.dynamodb.list_tags_of_resource(ResourceArn=found["TableArn"]).get("Tags", [])),
        "ttl": _read_ttl(cloud, name),
    }


def update(cloud: Cloud, name: str, change: Change, stop: threading.Event) -> None:
    """Change what differs: DynamoDB takes one change at a time, and must be done with it before the next."""
    for request in _requests(change):
        cloud.dynamodb.update_table(TableName=name, **request)
        _wait(cloud, name, stop)
    new = change.new
    if "ttl" in change.names:
        ttl = new.get("ttl") or {}
        attribute = ttl.get("attributeName") or (change.old.get("ttl") or {}).get("attributeName")
        _put_ttl(cloud, name, {"attributeName": attribute, "enabled": ttl.get("enabled", False)})
    if "pointInTimeRecovery" in change.names:
        _put_recovery(cloud, name, new.get("pointInTimeRecovery") or {"enabled": False})
    if "tags" in change.names:
        if removed := gone(change):
            cloud.dynamodb.untag_resource(ResourceArn=change.outputs["arn"], TagKeys=removed)
        if new.get("tags"):
            cloud.dynamodb.tag_resource(ResourceArn=change.outputs["arn"], Tags=pairs(new))


def delete(cloud: Cloud, name: str, state: Properties) -> None:
    """Remove a table, and wait until it is gone."""
    cloud.dynamodb.delete_table(TableName=name)
    with unless(ABSENT):
        until(lambda: not cloud.dynamodb.describe_table(TableName=name), ACTIVE_SECONDS, name, NEVER)


def _requests(change: Change) -> list[Any]:
    """The changes that are made one after the other."""
    new, names = change.new, change.names
    found: list[Any] = []
    if names & {"billingMode", "readCapacity", "writeCapacity"}:
        found.append({"BillingMode": new["billingMode"], **shapes.throughput(new, new)})
    if "deletionProtectionEnabled" in names:
        found.append({"DeletionProtectionEnabled": bool(new.get("deletionProtectionEnabled"))})
    if "tableClass" in names:
        found.append({"TableClass": new.get("tableClass", "STANDARD")})
    if names & {"streamEnabled", "streamViewType"}:
        if change.old.get("streamEnabled"):
            found.append({"StreamSpecification": {"StreamEnabled": False}})
        if new.get("streamEnabled"):
            found.append({"StreamSpecification": shapes.stream(new)})
    if "serverSideEncryption" in names:
        found.append({"SSESpecification": shapes.encryption(new)})
    return [*found, *_index_requests(change)]


def _index_requests(change: Change) -> list[Any]:
    old = {one["name"]: one for one in change.old.get("globalSecondaryIndexes") or []}
    new = {one["name"]: one for one in change.new.get("globalSecondaryIndexes") or []}
    doomed = [name for name in old if name not in new or old[name] != new[name]]
    made = [one for name, one in new.items() if name not in old or old[name] != one]
    attributes = shapes.attributes(change.new)
    updates: list[Any] = [{"Delete": {"IndexName": name}} for name in doomed]
    updates += [{"Create": shapes.index(change.new, one)} for one in made]
    return [{"AttributeDefinitions": attributes, "GlobalSecondaryIndexUpdates": [one]} for one in updates]


def _put_ttl(cloud: Cloud, name: str, ttl: Properties) -> None:
    cloud.dynamodb.update_time_to_live(
        TableName=name,
        TimeToLiveSpecification={"AttributeName": ttl["attributeName"], "Enabled": ttl["enabled"]},
    )


def _read_ttl(cloud: Cloud, name: str) -> Properties | None:
    found = cloud.dynamodb.describe_time_to_live(TableName=name).get("TimeToLiveDescription", {})
    if not found.get("AttributeName"):
        return None
    return {"attributeName": found["AttributeName"], "enabled": found.get("TimeToLiveStatus") == "ENABLED"}


def _put_recovery(cloud: Cloud, name: str, wanted: Properties) -> None:
    specification: Any = {"PointInTimeRecoveryEnabled": wanted["enabled"]}
    if wanted.get("recoveryPeriodInDays"):
        specification["RecoveryPeriodInDays"] = wanted["recoveryPeriodInDays"]
    cloud.dynamodb.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=specification)


def _read_recovery(cloud: Cloud, name: str) -> Properties | None:
    found = cloud.dynamodb.describe_continuous_backups(TableName=name).get("ContinuousBackupsDescription", {})
    seen = found.get("PointInTimeRecoveryDescription", {})
    if seen.get("PointInTimeRecoveryStatus") != "ENABLED":
        return {"enabled": False}
    return {"enabled": True, "recoveryPeriodInDays": seen.get("RecoveryPeriodInDays", 35)}


def _wait(cloud: Cloud, name: str, stop: threading.Event) -> None:
    """Until the table and its indexes can be used."""

    def active() -> bool:
        found = cloud.dynamodb.describe_table(TableName=name)["Table"]
        indexes = [one.get("IndexStatus", "ACTIVE") for one in found.get("GlobalSecondaryIndexes", [])]
        return {found["TableStatus"], *indexes} == {"ACTIVE"}

    until(active, ACTIVE_SECONDS, f"DynamoDB Table ({name})", stop)


ROW = Row(
    type="aws:dynamodb/table:Table",
    noun="DynamoDB Table",
    service="DynamoDB",
    absent=ABSENT,
    create=create,
    finish=finish,
    read=read,
    update=update,
    delete=delete,
    name=Name(),
    optional=names(
        "attributes billingMode deletionProtectionEnabled globalSecondaryIndexes localSecondaryIndexes "
        "rangeKey serverSideEncryption streamEnabled tableClass tags ttl"
    ),
    computed=names("hashKey name pointInTimeRecovery readCapacity region streamViewType writeCapacity"),
    outputs=names("arn streamArn streamLabel tagsAll"),
    refused=names(
        "globalTableWitness importTable onDemandThroughput replicas restoreBackupArn restoreDateTime "
        "restoreSourceName restoreSourceTableArn restoreToLatestTime warmThroughput"
    ),
    replaces=names("hashKey localSecondaryIndexes name rangeKey region"),
    defaults={"billingMode": shapes.PROVISIONED},
    sets=names("attributes globalSecondaryIndexes localSecondaryIndexes"),
)
