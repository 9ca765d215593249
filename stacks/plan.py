"""What is known of an environment before any cloud is asked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from mayfly.settings import EnvironmentSettings
from mayfly.settings.source import Source
from mayfly.workload import Workload

if TYPE_CHECKING:
    from mayfly.workload.environment import Runs
    from mayfly.workload.functions import Functions


@dataclass(frozen=True)
class Plan:
    """An environment that was checked as far as the project's own files go.

    root: the project's folder. environment: its settings. workload: what runs in it: a data factory, or
    functions, as its fabric's cloud has it; of an application both wait for what its infrastructure
    publishes. source: the repository and commit that the platform comes from. workload_source: those of a
    workload that has a checkout of its own.
    """

    root: Path
    environment: EnvironmentSettings
    workload: Runs
    source: Source
    workload_source: Source | None = None

    @property
    def factory(self) -> Workload:
        """What runs in it on Azure."""
        if not isinstance(self.workload, Workload):
            raise TypeError(f"{self.environment.name} has no data factory")
        return self.workload

    @property
    def functions(self) -> Functions:
        """What runs in it on AWS."""
        from mayfly.workload.functions import Functions

        if not isinstance(self.workload, Functions):
            raise TypeError(f"{self.environment.name} has no functions")
        return self.workload

    @property
    def infrastructure(self) -> dict[str, str]:
        """The environment that an application takes over from, by that name; nothing for another one."""
        name = self.environment.fabric.infrastructure
        return {"infrastructure": name} if name else {}

    @property
    def function_names(self) -> list[str]:
        """Their names, which an application knows beforehand as well."""
        return [] if isinstance(self.workload, Workload) else self.workload.names

    def completed(self, environment: EnvironmentSettings, workload: Runs) -> Plan:
        """Return the same with what an application takes over from its infrastructure."""
        return replace(self, environment=environment, workload=workload)
