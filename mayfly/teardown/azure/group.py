"""The group of an environment, which takes all in it along."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mayfly.clouds.azure import groups
from mayfly.clouds.azure.client import Azure, can_ask
from mayfly.clouds.thing import Thing
from mayfly.errors import MayflyError
from mayfly.teardown.azure.subject import Subject

TYPE = "Microsoft.Resources/resourceGroups"


@dataclass(eq=False)
class GroupKind:
    """The environment's groups; one that is already going is waited for, never deleted again.

    waiting: told now and then, while a deletion goes on, in words.
    """

    cloud: Azure
    subject: Subject
    waiting: Callable[[str], None]
    name: str = "groups"
    at_once: int = 1
    patience: float = 0.0  # `groups.delete` waits until its own GET says that it is gone

    def find(self) -> Sequence[Thing]:
        """The groups that still carry our marker, each by its own GET."""
        found = [groups.get(self.cloud, group.id) for group in self.subject.ours]
        whose = (self.subject.project, self.subject.environment)
        return [Thing(id=group.id, type=TYPE) for group in found if group and group.is_of(*whose)]

    def remove(self, thing: Thing) -> None:
        """One delete for the group and all in it, waited for."""
        what = f"deleting {thing.id.rsplit('/', 1)[-1]} and all in it"

        def progress(seconds: float, state: str) -> None:
            self.waiting(f"{what}: {state}, {seconds:.0f} s")

        try:
            groups.delete(self.cloud, thing.id, self.subject.environment, progress)
        except TimeoutError as error:
            raise MayflyError(f"{thing.id} is still being deleted: {error}") from error

    def exists(self, thing: Thing) -> bool:
        """By its own GET; this is asked of what lies in the group, too.

        What others put there may be of a type that we know no api-version of; then its group's list tells.
        """
        if can_ask(thing.id):
            return self.cloud.get(thing.id) is not None
        listed = (found for group in self.subject.ours for found in groups.inventory(self.cloud, group.id))
        return thing.id.lower() in {found.id.lower() for found in listed}
