"""What the environments of a project read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mayfly.cli.project import without_workload


def of(root: Path, environ: Mapping[str, str], cloud: str) -> list[str]:
    """Every source that a variable group of some fabric of this cloud names. Raises BadInput.

    Applications name none: they read what their infrastructure does.
    """
    from mayfly import settings

    fabrics = [fabric for fabric in settings.fabrics(root).values() if fabric.cloud == cloud]
    own = [fabric for fabric in fabrics if fabric.infrastructure is None]
    names = [fabric.name if fabric.permanent else f"{fabric.name}-1" for fabric in own]
    groups = [settings.load(root, name, without_workload(environ)).variables for name in names]
    return sorted({str(source) for group in groups for source in group.sources.values()})
