"""The tags that make an environment on AWS findable, ours, and removable without state.

Limits: 50 tags a resource, keys to 128 characters, values to 256, both of letters, digits, spaces and
_ . : / = + - @ (https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html; S3 and EC2 allow more,
IAM and Lambda do not). Keys are case-sensitive.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from mayfly.naming import tagging

if TYPE_CHECKING:
    from mayfly.settings import EnvironmentSettings
    from mayfly.settings.git_origin import GitOrigin

LONGEST_VALUE = 256

_SIGNS = "_.:/=+-@ "


def tags(
    wanted: EnvironmentSettings,
    origin: GitOrigin,
    created: datetime,
    expires: datetime | None,
    workload: GitOrigin | None = None,
    kept: Mapping[str, str] | None = None,
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the tags of every resource, and those that the Resource Group has besides.

    The project is on every resource: a sweep decides by each thing's own tags whose it is.
    Arguments: see `tagging.of_group`.
    """
    common = {**identity(wanted.project, wanted.name), tagging.FABRIC: wanted.fabric.name}
    return common, tagging.of_group(wanted, origin, created, expires, workload, value, kept)


def identity(project: str, environment: str) -> dict[str, str]:
    """Return the marker: the tags that make a resource an environment's own."""
    return {
        tagging.MANAGED_BY: tagging.MAYFLY,
        tagging.ENVIRONMENT: environment,
        tagging.PROJECT: value(project),
    }


def of_reaper(project: str) -> dict[str, str]:
    """Return the tags of a reaper: no environment is named, so that it is none."""
    return {tagging.MANAGED_BY: tagging.MAYFLY, tagging.PROJECT: value(project)}


def value(text: str) -> str:
    """Return a text fit for a tag: other characters become hyphens; never empty."""
    fit = "".join(c if c.isalnum() or c in _SIGNS else "-" for c in " ".join(text.split()))
    return fit[:LONGEST_VALUE].strip() or tagging.UNKNOWN


def by_key(pairs: Iterable[Any]) -> dict[str, str]:
    """Tags that a service answers as a list of `Key` and `Value`, as IAM, S3 and Systems Manager do."""
    return {tag["Key"]: tag["Value"] for tag in pairs}
