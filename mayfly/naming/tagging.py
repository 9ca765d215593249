"""The tags that make an environment findable, ours, and removable without state.

What each cloud allows of a tag: `naming.azure.tags`, `naming.aws.tags`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mayfly.settings.git_origin import GitOrigin

MANAGED_BY = "managed-by"
MAYFLY = "mayfly"
ENVIRONMENT = "mayfly-env"
FABRIC = "mayfly-fabric"
PROJECT = "mayfly-project"
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


def of_workload(origin: GitOrigin | None) -> dict[str, str]:
    """Return the tags for a workload's own repository and commit; an unknown one has no tag."""
    found = {WORKLOAD_REPOSITORY: origin.repository, WORKLOAD_COMMIT: origin.commit} if origin else {}
    return {tag: text for tag, text in found.items() if text != UNKNOWN}


def origins(tags: Mapping[str, str]) -> dict[str, str | None]:
    """Where an environment comes from, as its group's tags tell; None where they do not.

    The keys are those of receipts and lists: repository, commit, workload_repository, workload_commit.
    """
    return {
        tag.removeprefix("mayfly-").replace("-", "_"): tags.get(tag)
        for tag in (REPOSITORY, COMMIT, WORKLOAD_REPOSITORY, WORKLOAD_COMMIT)
    }
