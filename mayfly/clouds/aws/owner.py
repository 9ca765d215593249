"""Whose a thing on AWS is: its own tags tell, and names that only one environment can have."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass

from mayfly.clouds.aws import Aws, translated
from mayfly.naming import aws, tagging


@dataclass(frozen=True)
class Owner:
    """An environment, as what tells its things from all others.

    project: the Pulumi project's name; another project may have an environment of the same name in the
    account. account: 12 digits.
    """

    project: str
    environment: str
    account: str
    region: str

    def has(self, tags: Mapping[str, str], by_name: bool = False) -> bool:
        """Whether a thing with these tags is the environment's.

        by_name: its name or path is one that only environments of ours have. Then missing tags say nothing
        against it, since a killed `up` may have left it without; another owner's tags do.
        """
        wanted = self.tags
        if not by_name:
            return all(tags.get(name) == value for name, value in wanted.items())
        return all(tags.get(name, value) == value for name, value in wanted.items())

    def is_anothers(self, tags: Mapping[str, str]) -> bool:
        """Whether these tags are the complete marker of another environment, of this project or another."""
        environment, project = tags.get(tagging.ENVIRONMENT), tags.get(tagging.PROJECT)
        if tags.get(tagging.MANAGED_BY) != tagging.MAYFLY or not environment or not project:
            return False
        return {tagging.ENVIRONMENT: environment, tagging.PROJECT: project} != self.tags

    @property
    def tags(self) -> dict[str, str]:
        """The two tags that tell an environment from all others."""
        marks = aws.identity(self.project, self.environment)
        return {name: marks[name] for name in (tagging.ENVIRONMENT, tagging.PROJECT)}

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a resource in the environment's account and region."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"


def marked(tags: Mapping[str, str]) -> str:
    """Whose a thing with these tags is, in words that follow its name."""
    if tags.get(tagging.MANAGED_BY) != tagging.MAYFLY or not tags.get(tagging.ENVIRONMENT):
        return "carries no marker of ours"
    project = tags.get(tagging.PROJECT) or "no project"
    return f"carries the marker of {tags[tagging.ENVIRONMENT]} of the project '{project}'"


class Tagged:
    """What the tagging API names as an environment's, asked at the first need and kept.

    A failure is not kept. It only nominates: it lags, goes on naming what is gone (boto3#3341), and does not
    know IAM's roles.
    """

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
