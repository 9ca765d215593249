"""The local AWS: what a shell needs to work in it, and what its owner gives the deployer."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mayfly.cli.local import sources

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
"""Variables that would lead a tool past the local AWS. Source: AWS SDKs and Tools Reference Guide."""

SERVICE_ENDPOINTS = "AWS_ENDPOINT_URL_"
"""What the variables of single services' endpoints begin with; they come before the one for all."""

NOWHERE = {
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    "AWS_EC2_METADATA_DISABLED": "true",
}
"""So that no profile and no machine's role is found, whether there is a local AWS or not."""

OWN = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL",
    "AWS_CA_BUNDLE",
)
"""Variables that a shell gets; where there is no local AWS, it has none of them."""


def variables(status: Status, principal: str) -> dict[str, str]:
    """What a principal's shell needs: AWS's own variables, as its provider, SDKs and CLI read them."""
    from localcloud import REGION

    credentials = json.loads(status.principals.read_text())[principal]
    key, secret = credentials["access_key_id"], credentials["secret_access_key"]
    return dict(zip(OWN, (key, secret, REGION, REGION, str(status.aws_url), str(status.ca)), strict=True))


SERVICES = (
    "cloudwatchlogs", "iam", "lambda", "resourcegroups", "resourcegroupstaggingapi", "s3",
    "s3control", "scheduler", "ssm", "sts",
)  # fmt: skip
"""The services that the official provider is pointed at, as its `endpoints` name them."""


def official(status: Status, principal: str) -> dict[str, str]:
    """Pulumi configuration with which the official plugin reaches it.

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
    """As the account's owner: the boundary, the deployer's policies, and production's word on its buckets.

    arns: the sources; without any, production says nothing yet.
    """
    from localcloud import ACCOUNT, REGION
    from mayfly.cli.local import aws_policies
    from mayfly.clouds.aws.client import Aws

    with Aws.from_environment(variables(status, "owner"), REGION, ACCOUNT) as cloud:
        aws_policies.put_policies(cloud, root, os.environ)
        if arns:
            aws_policies.admit(cloud, root, os.environ)


def named_sources(root: Path, environ: Mapping[str, str]) -> list[str]:
    """Every bucket, with the prefix, that the variable group of some fabric on AWS names as a source."""
    return sources.of(root, environ, "aws")
