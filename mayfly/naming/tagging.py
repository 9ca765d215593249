"""The tags that make an environment findable, ours, and removable without state.

What each cloud allows of a tag: `naming.azure.tags`, `naming.aws.tags`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from mayfly.naming.times import CREATED_AT, EXPIRES_AT, stamp

if TYPE_CHECKING:
    from mayfly.settings import EnvironmentSettings
    from mayfly.settings.git_origin import GitOrigin

MANAGED_BY = "managed-by"
MAYFLY = "mayfly"
ENVIRONMENT = "mayfly-env"
FABRIC = "mayfly-fabric"
PROJECT = "mayfly-project"
IMAGES = "mayfly-images"
"""On a repository of Amazon ECR, set by its owner: environments' functions may run the images in it."""
OWNER = "mayfly-owner"
REPOSITORY = "mayfly-repository"
COMMIT = "mayfly-commit"
WORKLOAD_REPOSITORY = "mayfly-workload-repository"
WORKLOAD_COMMIT = "mayfly-workload-commit"
SOURCE = "mayfly-source-"

MOST_TAGS = 50
UNKNOWN = "unknown"


def is_permanent(tags: Mapping[str, str], environment: str) -> bool:
    """Whether its group's tags say that an environment is permanent: called like its fabric.

    Of an ephemeral one, `<fabric>-<id>`, they cannot: no fabric has a hyphen in its name.
    """
    return tags.get(FABRIC) == environment and "-" not in environment


def of_group(
    wanted: EnvironmentSettings,
    origin: GitOrigin,
    created: datetime,
    expires: datetime | None,
    workload: GitOrigin | None,
    value: Callable[[str], str],
    kept: Mapping[str, str] | None,
) -> dict[str, str]:
    """Return the tags that a group has on every cloud, besides those of every resource.

    origin: of the platform. The owner is the fabric's team: a person's address has no place in a tag that
        everybody reads, and another person's `up` would show as a change.
    created, expires: see `times.lifespan`; no expiry, no tag.
    workload: the origin of a workload that has a checkout of its own; what is not known of it, no tag.
    value: makes a text fit for a tag of the cloud. kept: see `times.kept`.
    """
    tags = {
        OWNER: value(wanted.fabric.owner),
        CREATED_AT: stamp(created),
        REPOSITORY: value(origin.repository),
        COMMIT: value(origin.commit),
    }
    if expires is not None:
        tags[EXPIRES_AT] = stamp(expires)
    own = {WORKLOAD_REPOSITORY: workload.repository, WORKLOAD_COMMIT: workload.commit} if workload else {}
    tags |= {tag: value(text) for tag, text in own.items() if text != UNKNOWN}
    return {**tags, **(kept or {})}


def origins(tags: Mapping[str, str]) -> dict[str, str | None]:
    """Where an environment comes from, as its group's tags tell; None where they do not.

    The keys are those of receipts and lists: repository, commit, workload_repository, workload_commit.
    """
    return {
        tag.removeprefix("mayfly-").replace("-", "_"): tags.get(tag)
        for tag in (REPOSITORY, COMMIT, WORKLOAD_REPOSITORY, WORKLOAD_COMMIT)
    }
