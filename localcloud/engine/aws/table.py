"""The resource types that the provider server knows.

Tokens and properties are those of pulumi-aws 7.51 (its SDK); defaults and what forces a replacement those of
the provider that it wraps (hashicorp/aws, its documentation of each resource).
"""

from __future__ import annotations

from typing import Final

from localcloud.engine.aws.rows import (
    bucket,
    bucket_access,
    bucket_data,
    function,
    layer_version,
    log_group,
    parameter,
    policy,
    queue,
    resource_group,
    role,
    role_policy,
    role_policy_attachment,
    schedule,
)

ROWS: Final = {
    row.type: row
    for row in (
        bucket.ROW,
        bucket_access.OWNERSHIP_CONTROLS,
        bucket_access.POLICY,
        bucket_access.PUBLIC_ACCESS_BLOCK,
        bucket_data.ENCRYPTION,
        bucket_data.LIFECYCLE,
        bucket_data.VERSIONING,
        function.ROW,
        layer_version.ROW,
        log_group.ROW,
        parameter.ROW,
        policy.ROW,
        queue.ROW,
        resource_group.ROW,
        role.ROW,
        role_policy.ROW,
        role_policy_attachment.ROW,
        schedule.ROW,
    )
}
