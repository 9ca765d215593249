"""What is refused before anything is touched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mayfly.clouds.aws import Aws, CloudError, translated
from mayfly.errors import NotAllowed
from mayfly.naming import aws, tagging
from mayfly.teardown.aws.owner import Owner
from mayfly.teardown.receipt import Thing


def check(cloud: Aws, owner: Owner, found: Sequence[Thing]) -> None:
    """Raise NotAllowed for what is permanent, and where nothing is ours and the group is somebody else's.

    found: what is the environment's own.
    """
    tags, name = _group_tags(cloud, owner), aws.resource_group(owner.environment)
    if tags is None:
        return
    if not owner.has(tags) and not found:
        raise NotAllowed(f"{owner.environment} is left alone: the Resource Group {name} {_marked(tags)}")
    if owner.has(tags) and tags.get(tagging.FABRIC) == owner.environment:
        raise NotAllowed(f"{owner.environment} is permanent, as the Resource Group {name} says")


def _marked(tags: Mapping[str, str]) -> str:
    """Whose it is, in words."""
    if tagging.ENVIRONMENT not in tags:
        return "carries no marker of ours"
    project = tags.get(tagging.PROJECT) or "no project"
    return f"carries the marker of {tags[tagging.ENVIRONMENT]} of the project '{project}'"


def _group_tags(cloud: Aws, owner: Owner) -> Mapping[str, str] | None:
    client, name = cloud.client("resource-groups"), aws.resource_group(owner.environment)
    try:
        with translated(f"read the tags of the Resource Group {name}"):
            arn = client.get_group(Group=name)["Group"]["GroupArn"]
            return client.get_tags(Arn=arn)["Tags"]
    except CloudError as error:
        if error.tells_absence:
            return None
        raise
