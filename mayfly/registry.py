"""The registry of clouds. Each cloud is one entry: a file in `mayfly.entries`, and a line of ENTRIES.

An entry is imported when its cloud is asked for, and imports an SDK where it calls one: a verb of one cloud
needs nothing of the others.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, cast

from mayfly.errors import BadInput, Problem

if TYPE_CHECKING:
    from pathlib import Path

    import pulumi

    from mayfly.check import Check
    from mayfly.cli.output import Output
    from mayfly.cli.run import RunResult
    from mayfly.clouds.thing import EnvironmentGroup
    from mayfly.engine.recovery import Finder
    from mayfly.listing import Listed, Listing
    from mayfly.proof.verdict import Proof, Row
    from mayfly.settings import EnvironmentSettings, Examination, Fabric, VariableGroup
    from mayfly.settings.document import Document
    from mayfly.settings.sources import SourceAddress
    from mayfly.status import EnvironmentStatus
    from mayfly.teardown import Receipt, Stack, TeardownTarget
    from mayfly.workload.loading import Workload
    from stacks.plan import Plan

ENTRIES: Mapping[str, str] = {
    "aws": "mayfly.entries.aws",
    "azure": "mayfly.entries.azure",
}
"""A fabric's `cloud` → the module whose `CLOUD` it is."""


