"""Where an environment writes: a storage account of its own."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import storage


@dataclass(frozen=True)
class SinkArgs:
    """What a sink is made of.

    group_name: resource group to make it in.
    location: Azure region.
    account_name: name of the storage account: 3-24 lower-case letters and digits, unique in the world.
    containers: names of the containers, the same as in production.
    tags: the environment's marker.
    soft_delete_days: days a deleted blob or container can be brought back; 0, the default, keeps soft
        delete off, as it is for accounts made through Resource Manager.
    """

    group_name: pulumi.Input[str]
    location: str
    account_name: str
    containers: Collection[str]
    tags: Mapping[str, str]
    soft_delete_days: int = 0


class Sink(pulumi.ComponentResource):
    """A data lake account that only identities with a role can use, with a container for each sink."""

    account_name: pulumi.Output[str]
    """Name of the storage account."""

    account_id: pulumi.Output[str]
    """Resource id of the storage account."""

    blob_endpoint: pulumi.Output[str]
    """Address of the account's blobs."""

    dfs_endpoint: pulumi.Output[str]
    """Address of the account's hierarchical namespace."""

    container_ids: Mapping[str, pulumi.Output[str]]
    """Resource id of each container, by its name."""

    def __init__(self, name: str, args: SinkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mayfly:azure:Sink", name, None, opts)
        self._account = self._create_account(name, args)
        self._create_soft_delete(name, args)
        containers = {each: self._create_container(name, args, each) for each in sorted(set(args.containers))}
        self.account_name = self._account.name
        self.account_id = self._account.id
        self.blob_endpoint = self._account.primary_endpoints.apply(lambda endpoints: endpoints.blob)
        self.dfs_endpoint = self._account.primary_endpoints.apply(lambda endpoints: endpoints.dfs)
        self.container_ids = {container: made.id for container, made in containers.items()}
        self.register_outputs({"accountName": self.account_name, "containerIds": dict(self.container_ids)})

    def _create_account(self, name: str, args: SinkArgs) -> storage.StorageAccount:
        return storage.StorageAccount(
            f"{name}-account",
            resource_group_name=args.group_name,
            account_name=args.account_name,
            location=args.location,
            kind=storage.Kind.STORAGE_V2,
            sku=storage.SkuArgs(name=storage.SkuName.STANDARD_LRS),
            is_hns_enabled=True,
            minimum_tls_version=storage.MinimumTlsVersion.TLS1_2,
            enable_https_traffic_only=True,
            allow_blob_public_access=False,
            allow_shared_key_access=False,
            default_to_o_auth_authentication=True,
            # The factory's Azure integration runtime needs the public endpoint; only identities get in.
            public_network_access="Enabled",
            tags=args.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _create_soft_delete(self, name: str, args: SinkArgs) -> None:
        if not args.soft_delete_days:
            return
        retention = storage.DeleteRetentionPolicyArgs(enabled=True, days=args.soft_delete_days)
        storage.BlobServiceProperties(
            f"{name}-soft-delete",
            resource_group_name=args.group_name,
            account_name=self._account.name,
            blob_services_name="default",
            delete_retention_policy=retention,
            container_delete_retention_policy=retention,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _create_container(self, name: str, args: SinkArgs, container: str) -> storage.BlobContainer:
        return storage.BlobContainer(
            f"{name}-sink-{container}",
            resource_group_name=args.group_name,
            account_name=self._account.name,
            container_name=container,
            public_access=storage.PublicAccess.NONE,
            opts=pulumi.ResourceOptions(parent=self),
        )
