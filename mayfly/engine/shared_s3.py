"""A Pulumi backend in S3, by botocore: signed in by the AWS variables or the profile, as Pulumi is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mayfly.clouds.aws.client import new_session
from mayfly.clouds.aws.errors import translated
from mayfly.engine.shared_backend import (
    ATTEMPTS,
    CONNECT_SECONDS,
    READ_SECONDS,
    BackendAddress,
    SharedBackend,
)
from mayfly.errors import require

PATH_STYLE = ("s3ForcePathStyle", "use_path_style")
PLAIN_HTTP = ("disableSSL", "disable_https")
NO_MATTER = (
    "awssdk",
    "hostname_immutable",
    "rate_limiter_capacity",
    "request_checksum_calculation",
    "response_checksum_validation",
)
"""Options that say how Pulumi's own SDK works, and neither where the bucket is nor who asks."""

OPTIONS = ("endpoint", "kmskeyid", "profile", "region", "ssetype", *PATH_STYLE, *PLAIN_HTTP, *NO_MATTER)

CONNECTIONS = 32
"""As many as environments that a sweep removes at a time."""


class S3Backend(SharedBackend):
    """A bucket."""

    def __init__(self, address: BackendAddress, environ: Mapping[str, str]) -> None:
        """address: see `OPTIONS`. environ: tells the region where the address does not.

        Raises MayflyError for an option that is not known, a profile that does not exist, and without SDK.
        """
        address.check(OPTIONS)
        require("botocore", "aws")  # before `translated`, which imports it
        self.address = address
        with translated(f"s3://{address.name}"):
            self._client: Any = _client(address, environ)

    def put(self, key: str, content: bytes) -> None:
        """Write an object, encrypted as the address says."""
        with translated(f"PutObject s3://{self.address.name}"):
            self._client.put_object(
                **self._where(key), Body=content, ContentType="application/json", **encryption(self.address)
            )

    def get(self, key: str, largest: int) -> bytes:
        """Return an object's content."""
        with translated(f"GetObject s3://{self.address.name}"):
            body = self._client.get_object(**self._where(key))["Body"]
            try:
                return bytes(body.read(largest))
            finally:
                body.close()

    def remove(self, key: str) -> None:
        """Remove an object, of which S3 does not say whether it was there."""
        with translated(f"DeleteObject s3://{self.address.name}"):
            self._client.delete_object(**self._where(key))

    def keys(self, prefix: str) -> Iterator[tuple[str, int]]:
        """Yield the key and the bytes of each object whose key begins so."""
        start = self.address.prefix + prefix
        with translated(f"ListObjectsV2 s3://{self.address.name}"):
            pages = self._client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self.address.name, Prefix=start):
                for each in page.get("Contents", ()):
                    yield each["Key"].removeprefix(self.address.prefix), each["Size"]

    def _where(self, key: str) -> dict[str, str]:
        return {"Bucket": self.address.name, "Key": self.address.prefix + key}


def _client(address: BackendAddress, environ: Mapping[str, str]) -> Any:
    from botocore.config import Config

    session = new_session()
    if profile := address.options.get("profile"):
        session.set_config_variable("profile", profile)
    found = endpoint(address)
    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        max_pool_connections=CONNECTIONS,
        user_agent_extra="mayfly",
        s3={"addressing_style": "path" if any(map(address.asks, PATH_STYLE)) else "virtual"},
        # As Pulumi has it: what is no S3 of AWS may not know the newer checksums.
        request_checksum_calculation="when_required" if found else None,
    )
    region = address.options.get("region") or environ.get("AWS_REGION")
    return session.create_client("s3", region_name=region or None, endpoint_url=found, config=config)


def endpoint(address: BackendAddress) -> str | None:
    """The address's own endpoint as a URL; None for that of AWS, or of AWS_ENDPOINT_URL."""
    told = address.options.get("endpoint")
    if not told or "://" in told:
        return told or None
    return f"{'http' if any(map(address.asks, PLAIN_HTTP)) else 'https'}://{told}"


def encryption(address: BackendAddress) -> dict[str, str]:
    """Arguments of PutObject for the encryption that the address asks for."""
    kind, key = address.options.get("ssetype", ""), address.options.get("kmskeyid")
    found = {"ServerSideEncryption": {"aes256": "AES256"}.get(kind.lower(), kind.lower())} if kind else {}
    return found | ({"SSEKMSKeyId": key} if key else {})
