"""The resource types that the provider server knows.

Tokens and properties are those of pulumi-aws 7.51 (its SDK); defaults and what forces a replacement those of
the provider that it wraps (hashicorp/aws, its documentation of each resource).
"""

from __future__ import annotations

from typing import Final

from localcloud.engine.aws.rows import bucket, function, log_group, role, role_policy

ROWS: Final = {
    row.token: row
    for row in (
        bucket.ROW,
        function.ROW,
        log_group.ROW,
        role.ROW,
        role_policy.ROW,
    )
}
