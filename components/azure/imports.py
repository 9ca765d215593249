"""The provider SDK's classes, ahead of their first use."""

from __future__ import annotations


def import_classes() -> None:
    """Import the classes that an environment uses, ahead of their first use.

    They are large: half a second, in which a program may well do something else, such as ask the cloud.
    """
    from pulumi_azure_native import authorization, datafactory, resources, storage

    _ = (datafactory.Factory, storage.StorageAccount, authorization.RoleAssignment, resources.ResourceGroup)
