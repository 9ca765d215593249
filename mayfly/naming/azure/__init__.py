"""Names and tags on Azure."""

from mayfly.naming.azure import ids
from mayfly.naming.azure.names import AzureNames, group_name, names, permanent_group
from mayfly.naming.azure.tags import from_tag, identity, tags, to_tag, value

__all__ = [
    "AzureNames",
    "from_tag",
    "group_name",
    "identity",
    "ids",
    "names",
    "permanent_group",
    "tags",
    "to_tag",
    "value",
]
