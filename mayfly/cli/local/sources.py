"""What the environments of a project read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def of(root: Path, environ: Mapping[str, str], cloud: str) -> list[str]:
    """Every source that a variable group of some fabric of this cloud names. Raises BadInput."""
    from mayfly import settings

    fabrics = {name: fabric for name, fabric in settings.fabrics(root).items() if fabric.cloud == cloud}
    names = [name if fabric.permanent else f"{name}-1" for name, fabric in fabrics.items()]
    groups = [settings.load(root, name, environ).variables for name in names]
    return sorted({str(source) for group in groups for source in group.sources.values()})
