"""What the tagging API names as an environment's. It only nominates.

It lags, goes on naming what is gone (boto3#3341), and does not know IAM's roles.
"""

from __future__ import annotations

import threading

from mayfly.clouds.aws import Aws, translated
from mayfly.clouds.aws.owner import Owner


class Tagged:
    """The answer of the tagging API, asked at the first need and kept. A failure is not kept."""

    def __init__(self, cloud: Aws, owner: Owner) -> None:
        self._cloud = cloud
        self._owner = owner
        self._lock = threading.Lock()
        self._arns: tuple[str, ...] | None = None

    def arns(self) -> tuple[str, ...]:
        """The ARNs of all that carries the environment's tags. Raises CloudError."""
        with self._lock:
            if self._arns is None:
                filters = [{"Key": name, "Values": [value]} for name, value in self._owner.tags.items()]
                with translated("GetResources"):
                    pages = self._cloud.client("resourcegroupstaggingapi").get_paginator("get_resources")
                    found = pages.paginate(TagFilters=filters)  # type: ignore[arg-type]
                    self._arns = tuple(
                        item["ResourceARN"] for page in found for item in page["ResourceTagMappingList"]
                    )
            return self._arns
