"""Names and tags on Azure."""

from mayfly.naming.azure.names import AzureNames, group_name, names, permanent_group
from mayfly.naming.azure.tags import from_tag, identity, make_container_id, source_tags, tags, to_tag

__all__ = [
    "AzureNames",
    "from_tag",
    "group_name",
    "identity",
    "make_container_id",
    "names",
    "permanent_group",
    "source_tags",
    "tags",
    "to_tag",
]
