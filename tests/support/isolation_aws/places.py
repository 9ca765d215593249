"""A place that operations are called on: production, what stands in for it, an environment."""

from __future__ import annotations

from dataclasses import dataclass

PROBE = "mayfly-probe"
"""The name of what operations make, change and delete."""


@dataclass(frozen=True)
class Place:
    """A bucket with objects, a role and a function, and the names of whatever else lies beside them.

    endpoint: base URL of the cloud. environment: the stage prefix. role: name of the execution role.
    boundary: ARN of the permissions boundary. key, other_key: of objects, below the prefix that is read.
    upload, other_upload: ids of multipart uploads of `key` that are not finished. receipt: handle of a
    message that was received.
    """

    account: str
    region: str
    endpoint: str
    environment: str
    bucket: str
    role: str
    function: str
    boundary: str
    key: str = "flights/probe/1.csv"
    other_key: str = "flights/probe/2.csv"
    upload: str = "0123456789abcdef"
    other_upload: str = "fedcba9876543210"
    receipt: str = PROBE

    @property
    def probe(self) -> str:
        """A name of the environment's own making, for what belongs to no stack."""
        return f"{self.environment}-{PROBE}"

    @property
    def path(self) -> str:
        """The path of the environment's roles."""
        return f"/mayfly/{self.environment}/"

    @property
    def folder(self) -> str:
        """The prefix that the objects lie below."""
        return self.key.rpartition("/")[0] + "/"

    @property
    def bucket_arn(self) -> str:
        """ARN of the bucket."""
        return f"arn:aws:s3:::{self.bucket}"

    @property
    def role_arn(self) -> str:
        """ARN of the execution role."""
        return f"arn:aws:iam::{self.account}:role{self.path}{self.role}"

    @property
    def function_arn(self) -> str:
        """ARN of the function."""
        return self.arn("lambda", f"function:{self.function}")

    @property
    def log_group(self) -> str:
        """Name of the function's log group."""
        return f"/mayfly/{self.environment}/{self.function.removeprefix(f'{self.environment}-')}"

    @property
    def resource_group(self) -> str:
        """Name of the environment's Resource Group."""
        return f"mayfly-{self.environment}"

    @property
    def parameter(self) -> str:
        """Name of the parameter with the published outputs."""
        return f"/mayfly/{self.environment}/infrastructure"

    @property
    def queue_url(self) -> str:
        """URL of a queue."""
        return f"{self.endpoint}/{self.account}/{self.probe}"

    @property
    def policy_arn(self) -> str:
        """ARN of a managed policy that belongs to the place."""
        return f"arn:aws:iam::{self.account}:policy/{self.probe}"

    def arn(self, service: str, resource: str) -> str:
        """ARN of something regional in the place's account."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"
