"""Names and tags on AWS."""

from mayfly.naming.aws.names import (
    LOGS,
    ROLES_PATH,
    AwsNames,
    bucket_prefix,
    function_name,
    iam_path,
    log_group,
    log_prefix,
    names,
    parameter,
    resource_group,
)
from mayfly.naming.aws.tags import identity, tags, value

__all__ = [
    "LOGS",
    "ROLES_PATH",
    "AwsNames",
    "bucket_prefix",
    "function_name",
    "iam_path",
    "identity",
    "log_group",
    "log_prefix",
    "names",
    "parameter",
    "resource_group",
    "tags",
    "value",
]