class Cloud(ABC):
    """A cloud. All methods raise MayflyError, with the cloud's own code and words."""

    title: ClassVar[str]
    """Its name for people."""
    source_form: ClassVar[str]
    """The form of a source's address."""
    source_kind: ClassVar[str]
    """That form, in words."""
    group_type: ClassVar[str]
    """The engine's type of the group by whose tags an environment is listed."""
    plugin: ClassVar[str]
    """The engine's name of its provider."""
    refusals: ClassVar[Collection[str]]
    """The codes by which the cloud says that something is not allowed, as its provider prints them:
    `Code="AuthorizationFailed"` of Resource Manager, `api error AccessDenied: …` of AWS.
    """

    # Settings.

    @property
    @abstractmethod
    def fabric_form(self) -> type[Fabric]:
        """The form of its fabrics."""

    @abstractmethod
    def is_source(self, text: str) -> bool:
        """Return whether a text is meant as the address of a source here, valid or not."""

    @abstractmethod
    def source(self, value: object) -> SourceAddress:
        """The address of a source. Raises InvalidValue."""

    def variable_problems(self, group: VariableGroup, document: Document) -> Iterable[Problem]:
        """Return the problems of a variable group on this cloud, besides its form. document: its file."""
        return ()

    # The program.

    @abstractmethod
    def read_workload(self, folder: Path, found: Examination) -> tuple[Workload, list[Problem]]:
        """Read an environment's workload, and return its problems. found: the examination of its settings."""

    @abstractmethod
    def preflight_request(self, wanted: EnvironmentSettings, workload: Workload) -> dict[str, Any]:
        """Return the preflight's request for an environment. Raises BadInput for one that cannot be made."""

    @abstractmethod
    def completed(
        self, wanted: EnvironmentSettings, workload: Workload, answer: Mapping[str, Any]
    ) -> tuple[EnvironmentSettings, Workload]:
        """Complete an application with what its infrastructure publishes; leave any other unchanged.

        answer: the preflight's. Raises BadInput for an application that does not fit its infrastructure.
        """

    @abstractmethod
    def load(self) -> None:
        """Import what `build` needs: an SDK's classes take up to half a second."""

    @abstractmethod
    def build(self, plan: Plan) -> Mapping[str, pulumi.Input[object]]:
        """Register an environment's resources, and return the stack's outputs by their names."""

    def build_reaper(self, root: Path, stack: str) -> Mapping[str, pulumi.Input[object]]:
        """Register what sweeps in the cloud itself, and return the stack's outputs by their names.

        root: the project's folder. stack: `reaper-<cloud>`. Raises BadInput, also where there is none.
        """
        what = f"there is no reaper on {self.title}"
        raise BadInput([Problem(f"stack {stack}", what, "a pipeline's `mayfly sweep --execute`")])

    # Verbs.

    @abstractmethod
    def preflight(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """Ask the cloud, before anything is made, whether an environment can be made.

        request: see `preflight_request`. Returns what the cloud's preflight does: at least problems (each
        with where, what, fix), and group_tags (those of the environment's group, if it exists).
        """

    @abstractmethod
    def credentials(self, wanted: EnvironmentSettings) -> Sequence[Check]:
        """Return who is signed in in an environment's place and how, and which rights they have too many or
        too few, as far as they may ask: what the documented deployer has is the measure.
        """

    @abstractmethod
    def complete(self, wanted: EnvironmentSettings) -> EnvironmentSettings:
        """Return an application's settings with the sources that its infrastructure publishes.

        Raises BadInput where nothing is published.
        """

    @abstractmethod
    def finder(self, wanted: EnvironmentSettings) -> Finder:
        """Return what settles the creates that a killed `up` left pending in this environment's state."""

    @abstractmethod
    def target(self, wanted: EnvironmentSettings, variables_known: bool) -> TeardownTarget:
        """Return the target for these settings. variables_known: whether they have the variables."""

    @abstractmethod
    def listed_target(self, row: Listed) -> TeardownTarget:
        """Return the target for a row of a listing, known only from its tags.

        Raises NotAllowed where the row's group is another environment's by its name.
        """

    @abstractmethod
    def tear_down(self, target: TeardownTarget, stack: Stack, say: Callable[[str], None]) -> Receipt:
        """Remove everything that is left of an environment. say: takes lines of progress."""

    @abstractmethod
    def group(self, target: TeardownTarget) -> EnvironmentGroup | None:
        """The environment's group as its own GET shows it; None when it is not there."""

    @abstractmethod
    def tag_group(self, target: TeardownTarget, tags: Mapping[str, str], untag: Collection[str] = ()) -> None:
        """Write tags of the environment's group and remove others; all else stays. Values are made to fit.

        Absent is success for what is removed.
        """

    @abstractmethod
    def status(self, target: TeardownTarget) -> EnvironmentStatus:
        """Return all that the cloud's own records tell of an environment, and why they do not tell more."""

    @abstractmethod
    def caller(self, target: TeardownTarget) -> str:
        """Who is signed in where the environment is, as the cloud names them."""

    @abstractmethod
    def run(
        self, wanted: EnvironmentSettings, name: str, parameters: Mapping[str, Any], output: Output
    ) -> RunResult:
        """Run one part of the environment's workload and follow it to its end.

        Raises BadInput for a name that is not deployed.
        """

    def replayed(
        self, wanted: EnvironmentSettings, event: Any, permanent: Sequence[EnvironmentSettings]
    ) -> tuple[Any, int]:
        """Return a recorded event with the environment's own stores in it, and how many were replaced.

        permanent: the environments whose stores it may name. Raises BadInput where nothing takes events.
        """
        fix = "give the parameters of a pipeline by --param"
        raise BadInput([Problem("--event", f"{self.title} has nothing that takes an event", fix)])

    @abstractmethod
    def prove(self, wanted: EnvironmentSettings, patience: float, say: Callable[[str], None]) -> Proof:
        """Prove what the environment's own identity may and may not do.

        patience: seconds; how long a refusal of what is allowed is tried again. What is judged comes from
        the cloud's own records; a file of the branch adds to it and takes nothing away.
        """

    @abstractmethod
    def await_access(
        self, wanted: EnvironmentSettings, made: Collection[str] | None, say: Callable[[str], None]
    ) -> Sequence[Row]:
        """Wait until the environment's identity can read its sources and write its sinks.

        made: types of the resources that an update made, as Pulumi writes them; None for what is not known.
        Nothing is asked where no permission is among them. Returns what cannot be done in the end.
        """

    @abstractmethod
    def environments(
        self, fabrics: Iterable[Fabric], here: bool = False, closely: Collection[str] | None = None
    ) -> Listing:
        """The environments that exist where these fabrics deploy into; those of other clouds are left out.

        here: and where the shell's own variables point to. closely: ids or ARNs of the sources that the
        fabrics' files name, where the listing is to tell what each environment is made of, and what is left
        of those without a group, as rows of their own.
        """


def of(name: str) -> Cloud:
    """The cloud of this name, one of ENTRIES."""
    return cast(Cloud, import_module(ENTRIES[name]).CLOUD)


def every() -> Mapping[str, Cloud]:
    """All clouds by their names."""
    return {name: of(name) for name in ENTRIES}


def complete(wanted: EnvironmentSettings) -> EnvironmentSettings:
    """An environment's settings with all its sources, also with those that only the cloud can tell."""
    return wanted if wanted.infrastructure is None else of(wanted.fabric.cloud).complete(wanted)
