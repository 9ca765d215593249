"""The local AWS: the variables of a shell that works in it, and the deployer's permissions."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from localcloud import Status

PROVIDER = "aws"
SOURCES = "buckets"
GRANTED = "roles of environments may read {source}"

LEADING_ELSEWHERE = (
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_DEFAULT_PROFILE",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_PROFILE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_SECURITY_TOKEN",
    "AWS_SESSION_TOKEN",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
)
"""Variables that would lead a tool to another AWS. Source: AWS SDKs and Tools Reference Guide."""

SERVICE_ENDPOINTS = "AWS_ENDPOINT_URL_"
"""The prefix of the variables for a single service's endpoint, which win over the one for all."""

NOWHERE = {
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    "AWS_EC2_METADATA_DISABLED": "true",
}
"""With these no profile and no machine's role is found, whether a local AWS exists or not."""

OWN = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL",
    "AWS_CA_BUNDLE",
)
"""The variables that a shell gets; without a local AWS it gets none of them."""


def variables(status: Status, principal: str) -> dict[str, str]:
    """Return the variables of a principal's shell, as AWS's provider, SDKs and CLI read them."""
    from localcloud import REGION

    credentials = json.loads(status.principals.read_text())[principal]
    key, secret = credentials["access_key_id"], credentials["secret_access_key"]
    return dict(zip(OWN, (key, secret, REGION, REGION, str(status.aws_url), str(status.ca)), strict=True))


SERVICES = (
    "cloudwatchlogs", "iam", "lambda", "resourcegroups", "resourcegroupstaggingapi", "s3",
    "s3control", "scheduler", "ssm", "sts",
)  # fmt: skip
"""The services that the official provider reaches there, as its `endpoints` name them."""


def official(status: Status, principal: str) -> dict[str, str]:
    """Return the Pulumi configuration with which the official plugin reaches it.

    Source: pulumi-aws's provider configuration, and the AWS provider's "Custom Service Endpoints".
    """
    from localcloud import REGION

    return {
        "aws:region": REGION,
        "aws:s3UsePathStyle": "true",
        "aws:skipCredentialsValidation": "true",
        "aws:skipMetadataApiCheck": "true",
        "aws:skipRequestingAccountId": "false",
        **{f"aws:endpoints[0].{service}": str(status.aws_url) for service in SERVICES},
    }


def admit_deployer(status: Status, root: Path, arns: Sequence[str]) -> None:
    """As the account's owner, put the boundary, the deployer's policies and the sources' bucket policies.

    arns: the sources; with none, no bucket policy is put.
    """
    from localcloud import ACCOUNT, REGION
    from mayfly.cli.local import aws_policies
    from mayfly.clouds.aws.client import Aws

    with Aws.from_environment(variables(status, "owner"), REGION, ACCOUNT) as cloud:
        aws_policies.put_policies(cloud, root, os.environ)
        if arns:
            aws_policies.admit(cloud, root, os.environ)
