"""The blobs that a source names: a file, a folder, a prefix, or those that match wildcards."""

from __future__ import annotations

import re
from collections.abc import Mapping

from localcloud.azure.datafactory.runs.blobs import Blob
from localcloud.azure.datafactory.runs.datasets import Dataset
from localcloud.azure.datafactory.runs.errors import not_supported
from localcloud.azure.datafactory.runs.values import Json

_USED = frozenset({"type", "recursive", "wildcardFolderPath", "wildcardFileName", "prefix"})
# Settings that change the speed of the work, not its result.
_TUNING = frozenset({"maxConcurrentConnections", "disableMetricsCollection"})


def chosen(dataset: Dataset, settings: Mapping[str, Json]) -> list[Blob]:
    """Return the blobs that a dataset and a source's store settings name, in order of name."""
    for name, value in settings.items():
        if value and name not in _USED and name not in _TUNING:
            raise not_supported(f"the store setting '{name}'")
    if dataset.file and not settings.get("wildcardFileName"):
        blob = dataset.container.head(dataset.path)
        return [blob] if blob else []
    pattern = _pattern(dataset, settings)
    return [
        blob for blob in dataset.container.below(_prefix(dataset, settings)) if pattern.fullmatch(blob.name)
    ]


def _prefix(dataset: Dataset, settings: Mapping[str, Json]) -> str:
    folder = str(settings.get("wildcardFolderPath") or "").strip("/") or dataset.folder
    fixed = re.split(r"[*?]", folder, maxsplit=1)[0]
    if fixed != folder:
        return fixed
    return (f"{folder}/" if folder else "") + str(settings.get("prefix") or "")


def _pattern(dataset: Dataset, settings: Mapping[str, Json]) -> re.Pattern[str]:
    folder = str(settings.get("wildcardFolderPath") or "").strip("/") or re.escape(dataset.folder)
    if settings.get("wildcardFolderPath"):
        folder = _wild(folder)
    name = _wild(str(settings["wildcardFileName"])) if settings.get("wildcardFileName") else "[^/]*"
    deeper = "(?:.*/)?" if settings.get("recursive", True) else ""
    prefix = f"(?={re.escape(str(settings['prefix']))})" if settings.get("prefix") else ""
    return re.compile((f"{folder}/" if folder else "") + prefix + deeper + name)


def _wild(pattern: str) -> str:
    signs = {"**": ".*", "*": "[^/]*", "?": "[^/]"}
    return "".join(signs.get(part) or re.escape(part) for part in re.split(r"(\*\*|\*|\?)", pattern))
