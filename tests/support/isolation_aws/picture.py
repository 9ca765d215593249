"""All there is of a place, to be compared with what there is later."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import takewhile
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError

from tests.support.isolation_aws.callers import Cloud
from tests.support.isolation_aws.operations import reads
from tests.support.isolation_aws.places import Place

ON_BUCKET = {"Bucket"}
"""What an operation requires that asks for a bucket's own configuration."""


def picture(owner: Cloud, place: Place) -> dict[str, str]:
    """What every read of the bucket tells, every object's version, identity, function, and the rest."""
    asked = list(_asked(place))
    clients = {service: owner.client(service) for service in {service for service, _, _ in asked}}
    with ThreadPoolExecutor(6) as pool:
        answers = pool.map(lambda call: _answer(clients[call[0]], place, *call[1:]), asked)
    found = {
        f"{service}.{operation} {arguments}": answer
        for (service, operation, arguments), answer in zip(asked, answers, strict=True)
    }
    assert "ETag" in found[f"s3.list_object_versions {{'Bucket': '{place.bucket}'}}"]
    return found


def _asked(place: Place) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for operation in reads():
        shape = operation.model.input_shape
        if operation.service == "s3" and shape and set(shape.required_members) == ON_BUCKET:
            yield "s3", xform_name(operation.name), {"Bucket": place.bucket}
    for key in (place.key, place.other_key):
        yield "s3", "get_object_tagging", {"Bucket": place.bucket, "Key": key}
        yield "s3", "get_object_acl", {"Bucket": place.bucket, "Key": key}
    yield "s3", "list_parts", {"Bucket": place.bucket, "Key": place.key, "UploadId": place.upload}
    yield "iam", "list_instance_profiles_for_role", {"RoleName": place.role}
    yield "iam", "list_access_keys", {"UserName": place.probe}
    function = {"FunctionName": place.function}
    for name in ("get_function", "get_policy", "list_aliases", "list_versions_by_function"):
        yield "lambda", name, function
    yield "logs", "describe_log_groups", {"logGroupNamePrefix": place.log_group}
    yield "logs", "describe_log_streams", {"logGroupName": place.log_group}
    yield "scheduler", "get_schedule", {"Name": place.probe}
    yield "sqs", "get_queue_attributes", {"QueueUrl": place.queue_url, "AttributeNames": ["All"]}
    yield "dynamodb", "describe_table", {"TableName": place.probe}
    yield "dynamodb", "scan", {"TableName": place.probe}
    yield "ssm", "get_parameter", {"Name": place.parameter}
    yield "resource-groups", "get_group", {"Group": place.resource_group}
    yield from ((service, name, {}) for service, name in ACCOUNT_WIDE)


def changes(before: dict[str, str], after: dict[str, str]) -> dict[str, tuple[str, str]]:
    """What another picture of the same place says otherwise, by what was asked: both, from about there on."""
    return {asked: _parting(before[asked], after[asked]) for asked in before if before[asked] != after[asked]}


def _parting(one: str, other: str) -> tuple[str, str]:
    alike = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
    shown = slice(max(0, alike - 100), alike + 200)
    return one[shown], other[shown]


ACCOUNT_WIDE = (
    ("s3", "list_buckets"),
    ("iam", "get_account_authorization_details"),
    ("iam", "list_instance_profiles"),
    ("lambda", "list_functions"),
    ("lambda", "list_event_source_mappings"),
    ("logs", "describe_log_groups"),
    ("scheduler", "list_schedules"),
    ("sqs", "list_queues"),
    ("dynamodb", "list_tables"),
    ("ssm", "describe_parameters"),
    ("resource-groups", "list_groups"),
)
"""Lists, of which what has to do with the place is looked at: others work in the account meanwhile."""


def _answer(client: Any, place: Place, operation: str, arguments: dict[str, Any]) -> str:
    """The answer as text; a refusal's code is an answer too."""
    try:
        given = getattr(client, operation)(**arguments)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    given.pop("ResponseMetadata")
    if not arguments:
        given = {name: _of(place, value) for name, value in given.items()}
    return json.dumps(_stable(given), default=str, sort_keys=True)


def _of(place: Place, listed: Any) -> Any:
    """What of a list has to do with the place."""
    words = (place.environment, place.bucket, place.boundary, ":user/owner", ":user/deployer")
    if not isinstance(listed, list):
        return listed
    return [item for item in listed if any(word in _called(item) for word in words)]


def _called(item: Any) -> str:
    """What something in a list is called: it itself, or its own names and ARNs."""
    if isinstance(item, str):
        return item
    return " ".join(value for value in item.values() if isinstance(value, str))


def _stable(given: Any) -> Any:
    """Without what a mere look changes."""
    if isinstance(given, dict):
        return {name: _stable(value) for name, value in given.items() if name not in VOLATILE}
    return [_stable(value) for value in given] if isinstance(given, list) else given


VOLATILE = {"AttachmentCount", "Code", "PermissionsBoundaryUsageCount", "RoleLastUsed"}
"""Who else uses a policy, when a role was used last, and a link to code that is signed anew each time."""
