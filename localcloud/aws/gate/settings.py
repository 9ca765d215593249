"""The gate's settings, and the variables that MiniStack reads."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """folder: the state folder. port: where it listens. descriptor: the bound socket, inherited.

    token: what an administrative request carries in `x-mayfly-token`.
    """

    folder: str
    port: int
    descriptor: int
    certificate: str
    key: str
    ca: str
    account: str
    region: str
    token: str

    @property
    def state(self) -> Path:
        """Where MiniStack keeps what is in it."""
        return Path(self.folder) / "ministack"

    def prepare(self) -> None:
        """Set the variables that MiniStack reads when it is imported, and that its functions inherit.

        Without AWS_ACCESS_KEY_ID MiniStack takes the key `test` for root. So the root key is a random one,
        and the gate admits it nowhere. Source: ministack.core.iam_evaluator.is_root_access_key.
        """
        temporary = self.state / "tmp"
        temporary.mkdir(parents=True, exist_ok=True)
        os.environ.update(
            AUTH="true",
            AWS_ACCESS_KEY_ID=f"AKIA{secrets.token_hex(8).upper()}",
            AWS_SECRET_ACCESS_KEY=secrets.token_urlsafe(30),
            AWS_CA_BUNDLE=self.ca,
            AWS_ENDPOINT_URL=f"https://127.0.0.1:{self.port}",
            AWS_EC2_METADATA_DISABLED="true",
            BIND_HOST="127.0.0.1",
            GATEWAY_PORT=str(self.port),
            IOT_MTLS_ENABLED="0",
            LOG_LEVEL="WARNING",
            MINISTACK_ACCOUNT_ID=self.account,
            MINISTACK_HOST="127.0.0.1",
            MINISTACK_REGION=self.region,
            MINISTACK_SSL_CERT=self.certificate,
            MINISTACK_SSL_KEY=self.key,
            PERSIST_STATE="1",
            S3_DATA_DIR=str(self.state / "s3"),
            S3_PERSIST="1",
            SERVICES=SERVICES,
            SFTP_ENABLED="0",
            SSL_CERT_FILE=self.ca,
            STATE_DIR=str(self.state / "services"),
            TMPDIR=str(temporary),
            USE_SSL="1",
        )


SERVICES = (
    "cloudformation,cloudwatch,dynamodb,events,glue,iam,kms,lambda,logs,resource-groups,s3,scheduler,"
    "secretsmanager,sns,sqs,ssm,sts,tagging"
)
"""The services. Those that act as root for any caller, such as Step Functions, are left out; of Glue all but
the catalog is: see `glue`.
"""
