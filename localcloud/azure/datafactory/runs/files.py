"""The blobs that a source names: a file, a folder, a prefix, or those that match wildcards."""

from __future__ import annotations

import re
from collections.abc import Mapping

from localcloud.azure.datafactory.runs.blobs import Blob
from localcloud.azure.datafactory.runs.datasets import Dataset
from localcloud.azure.datafactory.runs.functions.dates import utc
from localcloud.azure.datafactory.runs.values import Json

READ_SETTINGS = ("AzureBlobStorageReadSettings", "AzureBlobFSReadSettings")


def chosen(dataset: Dataset, settings: Mapping[str, Json]) -> list[Blob]:
    """Return the blobs that a dataset and a source's store settings name, in order of name."""
    if dataset.file and not settings.get("wildcardFileName"):
        blob = dataset.container.head(dataset.path)
        found = [blob] if blob else []
    else:
        pattern = _pattern(dataset, settings)
        below = dataset.container.below(_prefix(dataset, settings))
        found = [blob for blob in below if pattern.fullmatch(blob.name)]
    return [blob for blob in found if modified(blob, settings)]


def modified(blob: Blob, settings: Mapping[str, Json]) -> bool:
    """Whether a blob was changed from `modifiedDatetimeStart` on and before `modifiedDatetimeEnd`, in UTC."""
    start, end = settings.get("modifiedDatetimeStart"), settings.get("modifiedDatetimeEnd")
    moment = utc(blob.modified)
    return (not start or moment >= utc(start)) and (not end or moment < utc(end))


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
