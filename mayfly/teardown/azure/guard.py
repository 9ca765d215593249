"""What a teardown refuses before it touches anything."""

from __future__ import annotations

from collections.abc import Iterator

from mayfly.clouds.azure import locks
from mayfly.clouds.azure.client import Azure
from mayfly.errors import NotAllowed
from mayfly.naming import tagging
from mayfly.naming.azure import ids
from mayfly.teardown.azure.subject import Subject


def check(cloud: Azure, subject: Subject, include_foreign: bool) -> None:
    """Raise NotAllowed, with every reason, when this environment's groups may not be removed.

    include_foreign: go on although resources without our marker lie in the group.
    """
    reasons = []
    for group in subject.candidates:
        if not group.is_of(subject.project, subject.environment):
            whose = f"{group.environment} of the project '{group.project or 'no project'}'"
            marked = f"carries the marker of {whose}" if group.environment else "carries no marker of ours"
            reasons.append(f"{group.id} {marked}")
    # The tags count, whatever a branch's files say.
    reasons += [
        f"it is permanent, as the tags of {group.id} say"
        for group in subject.ours
        if tagging.is_permanent(group.tags, subject.environment)
    ]
    reasons += _locked(cloud, subject)
    foreign = [each.id for each in subject.resources if each.environment != subject.environment]
    if not include_foreign:
        reasons += [
            f"{id} is not ours and would go too: move it away, or give --include-foreign" for id in foreign
        ]
    if reasons:
        raise NotAllowed("\n  ".join([f"{subject.environment} is left alone:", *reasons]))


def _locked(cloud: Azure, subject: Subject) -> Iterator[str]:
    """Locks above, at or in the group: a delete would fail half-way with ScopeLocked."""
    for group in subject.ours:
        if not group.deleting:
            above = {
                lock.id: f"{lock.scope} ({lock.level} '{lock.name}')" for lock in locks.on(cloud, group.id)
            }
            for what in (above | _inside(cloud, group.id)).values():
                yield f"there is a lock on {what}: remove the lock first"


def _inside(cloud: Azure, group: str) -> dict[str, str]:
    """Locks on what lies in a group, in words, by id: without `atScope()` the list goes down."""
    found = cloud.list(f"{group}/providers/Microsoft.Authorization/locks")
    return {
        document["id"]: f"{document['id'].rpartition('/providers/')[0]} ({document['properties']['level']} "
        f"'{document['name']}')"
        for document in found
        if ids.is_at_or_below(document["id"], group)
    }
