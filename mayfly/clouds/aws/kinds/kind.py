"""What each kind of thing on AWS says of itself, and how a teardown finds and removes it."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from fnmatch import fnmatchcase
from typing import Any, ClassVar

from mayfly.clouds.aws.client import Aws
from mayfly.clouds.aws.errors import UNTAGGED, CloudError, translated
from mayfly.clouds.aws.owner import Owner, Tagged
from mayfly.clouds.aws.statements import Statement
from mayfly.clouds.concurrent import concurrently
from mayfly.clouds.thing import Thing

Tags = Mapping[str, str]


class Step(IntEnum):
    """When a kind goes: what starts work, what works, what points at what is written, what is written, what
    all of it works as, the record.
    """

    STARTS_WORK = 1
    WORKS = 2
    POINTS = 3
    IS_WRITTEN = 4
    IDENTITY = 5
    RIGHTS = 6
    RECORD = 7


@dataclass(frozen=True)
class Place:
    """Where a deployer's policy holds.

    account: 12 digits. stages: what the names of environments are like, `qa-*` or `prod`. infrastructure:
    environments whose published outputs a fabric of applications reads. databases: production's, of which
    tables are cloned.
    """

    account: str
    region: str
    stages: Sequence[str]
    infrastructure: Sequence[str]
    databases: Sequence[str] = ()

    def arn(self, service: str, resource: str) -> str:
        """The ARN of what is in the account and region."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"


@dataclass(frozen=True)
class Stranger:
    """A thing that has a name such as the environment's have, and is not its own. tags: its own answer."""

    thing: Thing
    tags: Tags


