"""AWS's own SDK, as one principal, and what of the requests were changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.session import Session

from tests.support.request_log import RequestLog

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_resource_groups import ResourceGroupsClient
    from mypy_boto3_resourcegroupstaggingapi import ResourceGroupsTaggingAPIClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_scheduler import EventBridgeSchedulerClient
    from mypy_boto3_ssm import SSMClient

READS = ("BatchGet", "Describe", "Get", "Head", "List")
"""What the names of operations begin with that change nothing."""


class AwsSdk:
    """Clients as the variables of `mayfly local env` say, each made when it is first used."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._session = Session()
        self._made: dict[str, Any] = {}

    @cached_property
    def s3(self) -> S3Client:
        client: S3Client = self.client("s3")
        return client

    @cached_property
    def iam(self) -> IAMClient:
        client: IAMClient = self.client("iam")
        return client

    @cached_property
    def functions(self) -> LambdaClient:
        client: LambdaClient = self.client("lambda")
        return client

    @cached_property
    def logs(self) -> CloudWatchLogsClient:
        client: CloudWatchLogsClient = self.client("logs")
        return client

    @cached_property
    def schedules(self) -> EventBridgeSchedulerClient:
        client: EventBridgeSchedulerClient = self.client("scheduler")
        return client

    @cached_property
    def groups(self) -> ResourceGroupsClient:
        client: ResourceGroupsClient = self.client("resource-groups")
        return client

    @cached_property
    def parameters(self) -> SSMClient:
        client: SSMClient = self.client("ssm")
        return client

    @cached_property
    def tagging(self) -> ResourceGroupsTaggingAPIClient:
        client: ResourceGroupsTaggingAPIClient = self.client("resourcegroupstaggingapi")
        return client

    def client(self, service: str) -> Any:
        """A service's client, as the SDK names the service."""
        if service not in self._made:
            self._made[service] = self._create(service)
        return self._made[service]

    def _create(self, service: str) -> Any:
        return self._session.create_client(
            service,
            region_name=self._environ["AWS_REGION"],
            aws_access_key_id=self._environ["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self._environ["AWS_SECRET_ACCESS_KEY"],
            endpoint_url=self._environ["AWS_ENDPOINT_URL"],
            verify=self._environ["AWS_CA_BUNDLE"],
            config=Config(retries={"total_max_attempts": 1}),
        )

    def close(self) -> None:
        """Close the connections, which else are told as left open."""
        for client in self._made.values():
            client.close()

    def group_tags(self, group: str) -> dict[str, str]:
        """The tags of a Resource Group, by its name."""
        arn = self.groups.get_group(GroupName=group)["Group"]["GroupArn"]
        return dict(self.groups.get_tags(Arn=arn)["Tags"])

    def everything(self) -> set[str]:
        """The names of all that there is of the kinds that an environment is made of."""
        return {
            *(f"bucket {each['Name']}" for each in self.s3.list_buckets()["Buckets"]),
            *(f"role {each['Arn'].partition(':role')[2]}" for each in self.iam.list_roles()["Roles"]),
            *(f"function {each['FunctionName']}" for each in self.functions.list_functions()["Functions"]),
            *(f"log {each['logGroupName']}" for each in self.logs.describe_log_groups()["logGroups"]),
            *(f"schedule {each['Name']}" for each in self.schedules.list_schedules()["Schedules"]),
            *(f"group {each['GroupName']}" for each in self.groups.list_groups()["GroupIdentifiers"]),
            *(f"parameter {each['Name']}" for each in self.parameters.describe_parameters()["Parameters"]),
            *(f"policy {each['Arn']}" for each in self.iam.list_policies(Scope="Local")["Policies"]),
        }


@contextmanager
def signed_in(environ: Mapping[str, str]) -> Iterator[AwsSdk]:
    """The SDK, closed in the end."""
    sdk = AwsSdk(environ)
    try:
        yield sdk
    finally:
        sdk.close()


def changes(log: RequestLog) -> list[str]:
    """The operations of the log that were answered, and were more than a look."""
    operations = [str(entry["operation"]) for entry in log.entries() if entry["status"] < 400]
    return [each for each in operations if not each.startswith(READS)]
