"""Everything about one environment, as the cloud's own records tell it; no program runs, no state is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from mayfly.clouds.thing import EnvironmentGroup, Thing
from mayfly.teardown.receipt import Grants

MOST_RUNS = 5
"""Runs that are shown."""

RUN_DAYS = 30
"""How far back runs are looked for. Data Factory keeps them for 45 days (its limits)."""


class CostClass(StrEnum):
    """When something costs money, by its cloud's price list; never how much. The dearest comes last.

    FREE: never. BY_USE: when it runs. STORED: for as long as data lies in it. UNKNOWN: of a type that no
    environment of ours has; it may cost all the time.
    """

    FREE = "free"
    BY_USE = "by use"
    STORED = "by what is stored"
    UNKNOWN = "not known"


@dataclass(frozen=True)
class RunRecord:
    """A run that the cloud remembers. Times are RFC 3339, UTC. status: as far as the cloud tells it."""

    name: str
    status: str
    started: str | None
    ended: str | None
    id: str


@dataclass(frozen=True)
class EnvironmentStatus:
    """What a cloud has of an environment.

    group: None where no group of it is left. resources: all that is its own, and what of others lies in its
    group. grants: what production lets it do; None: could not be read. granted: those of them that are things
    of their own. runs: the latest first, proofs left out. runs_unknown: why they are not told. proved: when a
    proof last ran. proved_unknown: what of it no record tells. costs: class of cost by resource, the dearest
    last. unread: what could not be read, with the reason.
    """

    group: EnvironmentGroup | None
    state: str | None
    resources: Sequence[Thing]
    grants: Grants | None
    granted: Sequence[Thing] = ()
    runs: Sequence[RunRecord] = ()
    runs_unknown: str = ""
    proved: str | None = None
    proved_unknown: str = ""
    costs: Mapping[CostClass, int] = field(default_factory=dict)
    unread: Sequence[str] = ()

    @property
    def cost_class(self) -> CostClass | None:
        """The dearest of its resources'; None without any."""
        return max(self.costs, key=[*CostClass].index, default=None)


def costs(resources: Sequence[Thing], classes: Mapping[str, CostClass]) -> dict[CostClass, int]:
    """How many resources there are of each class of cost. classes: by type, in lower case."""
    found = [classes.get(thing.type.lower(), CostClass.UNKNOWN) for thing in resources]
    return {each: found.count(each) for each in CostClass if each in found}
