"""Policies and configurations that operations are sent."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from tests.support.isolation_aws.places import PROBE, Place

ETAG = f'"{hashlib.md5(PROBE.encode(), usedforsecurity=False).hexdigest()}"'
"""What S3 calls a part that holds the probe's name."""
SERVICES = ["lambda.amazonaws.com", "scheduler.amazonaws.com"]
"""What roles of environments are made for."""
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


def policy(*statements: Mapping[str, Any]) -> str:
    """A policy document of these statements."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


TRUSTING = policy({"Effect": "Allow", "Principal": {"Service": SERVICES}, "Action": "sts:AssumeRole"})
"""A trust policy for functions and schedules alone."""
EVERYTHING = policy({"Effect": "Allow", "Action": "*", "Resource": "*"})
"""A policy that allows everything."""


def trust(place: Place) -> str:
    """A trust policy for the account, functions and schedules."""
    account = {"AWS": f"arn:aws:iam::{place.account}:root", "Service": SERVICES}
    return policy({"Effect": "Allow", "Principal": account, "Action": "sts:AssumeRole"})


def on(resource: str, *actions: str) -> str:
    """A resource's policy that opens it to its account."""
    account = resource.split(":")[4]
    principal = {"AWS": f"arn:aws:iam::{account}:root"}
    return policy({"Effect": "Allow", "Principal": principal, "Action": list(actions), "Resource": resource})


def on_bucket(place: Place) -> str:
    """A bucket's policy that lets the account write."""
    principal = {"AWS": f"arn:aws:iam::{place.account}:root"}
    allow = {"Effect": "Allow", "Principal": principal, "Action": "s3:*"}
    return policy({**allow, "Resource": [place.bucket_arn, f"{place.bucket_arn}/*"]})


def partiql(place: Place) -> str:
    """A statement that writes an item."""
    return f"INSERT INTO \"{place.probe}\" VALUE {{'id': '{uuid.uuid4()}'}}"


STRUCTURES: Mapping[str, Callable[[Place], dict[str, Any]]] = {
    "VersioningConfiguration": lambda place: {"Status": "Enabled"},
    "PublicAccessBlockConfiguration": lambda place: {"BlockPublicAcls": True, "BlockPublicPolicy": True},
    "NotificationConfiguration": lambda place: {},
    "NotificationConfigurationDeprecated": lambda place: {},
    "BucketLoggingStatus": lambda place: {},
    "WebsiteConfiguration": lambda place: {"IndexDocument": {"Suffix": "index.html"}},
    "Tagging": lambda place: {"TagSet": [{"Key": PROBE, "Value": "changed"}]},
    "AttributeValue": lambda place: {"S": PROBE},
    "FunctionCode": lambda place: {"S3Bucket": place.bucket, "S3Key": "code.zip"},
    "LayerVersionContentInput": lambda place: {"S3Bucket": place.bucket, "S3Key": "code.zip"},
    "TransactWriteItem": lambda place: {
        "Put": {"TableName": place.probe, "Item": {"id": {"S": PROBE}}},
    },
    "TransactGetItem": lambda place: {
        "Get": {"TableName": place.probe, "Key": {"id": {"S": PROBE}}},
    },
    "ResourceQuery": lambda place: {
        "Type": "TAG_FILTERS_1_0",
        "Query": json.dumps({"ResourceTypeFilters": ["AWS::AllSupported"], "TagFilters": [{"Key": PROBE}]}),
    },
}
"""Structures that mean nothing with only what they require."""