class Kind(ABC):
    """One kind of thing. A subclass names a thing by a handle: what its service's calls take.

    Subclasses let botocore's errors through; this class translates them.
    """

    name: ClassVar[str]
    """In the plural."""
    type: ClassVar[str]
    """As CloudFormation names it: AWS::S3::Bucket. `naming.limits` has the rule of its names under this."""
    engine_type: ClassVar[str]
    """As the engine names it: aws:s3/bucket:Bucket."""
    engine_prefix: ClassVar[str]
    """What the engine's types of it and of its parts begin with: aws:s3/bucket."""
    arn_form: ClassVar[str]
    """The ARN of one, with {region}, {account}, {environment} where its path names that, and {handle}."""
    own_form: ClassVar[str]
    """The handle, with wildcards, of those of an {environment}, as a policy has it."""
    step: ClassVar[Step]
    """When it goes."""
    at_once: int = 8
    """How many are asked for, or removed, at the same time."""
    patience: float = 60.0
    """Seconds for which the service's own answer may still show one that was removed; see `loop.Kind`.

    AWS's control planes show a change once all of their replicas have it. What is gone at once costs nothing.
    """
    is_private: ClassVar[bool] = False
    """Whether only this environment has things of such names, so that another's are no neighbours."""
    is_tagged_later: ClassVar[bool] = False
    """Whether a second call tags it, so that a create that was cut short leaves one without tags."""

    own_actions: ClassVar[Sequence[str]] = ()
    """What the deployer may do with those that have a stage in their names: see `own_arns`."""
    removal_actions: ClassVar[Sequence[str]] = ()
    """What of that a sweep needs, which the janitor may do: to look at one, and to remove it."""
    list_actions: ClassVar[Sequence[str]]
    """What finds them, other stages' too: AWS lets no list be restricted to some resources."""

    quota_actions: ClassVar[Sequence[str]] = ()
    """What tells how many there may be, of all stages together."""

    def __init__(
        self,
        cloud: Aws,
        owner: Owner,
        tagged: Tagged,
        say: Callable[[str], None] = lambda _text: None,
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        """say: told, in words, what goes on. pause: waits that many seconds; true when it was cut short."""
        self.cloud = cloud
        self.owner = owner
        self.tagged = tagged
        self.say = say
        self.pause = pause
        self.strangers: tuple[Stranger, ...] = ()

    # What the deployer may do.

    @classmethod
    def is_made(cls, place: Place) -> bool:
        """Whether environments there may have one: nobody gets rights to what is never made."""
        return True

    @classmethod
    def own_arns(cls, place: Place, stage: str) -> Sequence[str]:
        """The ARNs, with wildcards, of those that have a stage in their names."""
        whose = {"region": place.region, "account": place.account, "environment": stage}
        return [cls.arn_form.format(handle=cls.own_form.format(**whose), **whose)]

    @classmethod
    def statements(cls, place: Place) -> Sequence[Statement]:
        """What the deployer may do besides, each under its own condition."""
        return ()

    @classmethod
    def removal_statements(cls, place: Place) -> Sequence[Statement]:
        """What the janitor may do besides, each under its own condition."""
        return ()

    # What the engine's state says.

    @classmethod
    def is_own_id(cls, id: str, owner: Owner) -> bool:
        """Whether an id that a state gives to one, or to a part of one, is of the owner's names.

        By default those that `own_form` matches.
        """
        return fnmatchcase(id, cls.own_form.format(**vars(owner)))

    def engine_id(self, inputs: Mapping[str, Any]) -> str:
        """The id that the engine gives to one, which is its handle. inputs: of its create.

        Raises KeyError for one whose name is not known yet.
        """
        return str(inputs["name"])

    # What the cloud says.

    @abstractmethod
    def named(self) -> Iterable[str]:
        """Handles of what has a name such as ours have. The tagging API's are added to them."""

    def arn(self, handle: str) -> str:
        """The ARN of a thing."""
        return self.arn_form.format(handle=handle, **vars(self.owner))

    def handle(self, arn: str) -> str | None:
        """The handle of an ARN, None for one of another kind."""
        start = self.arn("")
        return arn.removeprefix(start) if arn.startswith(start) else None

    @abstractmethod
    def own_tags(self, handle: str) -> Tags:
        """The thing's own answer: the tags that it carries."""

    @abstractmethod
    def delete(self, handle: str) -> None:
        """Remove it, with all that would keep it from going."""

    def tags(self, handle: str) -> Tags:
        """The tags that tell whose it is: its own, unless something else tells more."""
        return self.own_tags(handle)

    def is_named(self, handle: str) -> bool:
        """Whether only this environment can have such a name, so that the thing needs no tags."""
        return False

    def is_name_of(self, environment: str, handle: str) -> bool:
        """Whether a name that `named` gives is one of another environment, whose own name begins with this
        one's and goes on.
        """
        return False

    def read(self, tags: Callable[[str], Tags], handle: str) -> Tags | None:
        """What `own_tags` or `tags` answers; None when the thing is not there. Raises CloudError."""
        try:
            with translated(f"read the tags of {self.arn(handle)}"):
                return tags(handle)
        except CloudError as error:
            if error.code in UNTAGGED:
                return {}
            if error.tells_absence:
                return None
            raise

    # What a teardown does.

    def find(self) -> Sequence[Thing]:
        """Everything that is the environment's. A thing that does not show its tags is among them: its
        removal fails for the same reason, which is told. `strangers` are others with names of the
        environment's.
        """
        with translated(f"list {self.name}"):
            named = {*self.named()}
        nominated = {handle for arn in self.tagged.arns() if (handle := self.handle(arn))}
        handles = sorted(named | nominated)
        asked = zip(handles, concurrently(self._asked, handles, self.at_once), strict=True)
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
        if not self.exists(thing):
            return
        try:
            with translated(f"remove {thing.id}"):
                self.delete(self._handle(thing))
        except CloudError as error:
            if not error.tells_absence:
                raise

    def exists(self, thing: Thing) -> bool:
        """By its own GET; another's of the same name does not count."""
        handle = self._handle(thing)
        tags = self.read(self.tags, handle)
        return tags is not None and self._marks_ours(handle, tags)

    def _asked(self, handle: str) -> Tags | CloudError | None:
        try:
            return self.read(self.tags, handle)
        except CloudError as error:
            return error

    def _marks_ours(self, handle: str, tags: Tags | CloudError) -> bool:
        return isinstance(tags, CloudError) or self.owner.has(tags, self.is_named(handle))

    def _thing(self, handle: str) -> Thing:
        return Thing(id=self.arn(handle), type=self.type, detail=handle)

    def _handle(self, thing: Thing) -> str:
        return self.handle(thing.id) or thing.detail
