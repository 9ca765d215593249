"""Who is measured, and at what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bench.project import Project

Step = Callable[[Project], None]


@dataclass(frozen=True)
class Contender:
    """steps: by the name of a column, in their order: the commands that are measured.

    before_down: what fills the environment beforehand, unmeasured. once: measured in the last round alone,
    for one that takes a minute.
    """

    steps: Mapping[str, Step]
    before_down: Step | None = None
    once: bool = False


def commands(*lines: str, folder: str = ".", principal: str = "deployer") -> Step:
    """Commands, one after the other."""

    def run(place: Project) -> None:
        for line in lines:
            place.run(*line.split(), folder=folder, principal=principal)

    return run


def pulumi(stack: str, folder: str = ".", principal: str = "deployer") -> dict[str, Step]:
    """A Pulumi program by hand, without previews, from no stack to no stack."""
    up = f"pulumi up --yes --skip-preview --stack {stack}"
    destroy = f"pulumi destroy --yes --skip-preview --stack {stack}"
    run = {"folder": folder, "principal": principal}
    return {
        "up": commands(f"pulumi stack init {stack}", up, **run),
        "code": commands(up, **run),
        "down": commands(destroy, f"pulumi stack rm --yes --stack {stack}", **run),
    }
