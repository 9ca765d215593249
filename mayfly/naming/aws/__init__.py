"""Names and tags on AWS."""

from mayfly.naming.aws.names import (
    BOUNDARY,
    BUCKETS,
    LOGS,
    ROLES_PATH,
    AwsNames,
    boundary_arn,
    bucket_hash,
    bucket_prefix,
    function_name,
    iam_path,
    log_group,
    log_prefix,
    names,
    parameter,
    resource_group,
)
from mayfly.naming.aws.tags import by_key, identity, tags, value

__all__ = [
    "BOUNDARY",
    "BUCKETS",
    "LOGS",
    "ROLES_PATH",
    "AwsNames",
    "boundary_arn",
    "bucket_hash",
    "bucket_prefix",
    "by_key",
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
