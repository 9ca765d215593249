"""What a lister and remover of one kind of thing on AWS has to say; the rest is the same for all."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from mayfly.clouds.aws import Aws, CloudError, translated
from mayfly.clouds.concurrent import run_concurrently
from mayfly.teardown.aws.owner import Owner
from mayfly.teardown.aws.tagged import Tagged
from mayfly.teardown.receipt import Thing

Tags = Mapping[str, str]


@dataclass(frozen=True)
class Stranger:
    """A thing that has a name such as the environment's have, and is not its own. tags: its own answer."""

    thing: Thing
    tags: Tags


class Kind(ABC):
    """One kind of thing. A subclass speaks of things by a handle: what its service's calls take.

    Subclasses let botocore's errors through; what they mean is told here.
    """

    name: ClassVar[str]
    """In the plural."""
    type: ClassVar[str]
    """As CloudFormation names it: AWS::S3::Bucket."""
    at_once: int = 8
    patience: float = 60.0
    """Seconds for which the service's own answer may still show one that was removed; see `loop.Kind`. AWS's
    control planes tell what changed when it has come to all of their replicas; what is gone at once costs
    nothing.
    """

    is_private: ClassVar[bool] = False
    """Whether nobody but this environment has things of such names, so that another's are no neighbours."""

    def __init__(
        self,
        cloud: Aws,
        owner: Owner,
        tagged: Tagged,
        say: Callable[[str], None],
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        """say: told, in words, what goes on. pause: waits that many seconds; true when it was cut short."""
        self.cloud = cloud
        self.owner = owner
        self.tagged = tagged
        self.say = say
        self.pause = pause
        self.strangers: tuple[Stranger, ...] = ()

    @abstractmethod
    def named(self) -> Iterable[str]:
        """Handles of what has a name such as ours have. The tagging API's are added to them."""

    @abstractmethod
    def arn(self, handle: str) -> str:
        """The ARN of a thing."""

    @abstractmethod
    def handle(self, arn: str) -> str | None:
        """The handle of an ARN, None for one of another kind."""

    @abstractmethod
    def tags(self, handle: str) -> Tags | None:
        """The thing's own answer: its tags, None when it is not there."""

    @abstractmethod
    def delete(self, handle: str) -> None:
        """Remove it, with all that would keep it from going."""

    def is_named(self, handle: str) -> bool:
        """Whether only an environment of ours can have this name, so that it needs no tags."""
        return False

    def is_name_of(self, environment: str, handle: str) -> bool:
        """Whether `named` meets names of another environment, whose own name goes on after this one's, and
        this is one of them.
        """
        return False

    def find(self) -> Sequence[Thing]:
        """Everything that is the environment's. What does not tell whose it is, is among them: its removal
        fails for the same reason, which is told. `strangers` are what else has a name of the environment's.
        """
        with translated(f"list {self.name}"):
            named = {*self.named()}
        nominated = {handle for arn in self.tagged.arns() if (handle := self.handle(arn))}
        handles = sorted(named | nominated)
        asked = zip(handles, run_concurrently(self._asked, handles, self.at_once), strict=True)
        found = {handle: tags for handle, tags in asked if tags is not None}
        ours = {handle for handle, tags in found.items() if self._marks_ours(handle, tags)}
        self.strangers = tuple(
            Stranger(self._thing(handle), tags)
            for handle, tags in found.items()
            if handle in named - ours and not isinstance(tags, CloudError)
        )
        return [self._thing(handle) for handle in handles if handle in ours]

    def remove(self, thing: Thing) -> None:
        """Remove it if it still is the environment's; absent is fine."""
        handle = self._handle(thing)
        if not self._is_ours(handle):
            return
        try:
            with translated(f"remove {thing.id}"):
                self.delete(handle)
        except CloudError as error:
            if not error.tells_absence:
                raise

    def exists(self, thing: Thing) -> bool:
        """By its own GET; another's of the same name does not count."""
        return self._is_ours(self._handle(thing))

    def _asked(self, handle: str) -> Tags | CloudError | None:
        try:
            return self._tags(handle)
        except CloudError as error:
            return error

    def _marks_ours(self, handle: str, tags: Tags | CloudError) -> bool:
        return isinstance(tags, CloudError) or self.owner.has(tags, self.is_named(handle))

    def _is_ours(self, handle: str) -> bool:
        tags = self._tags(handle)
        return tags is not None and self._marks_ours(handle, tags)

    def _tags(self, handle: str) -> Tags | None:
        try:
            with translated(f"read the tags of {self.arn(handle)}"):
                return self.tags(handle)
        except CloudError as error:
            if error.tells_absence:
                return None
            raise

    def _thing(self, handle: str) -> Thing:
        return Thing(id=self.arn(handle), type=self.type, detail=handle)

    def _handle(self, thing: Thing) -> str:
        return self.handle(thing.id) or thing.detail
