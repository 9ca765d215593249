"""What is known of an environment before anything is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mayfly.settings import EnvironmentSettings
from mayfly.settings.git_origin import GitOrigin
from mayfly.workload.factory import Factory

if TYPE_CHECKING:
    from mayfly.life import LifePlan
    from mayfly.workload.functions import Functions
    from mayfly.workload.loading import Workload


@dataclass(frozen=True)
class Plan:
    """An environment that was checked: by the project's own files, and by the cloud.

    root: the project's folder. wanted: its settings. workload: what runs in it: a data factory, or
    functions, as its fabric's cloud has it. answer: what the cloud's preflight said. life: what its
    group's tags are to say of its life. origin: of the platform. workload_origin: of a workload that has a
    checkout of its own.
    """

    root: Path
    wanted: EnvironmentSettings
    workload: Workload
    answer: Mapping[str, Any]
    life: LifePlan
    origin: GitOrigin
    workload_origin: GitOrigin | None = None

    @property
    def factory(self) -> Factory:
        """What runs in it on Azure."""
        if not isinstance(self.workload, Factory):
            raise TypeError(f"{self.wanted.name} has no data factory")
        return self.workload

    @property
    def functions(self) -> Functions:
        """What runs in it on AWS."""
        from mayfly.workload.functions import Functions

        if not isinstance(self.workload, Functions):
            raise TypeError(f"{self.wanted.name} has no functions")
        return self.workload

    @property
    def infrastructure(self) -> dict[str, str]:
        """The environment that an application takes over from, by that name; nothing for another one."""
        name = self.wanted.fabric.infrastructure
        return {"infrastructure": name} if name else {}
