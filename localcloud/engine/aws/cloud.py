"""One principal's clients in one region."""

from __future__ import annotations

import threading
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_resource_groups import ResourceGroupsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_scheduler import EventBridgeSchedulerClient
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_sts import STSClient

ATTEMPTS = 10
POOL = 64
"""Open connections to a service: more than an engine makes simultaneous calls."""

SERVICES = ("iam", "s3", "lambda", "logs", "resource-groups", "scheduler", "ssm")
NO_FILE = "/dev/null"


class Cloud:
    """The clients of one access key in one region. Safe to use from several threads.

    The process's environment is ignored: no profile, no file, no proxy, no address of a real cloud.
    """

    def __init__(self, endpoint: str, ca: str, region: str, key_id: str, secret: str) -> None:
        """endpoint: the address of all services. ca: the file with its certificate's authority."""
        self.region = region
        self._endpoint = endpoint
        self._ca = ca
        core = botocore.session.Session(
            session_vars={
                "profile": (None, None, None, None),
                "config_file": (None, None, NO_FILE, None),
                "credentials_file": (None, None, NO_FILE, None),
            }
        )
        self._session = boto3.Session(key_id, secret, None, region, core)
        self._config = Config(
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
            max_pool_connections=POOL,
            user_agent_extra="mayfly-engine",
            s3={"addressing_style": "path"},
            proxies={},
        )
        self._lock = threading.Lock()
        self._clients: dict[str, Any] = {}

    @cached_property
    def account(self) -> str:
        """The access key's account."""
        return self.sts.get_caller_identity()["Account"]

    def warm(self) -> None:
        """Make the clients in advance: each takes some hundredths of a second."""
        for service in SERVICES:
            self._client(service)

    def close(self) -> None:
        """Close the connections."""
        with self._lock:
            for client in self._clients.values():
                client.close()

    def _client(self, service: str) -> Any:
        client = self._clients.get(service)
        if client is not None:
            return client
        with self._lock:  # Threads may share a client, and must not make one together.
            if service not in self._clients:
                self._clients[service] = self._session.client(
                    service,  # type: ignore[call-overload]  # a name that is not a literal
                    endpoint_url=self._endpoint,
                    verify=self._ca,
                    config=self._config,
                )
            return self._clients[service]

    @property
    def iam(self) -> IAMClient:
        """Identity and Access Management."""
        return self._client("iam")  # type: ignore[no-any-return]

    @property
    def functions(self) -> LambdaClient:
        """Lambda."""
        return self._client("lambda")  # type: ignore[no-any-return]

    @property
    def logs(self) -> CloudWatchLogsClient:
        """CloudWatch Logs."""
        return self._client("logs")  # type: ignore[no-any-return]

    @property
    def groups(self) -> ResourceGroupsClient:
        """Resource Groups."""
        return self._client("resource-groups")  # type: ignore[no-any-return]

    @property
    def s3(self) -> S3Client:
        """Simple Storage Service."""
        return self._client("s3")  # type: ignore[no-any-return]

    @property
    def scheduler(self) -> EventBridgeSchedulerClient:
        """EventBridge Scheduler."""
        return self._client("scheduler")  # type: ignore[no-any-return]

    @property
    def sqs(self) -> Any:
        """Simple Queue Service."""
        return self._client("sqs")

    @property
    def ssm(self) -> SSMClient:
        """Systems Manager."""
        return self._client("ssm")  # type: ignore[no-any-return]

    @property
    def sts(self) -> STSClient:
        """Security Token Service."""
        return self._client("sts")  # type: ignore[no-any-return]
