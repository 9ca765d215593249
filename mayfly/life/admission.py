"""Admission: how many more environments fit into the quotas of a cloud, and which quota binds first."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Self

from mayfly.errors import Problem

FEW = 20
"""Environments: where no more than so many fit, `up` says so."""

FIX = "end what is done with (`mayfly sweep`), or have the quota raised"


@dataclass(frozen=True)
class Quota:
    """A quota as the cloud tells it. name: what is counted. where: the subscription, or account and region,
    it is of. needed: by one more environment, at least 1.
    """

    name: str
    where: str
    used: int
    limit: int
    needed: int = 1

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """From a preflight's answer; the engine makes floats of all numbers."""
        numbers = {name: int(told[name]) for name in ("used", "limit", "needed")}
        return cls(name=str(told["name"]), where=str(told["where"]), **numbers)

    @property
    def fits(self) -> int:
        """How many more environments fit."""
        return max(0, self.limit - self.used) // self.needed

    def __str__(self) -> str:
        return f"{self.name} of {self.where}, {self.used} of {self.limit} used"


def binding(quotas: Collection[Quota]) -> Quota | None:
    """Return the quota that binds first; None where none is known."""
    return min(quotas, key=lambda quota: quota.fits, default=None)


def note(quotas: Collection[Quota]) -> str | None:
    """Return a line on how many more environments fit, where they are few."""
    first = binding(quotas)
    if first is None or first.fits > FEW:
        return None
    count = "1 more environment fits" if first.fits == 1 else f"{first.fits} more environments fit"
    return f"{count}: {first}"


def problems(quotas: Collection[Quota]) -> list[Problem]:
    """Return a problem for each quota into which one more environment does not fit."""
    return [
        Problem("quotas", f"no more environment fits: {quota}; one needs {quota.needed}", FIX)
        for quota in quotas
        if not quota.fits
    ]
