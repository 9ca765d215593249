"""What is known of an environment before any cloud is asked."""

from __future__ import annotations

from dataclasses import dataclass

from mayfly.settings import EnvironmentSettings
from mayfly.settings.source import Source
from mayfly.workload import Workload


@dataclass(frozen=True)
class Plan:
    """An environment that was checked as far as the project's own files go.

    environment: its settings. workload: what runs in it. source: the repository and commit it comes from.
    """

    environment: EnvironmentSettings
    workload: Workload
    source: Source
