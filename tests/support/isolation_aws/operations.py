"""Every operation of the SDK's service models, as a call on a place.

They are found in botocore's own models, so a new version of it brings its new operations here by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import botocore.session
from botocore.model import OperationModel, ServiceModel

from tests.support.isolation_aws.arguments import arguments
from tests.support.isolation_aws.exclusions import (
    EXCLUDED,
    JUDGED_OF_S3_CONTROL,
    READ_VERBS,
    READS,
    UNJUDGED,
    WRITES,
)
from tests.support.isolation_aws.places import Place

SERVICES = (
    "s3", "s3control", "iam", "lambda", "sts", "logs", "scheduler", "sqs", "dynamodb", "ssm",
    "resource-groups", "resourcegroupstaggingapi",
)  # fmt: skip
"""All that an environment is made of, and all by which a role could get at more."""

TAKING = ("Abort", "Complete", "Delete", "Detach", "Remove", "Untag")
WHOLE = {
    "DeleteAccessPoint", "DeleteBucket", "DeleteFunction", "DeleteGroup", "DeleteInstanceProfile",
    "DeleteLogGroup", "DeleteObject", "DeleteObjects", "DeletePolicy", "DeleteQueue", "DeleteRole",
    "DeleteTable", "DeleteUser",
}  # fmt: skip
"""They take all away."""

Call = dict[str, Any]
"""{"service", "operation", "arguments"}, as `probe.answers` and the function take it."""


@dataclass(frozen=True)
class Operation:
    """One operation of one service, by the names that the model gives them."""

    service: str
    name: str

    @property
    def key(self) -> str:
        """The service and the operation: "s3.PutObject"."""
        return f"{self.service}.{self.name}"

    @property
    def writes(self) -> bool:
        """Whether it would change something, or hand out what changes something."""
        if self.key in WRITES:
            return True
        return self.key not in READS and not self.name.startswith(READ_VERBS)

    @property
    def unjudged(self) -> str:
        """Why the local AWS does not say whether it is allowed; nothing where it does."""
        if self.service == "s3control" and self.name not in JUDGED_OF_S3_CONTROL:
            return "S3 Control is not in the local AWS, but for tags"
        return UNJUDGED.get(self.key, "")

    @property
    def turn(self) -> int:
        """When it is called: 0, or 1 if it takes away what others are called on, or 2 if all that is left."""
        return 2 if self.name in WHOLE else int(self.name.startswith(TAKING))

    @cached_property
    def model(self) -> OperationModel:
        """What the SDK knows of it."""
        return service_model(self.service).operation_model(self.name)

    def call(self, place: Place) -> Call:
        """What is sent for a place."""
        sent = arguments(self.key, self.model.input_shape, place)
        return {"service": self.service, "operation": self.name, "arguments": sent}

    def __str__(self) -> str:
        return self.key


@cache
def service_model(service: str) -> ServiceModel:
    """The SDK's model of a service."""
    return botocore.session.get_session().get_service_model(service)


@cache
def every() -> tuple[Operation, ...]:
    """All operations of all services."""
    return tuple(
        Operation(service, name) for service in SERVICES for name in service_model(service).operation_names
    )


@cache
def discover() -> tuple[Operation, ...]:
    """All operations but those left out."""
    return tuple(found for found in every() if found.key not in EXCLUDED)


def writes() -> list[Operation]:
    """Those of them that write."""
    return [found for found in discover() if found.writes]


def reads() -> list[Operation]:
    """Those of them that read."""
    return [found for found in discover() if not found.writes]
