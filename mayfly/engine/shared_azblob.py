"""A Pulumi backend in Azure Blob Storage, by Microsoft's SDK: signed in as Pulumi is.

Mayfly signs in to Resource Manager otherwise (`mayfly.clouds.azure.credentials`): gocloud.dev takes a key, a
shared access signature or a connection string where there is one, else what DefaultAzureCredential finds.
Source: gocloud.dev, blob/azureblob, newCredInfoFromEnv, NewDefaultServiceURLOptions and NewServiceURL.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from mayfly.clouds.azure.errors import CloudError, Refused, Unsigned
from mayfly.engine.shared_backend import (
    ATTEMPTS,
    CONNECT_SECONDS,
    READ_SECONDS,
    BackendAddress,
    SharedBackend,
    is_on,
)
from mayfly.errors import MayflyError, require

if TYPE_CHECKING:
    from azure.core.exceptions import AzureError

OPTIONS = ("cdn", "domain", "localemu", "protocol", "storage_account")

PUBLIC_DOMAIN = "blob.core.windows.net"

SIGN_IN = (
    "sign in with `az login`, with AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or with a"
    " managed identity: the ARM variables are for Resource Manager alone"
)


class AzblobBackend(SharedBackend):
    """A container."""

    def __init__(self, address: BackendAddress, environ: Mapping[str, str]) -> None:
        """environ: the variables that Pulumi reads.

        Raises MayflyError for what cannot be used, and without the SDK.
        """
        address.check(OPTIONS)
        require("azure", "azure")
        self.address = address
        with _translated(str(address)):
            self._client: Any = _client(address, environ)
        self._where = f"{self._client.primary_hostname}/{address.name}"

    def put(self, key: str, content: bytes) -> None:
        """Write a block blob."""
        from azure.storage.blob import ContentSettings

        kind = ContentSettings(content_type="application/json")
        with _translated(f"PUT {self._where}"):
            self._client.upload_blob(
                self.address.prefix + key, content, overwrite=True, content_settings=kind
            )

    def get(self, key: str, largest: int) -> bytes:
        """Return a blob's content."""
        with _translated(f"GET {self._where}"):
            found = self._client.download_blob(self.address.prefix + key, offset=0, length=largest)
            return bytes(found.readall())

    def remove(self, key: str) -> None:
        """Remove a blob; absent is fine."""
        from azure.core.exceptions import ResourceNotFoundError

        with _translated(f"DELETE {self._where}"), suppress(ResourceNotFoundError):
            self._client.delete_blob(self.address.prefix + key)

    def keys(self, prefix: str) -> Iterator[tuple[str, int]]:
        """Yield the key and the bytes of each blob whose key begins so."""
        with _translated(f"LIST {self._where}"):
            for blob in self._client.list_blobs(name_starts_with=self.address.prefix + prefix):
                yield blob.name.removeprefix(self.address.prefix), blob.size


def _client(address: BackendAddress, environ: Mapping[str, str]) -> Any:
    from azure.core.credentials import AzureNamedKeyCredential, AzureSasCredential
    from azure.identity import DefaultAzureCredential
    from azure.storage.blob import ContainerClient, ExponentialRetry

    options: dict[str, Any] = {
        "retry_policy": ExponentialRetry(initial_backoff=1, retry_total=ATTEMPTS - 1, random_jitter_range=1),
        "connection_timeout": CONNECT_SECONDS,
        "read_timeout": READ_SECONDS,
    }
    account, key = environ.get("AZURE_STORAGE_ACCOUNT"), environ.get("AZURE_STORAGE_KEY")
    signature, connection = environ.get("AZURE_STORAGE_SAS_TOKEN"), connection_string(environ)
    credential: Any
    if account and key:
        credential = AzureNamedKeyCredential(account, key)
    elif signature:
        credential = AzureSasCredential(signature)
    elif connection:
        return ContainerClient.from_connection_string(connection, address.name, **options)
    else:
        credential = DefaultAzureCredential()
    return ContainerClient(service_url(address, environ), address.name, credential, **options)


def connection_string(environ: Mapping[str, str]) -> str:
    """The connection string that Pulumi takes, "" for none."""
    names = ("AZURE_STORAGE_CONNECTION_STRING", "AZURE_STORAGEBLOB_CONNECTIONSTRING")
    return next((environ[name] for name in names if environ.get(name)), "")


def service_url(address: BackendAddress, environ: Mapping[str, str]) -> str:
    """The account's blob service. Raises MayflyError where no account is named, or the protocol is none."""

    def told(option: str, variable: str) -> str:
        return address.options.get(option) or environ.get(f"AZURE_STORAGE_{variable}", "")

    account, domain = told("storage_account", "ACCOUNT"), told("domain", "DOMAIN") or PUBLIC_DOMAIN
    protocol = told("protocol", "PROTOCOL") or "https"
    if not account:
        what = "neither AZURE_STORAGE_ACCOUNT nor storage_account in PULUMI_BACKEND_URL names it"
        raise MayflyError(f"the account of {address} is not known: {what}")
    if protocol not in ("http", "https"):
        raise MayflyError(f"the protocol of {address} is {protocol!r}; it is http or https")
    if domain.startswith(("127.0.0.1", "localhost")) or is_on(told("localemu", "IS_LOCAL_EMULATOR")):
        return f"{protocol}://{domain}/{account}"
    return f"{protocol}://{domain if is_on(told('cdn', 'IS_CDN')) else f'{account}.{domain}'}"


@contextmanager
def _translated(operation: str) -> Iterator[None]:
    """Raise what Microsoft's SDK raises inside as a CloudError."""
    from azure.core.exceptions import AzureError

    try:
        yield
    except AzureError as error:
        raise _cloud_error(error, operation) from error
    except ValueError as error:  # a key that is no base64, a token over plain HTTP, a wrong connection string
        raise MayflyError(f"{operation}: {masked(str(error))}") from error


def _cloud_error(error: AzureError, operation: str) -> CloudError:
    """The SDK's messages have the answer's body, or each way to sign in, below their first line."""
    response: Any = getattr(error, "response", None)
    code = str(getattr(error, "error_code", None) or type(error).__name__)
    message = masked(str(error).partition("\n")[0])
    if response is None and code in ("ClientAuthenticationError", "CredentialUnavailableError"):
        return Unsigned(0, code, f"{message} {SIGN_IN}", "", operation)
    status = getattr(response, "status_code", 0)
    request_id = getattr(response, "headers", {}).get("x-ms-request-id", "")
    return (Refused if status == 403 else CloudError)(status, code, message, request_id, operation)


def masked(text: str) -> str:
    """Return a message without the signature that grants access: addresses carry it."""
    return re.sub(r"(?i)\b(sig=)[^&\s'\"]+", r"\1[masked]", text)
