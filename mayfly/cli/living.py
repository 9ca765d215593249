"""What `extend` and `keep` share: the environment's group is read, its tags are written and read back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mayfly import registry, settings
from mayfly.cli.target import find, unknown
from mayfly.errors import BadInput, MayflyError, NotAllowed, Problem
from mayfly.life import Lifespan
from mayfly.naming import tagging

if TYPE_CHECKING:
    from mayfly.clouds.thing import EnvironmentGroup
    from mayfly.registry import Cloud
    from mayfly.settings import Life
    from mayfly.teardown import TeardownTarget


@dataclass(frozen=True)
class LivingEnvironment:
    """An environment that exists. rules: of its fabric, None without a file of it. life: by its tags."""

    cloud: Cloud
    target: TeardownTarget
    rules: Life | None
    life: Lifespan

    def tagged(self, tags: Mapping[str, str], untag: Collection[str] = ()) -> Lifespan:
        """Write tags of its group, and return its life as the cloud has it then.

        Raises MayflyError when the cloud shows something else than was written.
        """
        self.cloud.tag_group(self.target, tags, untag)
        group = self.cloud.group(self.target)
        if group is None or group.deleting:
            raise MayflyError(f"{self.target.environment} went while its tags were written")
        if missing := [name for name in tags if name not in group.tags]:
            what = f"its group does not show {', '.join(missing)}"
            raise MayflyError(f"{self.target.environment}: {what} after the tags were written; run it again")
        return Lifespan.of(group.tags, self.rules)


def read(root: Path, environment: str) -> LivingEnvironment:
    """Return an environment that exists, by its group's own GET.

    Raises BadInput for one that does not, NotAllowed for a permanent one and for a group of others.
    """
    target = find(root, environment)
    cloud = registry.of(target.cloud)
    group = cloud.group(target)
    if group is None or group.deleting:
        what = unknown(root, target)
        raise BadInput([Problem(f"environment {environment!r}", what, "`mayfly up` makes it")])
    _refuse(group, target)
    rules = settings.fabric_of(root, environment).life if settings.has_fabric(root, environment) else None
    return LivingEnvironment(cloud, target, rules, Lifespan.of(group.tags, rules))


def _refuse(group: EnvironmentGroup, target: TeardownTarget) -> None:
    if not group.is_of(target.project, target.environment):
        raise NotAllowed(f"{group.id} does not carry the marker of {target.environment}; it is left alone")
    if tagging.is_permanent(group.tags, target.environment):
        raise NotAllowed(f"{target.environment} is permanent, as the tags of {group.id} say")
