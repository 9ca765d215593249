"""botocore's clients, one a service, shared by all threads, with what all our calls have in common.

botocore does the hard parts: signing, retries with backoff that slow down when AWS throttles, pagination.
Everything heavy is imported when the first client is made.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, Self, cast, overload

from mayfly.clouds.aws.errors import translated
from mayfly.clouds.limiter import RateLimiter
from mayfly.errors import NotAllowed, require

if TYPE_CHECKING:
    from botocore.session import Session
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_resource_groups import ResourceGroupsClient
    from mypy_boto3_resourcegroupstaggingapi import ResourceGroupsTaggingAPIClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_scheduler import EventBridgeSchedulerClient
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_sts import STSClient
    from mypy_boto3_sts.type_defs import GetCallerIdentityResponseTypeDef

POOL = 64
"""Connections to one service. A pool smaller than the threads that call makes them open and close more."""

ATTEMPTS = 10
"""Calls at most, the first included."""

ATTEMPTS_WITH_STS = 3
"""The first call of all is its: where nothing answers, that is told within seconds."""

IDLE_SECONDS = 60
"""Of silence, after which a connection is asked for; a NAT gateway of AWS forgets one after 350 seconds."""

_IDLE = getattr(socket, "TCP_KEEPIDLE", None) or getattr(socket, "TCP_KEEPALIVE", None)
"""How Linux and Windows, or macOS, name it."""

KEPT_ALIVE = [
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    *([(socket.IPPROTO_TCP, _IDLE, IDLE_SECONDS)] if _IDLE else []),
]

CONNECT_SECONDS = 20.0
READ_SECONDS = 120.0


class _AnyService(list[str]):
    """Has every name. botocore would look into 440 folders for what services there are: 30 ms of each verb.

    botocore itself calls more services than `Aws.client`, such as `sso` to sign in. A name that is none fails
    when its model is loaded.
    """

    def __contains__(self, service: object) -> bool:
        return True


def new_session() -> Session:
    """Return a session of botocore, which knows the AWS_… variables, the profile or the machine's own role.

    Raises NotInstalled without botocore.
    """
    require("botocore", "aws")
    from botocore.loaders import create_loader
    from botocore.session import Session

    session = Session()
    loader = create_loader(session.get_config_variable("data_path"))
    loader.list_available_services = lambda type_name: _AnyService()  # type: ignore[method-assign]
    session.register_component("data_loader", loader)
    return session


class Aws:
    """One account, one region, one caller. Safe to share between threads."""

    def __init__(self, session: Session, region: str, account: str | None = None) -> None:
        """session: signs for the caller. account: the one that it has to be, 12 digits."""
        self.region = region
        self.wanted_account = account
        self.limiter = RateLimiter()
        self._session = session
        self._lock = threading.RLock()
        self._clients: dict[str, Any] = {}
        self._options: dict[str, Any] = {}

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], region: str, account: str | None = None) -> Self:
        """The caller that the AWS_… variables, the profile or the machine's own role name.

        region: of all calls. account: the one that `check_account` asks for. Nothing is called.
        """
        session = new_session()
        cloud = cls(session, region, account)
        if environ is not os.environ:
            cloud._take_over(environ)
        return cloud

    def _take_over(self, environ: Mapping[str, str]) -> None:
        """Use another mapping than the process's own, of which botocore reads all that is not given."""
        key, secret = environ.get("AWS_ACCESS_KEY_ID"), environ.get("AWS_SECRET_ACCESS_KEY")
        if key and secret:
            self._session.set_credentials(key, secret, environ.get("AWS_SESSION_TOKEN"))
        elif profile := environ.get("AWS_PROFILE"):
            self._session.set_config_variable("profile", profile)
        self._options = {
            "endpoint_url": environ.get("AWS_ENDPOINT_URL"),
            "verify": environ.get("AWS_CA_BUNDLE"),
        }

    def close(self) -> None:
        """Close the connections. A command line's process may end without; a test may not."""
        with self._lock:
            while self._clients:
                self._clients.popitem()[1].close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Aws(region={self.region!r}, account={self.wanted_account!r})"

    @cached_property
    def _identity(self) -> GetCallerIdentityResponseTypeDef:
        with translated("GetCallerIdentity"):
            return self.client("sts").get_caller_identity()

    @cached_property
    def account(self) -> str:
        """The account that the caller is in, 12 digits; asked once. Raises CloudError."""
        return self._identity["Account"]

    @property
    def caller(self) -> str:
        """The caller's ARN; asked once. Raises CloudError."""
        return self._identity["Arn"]

    @property
    def credentials_end(self) -> str | None:
        """When temporary credentials end, as far as botocore knows it; None where they do not."""
        ends = getattr(self._session.get_credentials(), "_expiry_time", None)
        return ends.strftime("%Y-%m-%dT%H:%M:%SZ") if ends else None

    def signing_keys(self) -> tuple[str, str, str]:
        """Key, secret and token, "" for none, for a client that is not botocore's. Raises CloudError."""
        from botocore.exceptions import NoCredentialsError

        with translated("sign in"):
            found = self._session.get_credentials()
            if found is None:
                raise NoCredentialsError
            frozen = found.get_frozen_credentials()
        return frozen.access_key or "", frozen.secret_key or "", frozen.token or ""

    @property
    def authority(self) -> str:
        """The file of whom it trusts; "" for whom the system does."""
        given = self._options.get("verify") or self._session.get_config_variable("ca_bundle")
        return str(given or "")

    def check_account(self) -> None:
        """Raise NotAllowed when the caller is in another account than the one that is wanted; CloudError."""
        if self.wanted_account is not None and self.account != self.wanted_account:
            raise NotAllowed(
                f"you are signed in to the account {self.account}, "
                f"and the fabric's account is {self.wanted_account}: sign in to that one"
            )

    @overload
    def client(self, service: Literal["glue"]) -> GlueClient: ...
    @overload
    def client(self, service: Literal["iam"]) -> IAMClient: ...
    @overload
    def client(self, service: Literal["lambda"]) -> LambdaClient: ...
    @overload
    def client(self, service: Literal["logs"]) -> CloudWatchLogsClient: ...
    @overload
    def client(self, service: Literal["resource-groups"]) -> ResourceGroupsClient: ...
    @overload
    def client(self, service: Literal["resourcegroupstaggingapi"]) -> ResourceGroupsTaggingAPIClient: ...
    @overload
    def client(self, service: Literal["s3"]) -> S3Client: ...
    @overload
    def client(self, service: Literal["scheduler"]) -> EventBridgeSchedulerClient: ...
    @overload
    def client(self, service: Literal["service-quotas"]) -> Any: ...
    @overload
    def client(self, service: Literal["ssm"]) -> SSMClient: ...
    @overload
    def client(self, service: Literal["sts"]) -> STSClient: ...

    def client(self, service: str) -> Any:
        """The client of a service, made once. Raises CloudError, as for a profile that does not exist."""
        with self._lock:
            if service not in self._clients:
                attempts = ATTEMPTS_WITH_STS if service == "sts" else ATTEMPTS
                self._clients[service] = self._make(service, READ_SECONDS, attempts)
            return self._clients[service]

    @contextmanager
    def invoker(self, seconds: float) -> Iterator[LambdaClient]:
        """A Lambda client that waits `seconds` for an answer and never calls twice, until the block ends.

        It calls over connections of its own, on which the system asks every minute whether the other end is
        there: a router forgets one that is silent for some minutes, and botocore's `tcp_keepalive` leaves the
        first question to Linux, which asks after two hours.
        """
        from botocore.httpsession import URLLib3Session
        from botocore.utils import get_environ_proxies

        client = cast("LambdaClient", self._make("lambda", seconds, 1))
        make: Any = URLLib3Session  # Its stubs know neither two timeouts nor socket options as they are.
        connections = make(
            verify=self._options.get("verify") or self._session.get_config_variable("ca_bundle") or True,
            proxies=get_environ_proxies(client.meta.endpoint_url),
            timeout=(CONNECT_SECONDS, seconds),
            socket_options=KEPT_ALIVE,
        )
        events: Any = client.meta.events
        events.register("before-send.lambda", lambda request, **_: connections.send(request))
        try:
            yield client
        finally:
            connections.close()
            client.close()

    def _make(self, service: str, read_seconds: float, attempts: int) -> Any:
        from botocore.config import Config

        config = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=read_seconds,
            max_pool_connections=POOL,
            retries={"mode": "adaptive", "total_max_attempts": attempts},
            user_agent_extra="mayfly",
        )
        with self._lock, translated(f"{service} in {self.region}"):
            client: Any = self._session.create_client(
                service,
                region_name=self.region,
                config=config,
                **self._options,
            )
        client.meta.events.register("before-send", lambda **_: self.limiter.wait())
        client.meta.events.register("response-received", self._answered)
        return client

    def _answered(self, parsed_response: Any = None, **_: Any) -> None:
        """Take an answer's status and headers: one service may hold the others for a while."""
        told = (parsed_response or {}).get("ResponseMetadata", {})
        self.limiter.answered(int(told.get("HTTPStatusCode", 0)), told.get("HTTPHeaders", {}))
