"""The tagging API names Resource Groups as well, with their tags. MiniStack's leaves them out.

Source: Tagging AWS Resources and Tag Editor User Guide, "Services that support the Resource Groups Tagging
API": AWS Resource Groups.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from localcloud.aws.gate import emulator


def install() -> None:
    """Add them to what GetResources collects."""
    emulator.tagging._COLLECTORS["resource-groups"] = _groups


def _groups() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    tags = emulator.resource_groups._group_tags
    for name, group in emulator.resource_groups._groups.items():
        found = tags.get(name) or {}
        yield group["GroupArn"], [{"Key": key, "Value": value} for key, value in found.items()]
