"""Makes a place: a bucket with objects, a role, a function, and something of each kind beside them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import ClientError

from tests.support.isolation_aws import callers, documents
from tests.support.isolation_aws.places import PROBE, Place

THERE_ALREADY = {
    "EntityAlreadyExists", "BucketAlreadyOwnedByYou", "ResourceConflictException", "ResourceInUseException",
    "ResourceAlreadyExistsException", "ConflictException", "QueueAlreadyExists", "ParameterAlreadyExists",
    "BadRequestException",
}  # fmt: skip


@dataclass(frozen=True)
class Builder:
    """Makes places as their owner."""

    owner: callers.Cloud

    def furnish_bucket(self, place: Place) -> None:
        """A bucket with two objects and some code."""
        s3 = self.owner.client("s3")
        with there_already():
            s3.create_bucket(
                Bucket=place.bucket, CreateBucketConfiguration={"LocationConstraint": place.region}
            )
        self.furnish_objects(place)

    def furnish_objects(self, place: Place) -> None:
        """Two objects, and some code for functions."""
        s3 = self.owner.client("s3")
        for key in (place.key, place.other_key):
            s3.put_object(Bucket=place.bucket, Key=key, Body=PROBE.encode())
        s3.put_object(Bucket=place.bucket, Key="code.zip", Body=callers.code())

    def furnish_logs(self, place: Place) -> None:
        """A stream in the function's log group."""
        with there_already():
            self.owner.client("logs").create_log_stream(logGroupName=place.log_group, logStreamName=PROBE)

    def uploads(self, place: Place) -> Place:
        """The place with two multipart uploads that are not finished."""
        return replace(place, upload=self._upload(place), other_upload=self._upload(place))

    def _upload(self, place: Place) -> str:
        s3 = self.owner.client("s3")
        named = {"Bucket": place.bucket, "Key": place.key}
        upload = str(s3.create_multipart_upload(**named)["UploadId"])
        s3.upload_part(**named, UploadId=upload, PartNumber=1, Body=PROBE.encode())
        return upload

    def stand_in(self, place: Place, name: str) -> Place:
        """Another place that is laid out as this one, under another name; its boundary bounds nothing."""
        boundary = f"arn:aws:iam::{place.account}:policy/{name}-boundary"
        called = {"environment": name, "bucket": f"mf--{name}--lake", "role": f"{name}-flights"}
        made = replace(place, **called, function=f"{name}-flights", boundary=boundary)
        self.policy(boundary, documents.EVERYTHING)
        self.furnish_bucket(made)
        self.furnish(made)
        return self.uploads(made)

    def furnish(self, place: Place) -> None:
        """All else that operations ask for."""
        self.role(place, place.role, documents.EVERYTHING, place.boundary)
        self._identities(place)
        self._function(place)
        self._others(place)

    def policy(self, arn: str, document: str) -> str:
        """A managed policy; gives its ARN."""
        with there_already():
            self.owner.client("iam").create_policy(PolicyName=arn.rpartition("/")[2], PolicyDocument=document)
        return arn

    def role(self, place: Place, name: str, policy: str, boundary: str) -> str:
        """A role under the place's path, as an environment's is, that its account may take; gives its ARN."""
        iam = self.owner.client("iam")
        tags = [{"Key": "mayfly-env", "Value": place.environment}]
        named = {"RoleName": name, "Path": place.path, "Tags": tags, "PermissionsBoundary": boundary}
        with there_already():
            iam.create_role(**named, AssumeRolePolicyDocument=documents.trust(place))
        iam.put_role_policy(RoleName=name, PolicyName=PROBE, PolicyDocument=policy)
        return str(iam.get_role(RoleName=name)["Role"]["Arn"])

    def let_in(self, place: Place) -> None:
        """Let the account take the environment's role, which functions alone take."""
        iam = self.owner.client("iam")
        iam.update_assume_role_policy(RoleName=place.role, PolicyDocument=documents.trust(place))

    def administrator(self) -> None:
        """A role of the account that is no environment's, and may do everything."""
        iam = self.owner.client("iam")
        with there_already():
            iam.create_role(RoleName="administrator", AssumeRolePolicyDocument=documents.TRUSTING)
        iam.attach_role_policy(RoleName="administrator", PolicyArn=documents.ADMINISTRATOR)

    def unbounded(self, place: Place) -> str:
        """ARN of a boundary that bounds nothing."""
        return self.policy(f"arn:aws:iam::{place.account}:policy/mayfly-unbounded", documents.EVERYTHING)

    def remove_function(self, name: str) -> None:
        """A function that is no stack's."""
        self.owner.client("lambda").delete_function(FunctionName=name)

    def remove_role(self, name: str) -> None:
        """A role that `role` made."""
        iam = self.owner.client("iam")
        iam.delete_role_policy(RoleName=name, PolicyName=PROBE)
        iam.delete_role(RoleName=name)

    def function(self, place: Place, name: str, role_arn: str) -> callers.InFunction:
        """A function that probes as a role."""
        client = self.owner.client("lambda")
        with there_already():
            client.create_function(
                FunctionName=name,
                Runtime="python3.12",
                Handler="probe.handler",
                Role=role_arn,
                Code={"ZipFile": callers.code()},
                Timeout=60,
                MemorySize=512,
                Tags={"mayfly-env": place.environment},
            )
        return callers.InFunction(client, name)

    def _identities(self, place: Place) -> None:
        iam = self.owner.client("iam")
        with there_already():
            iam.create_user(UserName=place.probe)
        with there_already():
            iam.create_group(GroupName=place.probe)
        with there_already():
            iam.create_instance_profile(InstanceProfileName=place.probe)

    def _function(self, place: Place) -> None:
        self.function(place, place.function, place.role_arn)
        client = self.owner.client("lambda")
        with there_already():
            client.create_alias(FunctionName=place.function, Name=PROBE, FunctionVersion="$LATEST")

    def _others(self, place: Place) -> None:
        make: list[tuple[str, str, dict[str, Any]]] = [
            ("logs", "create_log_group", {"logGroupName": place.log_group}),
            ("logs", "create_log_stream", {"logGroupName": place.log_group, "logStreamName": PROBE}),
            ("sqs", "create_queue", {"QueueName": place.probe}),
            ("ssm", "put_parameter", {"Name": place.parameter, "Value": PROBE, "Type": "String"}),
            ("dynamodb", "create_table", _table(place)),
            ("scheduler", "create_schedule", _schedule(place)),
            ("scheduler", "create_schedule_group", {"Name": place.probe}),
            ("resource-groups", "create_group", _group(place)),
        ]
        for service, operation, arguments in make:
            with there_already():
                getattr(self.owner.client(service), operation)(**arguments)


@contextmanager
def there_already() -> Iterator[None]:
    """What is there is left as it is."""
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] not in THERE_ALREADY:
            raise


def _table(place: Place) -> dict[str, Any]:
    return {
        "TableName": place.probe,
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    }


def _schedule(place: Place) -> dict[str, Any]:
    return {
        "Name": place.probe,
        "ScheduleExpression": "rate(1 days)",
        "State": "DISABLED",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": place.function_arn, "RoleArn": place.role_arn},
    }


def _group(place: Place) -> dict[str, Any]:
    tag = [{"Key": "mayfly-env", "Values": [place.environment]}]
    query = {"ResourceTypeFilters": ["AWS::AllSupported"], "TagFilters": tag}
    return {
        "Name": place.resource_group,
        "ResourceQuery": {"Type": "TAG_FILTERS_1_0", "Query": json.dumps(query)},
    }
