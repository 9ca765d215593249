"""Names and tags on Azure."""

from mayfly.naming.azure import ids
from mayfly.naming.azure.names import AzureNames, group_name, names, permanent_group, reaper
from mayfly.naming.azure.tags import from_tag, identity, of_reaper, tags, to_tag, value

__all__ = [
    "AzureNames",
    "from_tag",
    "group_name",
    "identity",
    "ids",
    "names",
    "of_reaper",
    "permanent_group",
    "reaper",
    "tags",
    "to_tag",
    "value",
]
