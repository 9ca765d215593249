"""A version of a Lambda layer."""

from __future__ import annotations

import threading
from typing import Any

from localcloud.engine.aws.cloud import Cloud
from localcloud.engine.aws.row import Change, Row, names
from localcloud.engine.aws.rows.function import package
from localcloud.engine.values import Properties

PLAIN = {
    "compatibleArchitectures": "CompatibleArchitectures",
    "compatibleRuntimes": "CompatibleRuntimes",
    "description": "Description",
    "licenseInfo": "LicenseInfo",
}


def create(cloud: Cloud, inputs: Properties, stop: threading.Event) -> str:
    """Publish a version; its id is its ARN."""
    request: dict[str, Any] = {there: inputs[here] for here, there in PLAIN.items() if inputs.get(here)}
    request |= {"Content": package(inputs), "LayerName": inputs["layerName"]}
    return str(cloud.functions.publish_layer_version(**request)["LayerVersionArn"])


def read(cloud: Cloud, arn: str) -> Properties:
    """Return a version's outputs."""
    found = cloud.functions.get_layer_version(**_called(arn))
    return {
        **{here: found.get(there) or None for here, there in PLAIN.items()},
        "arn": arn,
        "codeSha256": found["Content"].get("CodeSha256"),
        "createdDate": found["CreatedDate"],
        "layerArn": found["LayerArn"],
        "layerName": found["LayerArn"].rpartition(":")[2],
        "region": cloud.region,
        "signingJobArn": found["Content"].get("SigningJobArn"),
        "signingProfileVersionArn": found["Content"].get("SigningProfileVersionArn"),
        "sourceCodeSize": found["Content"].get("CodeSize"),
        "version": str(found["Version"]),
    }


def update(cloud: Cloud, arn: str, change: Change, stop: threading.Event) -> None:
    """Do nothing: a version never changes, and what else there is to set is the engine's own."""


def delete(cloud: Cloud, arn: str, state: Properties) -> None:
    """Remove this version alone."""
    if not state.get("skipDestroy"):
        cloud.functions.delete_layer_version(**_called(arn))


def _called(arn: str) -> Any:
    """As the calls name it: by name and number."""
    name, version = arn.split(":")[-2:]
    return {"LayerName": name, "VersionNumber": int(version)}


ROW = Row(
    type="aws:lambda/layerVersion:LayerVersion",
    noun="Lambda Layer",
    service="Lambda",
    absent=frozenset({"ResourceNotFoundException"}),
    create=create,
    read=read,
    update=update,
    delete=delete,
    required=names("layerName"),
    optional=names(
        "code compatibleArchitectures compatibleRuntimes description licenseInfo s3Bucket s3Key "
        "s3ObjectVersion skipDestroy"
    ),
    computed=names("region sourceCodeHash"),
    outputs=names(
        "arn codeSha256 createdDate layerArn signingJobArn signingProfileVersionArn sourceCodeSize version"
    ),
    replaces=names(
        "code compatibleArchitectures compatibleRuntimes description layerName licenseInfo region s3Bucket "
        "s3Key s3ObjectVersion sourceCodeHash"
    ),
    defaults={"skipDestroy": False},
    kept=names("code s3Bucket s3Key s3ObjectVersion skipDestroy sourceCodeHash"),
    sets=names("compatibleArchitectures compatibleRuntimes"),
)
