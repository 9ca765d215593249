"""Azure's own SDK clients, pointed at a checkout's local Azure as one of its principals."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from azure.core.credentials import TokenCredential
from azure.identity import ClientSecretCredential
from azure.mgmt.authorization import AuthorizationManagementClient
from azure.mgmt.datafactory import DataFactoryManagementClient
from azure.mgmt.resource.locks import ManagementLockClient
from azure.mgmt.resource.resources import ResourceManagementClient
from azure.mgmt.storage import StorageManagementClient
from azure.storage.blob import BlobServiceClient


@dataclass
class Sdk:
    """The official clients for one subscription. `environ`: what `mayfly local env` exports."""

    environ: dict[str, str]
    subscription: str

    @cached_property
    def credential(self) -> TokenCredential:
        """The principal's own credential."""
        return ClientSecretCredential(
            self.environ["ARM_TENANT_ID"],
            self.environ["ARM_CLIENT_ID"],
            self.environ["ARM_CLIENT_SECRET"],
            authority=self.url,
            disable_instance_discovery=True,
            connection_verify=self.environ["SSL_CERT_FILE"],
        )

    @property
    def url(self) -> str:
        """Where Resource Manager and the token endpoint listen."""
        return "https://" + self.environ["ARM_METADATA_HOSTNAME"]

    @property
    def _options(self) -> dict[str, Any]:
        return {
            "base_url": self.url,
            "credential_scopes": [self.url + "/.default"],
            "connection_verify": self.environ["SSL_CERT_FILE"],
        }

    @cached_property
    def resources(self) -> ResourceManagementClient:
        """Resource groups and the list of resources."""
        return ResourceManagementClient(self.credential, self.subscription, **self._options)

    @cached_property
    def storage(self) -> StorageManagementClient:
        """Storage accounts and containers."""
        return StorageManagementClient(self.credential, self.subscription, **self._options)

    @cached_property
    def factories(self) -> DataFactoryManagementClient:
        """Factories, their documents and runs."""
        return DataFactoryManagementClient(self.credential, self.subscription, **self._options)

    @cached_property
    def authorization(self) -> AuthorizationManagementClient:
        """Role definitions and assignments."""
        return AuthorizationManagementClient(self.credential, self.subscription, **self._options)

    @cached_property
    def locks(self) -> ManagementLockClient:
        """Locks."""
        return ManagementLockClient(self.credential, self.subscription, **self._options)

    def blobs(self, endpoint: str, credential: TokenCredential | None = None) -> BlobServiceClient:
        """The data plane of the account at this endpoint, as this principal or with another credential."""
        assert urlsplit(endpoint).scheme == "https"
        return BlobServiceClient(
            endpoint, credential or self.credential, connection_verify=self.environ["SSL_CERT_FILE"]
        )
