"""What the verbs ask of a cloud, and which module answers: no SDK is imported but the fabric's own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, cast

from mayfly.naming import tagging

if TYPE_CHECKING:
    from mayfly.cli.output import Output
    from mayfly.settings import EnvironmentSettings, Fabric
    from mayfly.teardown import Receipt, Stack
    from mayfly.workload.environment import Runs
    from mayfly.workload.outside import Reach

VERBS: Mapping[str, str] = {"azure": "mayfly.cli.azure.verbs", "aws": "mayfly.cli.aws.verbs"}
"""Cloud of a fabric → the module that is its `Cloud`; imported late, and it imports its SDK late again."""

Finder = Callable[[Mapping[str, Any]], str | None]
"""A resource of the state, whose creation was cut short → the id it has in the cloud.

None where there is nothing of that name, or somebody else's.
"""


@dataclass(frozen=True)
class TeardownTarget:
    """An environment that is to be torn down.

    place: where it is: a subscription's guid on Azure, account and region on AWS. group: the name that its
    group has, or should have. sources: ids or ARNs that its variables name; None where these cannot be read.
    include_foreign: go on although resources of others lie in its group. forget: drop its stack, whatever the
    state names.
    """

    environment: str
    project: str
    cloud: str
    place: tuple[str, ...]
    group: str
    sources: tuple[str, ...] | None = None
    include_foreign: bool = False
    forget: bool = False


@dataclass(frozen=True)
class Ran:
    """A run of a part of the workload that ended.

    summary: in one line. content: what `--json` tells of it.
    """

    succeeded: bool
    summary: str
    content: Mapping[str, Any]


class Outcome(StrEnum):
    """What a line of a proof shows.

    NO: the cloud has answered, and otherwise than expected: a permission too many, or one that is missing.
    NOT_SHOWN: there is no answer that tells: an error that is no refusal, or a refusal where nothing is
    effective yet.
    """

    OK = "ok"
    NO = "NO"
    NOT_SHOWN = "not shown"

    @classmethod
    def of(cls, as_expected: bool) -> Outcome:
        """Of what the cloud's records say, which are an answer in any case."""
        return cls.OK if as_expected else cls.NO


@dataclass(frozen=True)
class Row:
    """One line of a proof: who tried what where, what was expected, what came of it."""

    who: str
    what: str
    where: str
    expected: str
    got: str
    outcome: Outcome

    @property
    def ok(self) -> bool:
        """Whether it is as expected."""
        return self.outcome is Outcome.OK


@dataclass(frozen=True)
class JudgedSource:
    """What is read of production. where: its address. known_from: the records that name it."""

    name: str
    where: str
    known_from: Sequence[str]

    def __str__(self) -> str:
        return f"{self.name}: {self.where}, known from {', '.join(self.known_from)}"


VARIABLE_GROUP = "the variable group"
"""Where a source is known from that the branch names; the other records are the cloud's own."""


@dataclass(frozen=True)
class Proof:
    """What an environment's own identity may and may not do. short: a row's `where` for a narrow table.

    elsewhere: what runs in the environment and can reach what is not its own, whatever its identity may.
    caveats: what whoever deploys it may do to production, in sentences.
    """

    who: str
    rows: Sequence[Row]
    short: Callable[[str], str] = str
    elsewhere: Sequence[Reach] = ()
    sources: Sequence[JudgedSource] = ()
    caveats: Sequence[str] = ()


@dataclass
class Listing:
    """The environments that exist.

    found: one a document, as `mayfly list --json` has it. asked: where, in words. unread: what could not be
    asked → why. unsigned: what of that for no other reason than that nobody is signed in to it. lost: roles
    under an environment's path that belong to none of those found, each with what it may read of others.
    """

    found: list[dict[str, Any]] = field(default_factory=list)
    unread: dict[str, str] = field(default_factory=dict)
    unsigned: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    lost: list[dict[str, Any]] = field(default_factory=list)


def listed(
    environment: str | None, tags: Mapping[str, str], state: str | None, group: str | None, id: str
) -> dict[str, Any]:
    """One environment of a listing, as its group's tags tell. Times are RFC 3339, UTC; None where no tag is.

    state: of the group, where the cloud has such a thing. group: its name; None where no group is left.
    id: the cloud's own, of the group or of what is left.
    """
    return {
        "environment": environment,
        "project": tags.get("mayfly-project"),
        "fabric": tags.get("mayfly-fabric"),
        "owner": tags.get("mayfly-owner"),
        "created": tags.get("mayfly-created-at"),
        "expires": tags.get("mayfly-expires-at"),
        **tagging.origins(tags),
        "state": state,
        "group": group,
        "id": id,
    }


class Cloud(Protocol):
    """What each module of VERBS has. All raise MayflyError, with the cloud's own code and words."""

    def check(self, wanted: EnvironmentSettings, runs: Runs) -> bool:
        """Whether the environment's group exists. runs: its workload.

        Raises BadInput with everything that can be known to be wrong before anything is made.
        """

    def complete(self, wanted: EnvironmentSettings) -> EnvironmentSettings:
        """An application with the sources that its infrastructure publishes; of any other, itself.

        Nothing is asked where nothing is taken over. Raises BadInput where nothing is published.
        """

    def finder(self, wanted: EnvironmentSettings) -> Finder:
        """What settles the creates that a killed `up` left pending in this environment's state."""

    def target(self, wanted: EnvironmentSettings, variables_known: bool) -> TeardownTarget:
        """An environment of these settings. variables_known: whether these have its variables."""

    def listed_target(self, row: Mapping[str, Any]) -> TeardownTarget:
        """An environment of a listing, known from its tags alone."""

    def tear_down(self, target: TeardownTarget, stack: Stack, say: Callable[[str], None]) -> Receipt:
        """Remove an environment, whatever is left of it. say: told, in words, what goes on."""

    def run(
        self, wanted: EnvironmentSettings, name: str, parameters: Mapping[str, Any], output: Output
    ) -> Ran:
        """Run one part of the environment's workload and follow it to its end.

        Raises BadInput for a name that is not deployed.
        """

    def prove(self, wanted: EnvironmentSettings, patience: float, output: Output) -> Proof:
        """Try, as the environment's own identity, what it must and what it must not be able to do.

        patience: seconds; how long a refusal of what is allowed is tried again. What is judged comes from
        the cloud's own records; a file of the branch adds to it and takes nothing away.
        """

    def await_access(
        self, wanted: EnvironmentSettings, made: Collection[str] | None, tell: Callable[[str], None]
    ) -> Sequence[Row]:
        """Wait until the environment's identity can read its sources and write its sinks.

        made: types of the resources that an update made, as Pulumi writes them; None for what is not known.
        Nothing is asked where no permission is among them. tell: told of what goes on. Returns what cannot be
        done in the end.
        """

    def environments(self, fabrics: Iterable[Fabric], here: bool = False) -> Listing:
        """The environments that exist where these fabrics, all of this cloud, deploy into.

        here: and where the shell's own variables point to.
        """


def complete(wanted: EnvironmentSettings) -> EnvironmentSettings:
    """An environment's settings with all its sources, also with those that only the cloud can tell."""
    return wanted if wanted.infrastructure is None else of(wanted.fabric.cloud).complete(wanted)


def of(cloud: str) -> Cloud:
    """The verbs of a cloud. cloud: a fabric's `cloud`."""
    return cast(Cloud, import_module(VERBS[cloud]))
