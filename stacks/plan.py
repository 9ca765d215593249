"""What is known of an environment before any cloud is asked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mayfly.settings import EnvironmentSettings
from mayfly.settings.source import Source
from mayfly.workload import Workload

if TYPE_CHECKING:
    from mayfly.workload.functions import Functions


@dataclass(frozen=True)
class Plan:
    """An environment that was checked as far as the project's own files go.

    root: the project's folder. environment: its settings. workload: what runs in it: a data factory, or
    functions, as its fabric's cloud has it. source: the repository and commit it comes from.
    """

    root: Path
    environment: EnvironmentSettings
    workload: Workload | Functions
    source: Source

    @property
    def factory(self) -> Workload:
        """What runs in it on Azure."""
        if not isinstance(self.workload, Workload):
            raise TypeError(f"{self.environment.name} has no data factory")
        return self.workload

    @property
    def functions(self) -> Functions:
        """What runs in it on AWS."""
        if isinstance(self.workload, Workload):
            raise TypeError(f"{self.environment.name} has no functions")
        return self.workload
