"""The checks of a source: that it fits its dataset, and that it says nothing that would be ignored."""

from __future__ import annotations

from collections.abc import Mapping

from localcloud.azure.datafactory.runs import settings
from localcloud.azure.datafactory.runs.datasets import Dataset
from localcloud.azure.datafactory.runs.errors import ActivityError, not_supported
from localcloud.azure.datafactory.runs.files import READ_SETTINGS
from localcloud.azure.datafactory.runs.values import Json

SOURCES = {
    "BinarySource": "Binary",
    "DelimitedTextSource": "DelimitedText",
    "ExcelSource": "Excel",
    "JsonSource": "Json",
    "ParquetSource": "Parquet",
}
"""Type of a source → type of its dataset."""
READERS = {
    "Binary": "BinaryReadSettings",
    "DelimitedText": "DelimitedTextReadSettings",
    "Json": "JsonReadSettings",
    "Parquet": "ParquetReadSettings",
}
"""Type of a dataset → type of the format settings of its source."""


def check_source(source: Mapping[str, Json], dataset: Dataset, activity: str) -> None:
    """Raise ActivityError for a source of another type than its dataset, or with an unknown setting."""
    check_fits(source, dataset, SOURCES, activity)
    settings.check(str(source["type"]), source)
    settings.check_kind(source.get("storeSettings") or {}, READ_SETTINGS, READ_SETTINGS[0])
    if dataset.type in READERS:
        reader = READERS[dataset.type]
        settings.check_kind(source.get("formatSettings") or {}, (reader,), reader)


def check_fits(side: Mapping[str, Json], dataset: Dataset, kinds: Mapping[str, str], activity: str) -> None:
    """Raise ActivityError unless a source or a sink is of its dataset's type."""
    kind = kinds.get(str(side.get("type")))
    if kind is None:
        raise not_supported(f"'{side.get('type')}' in the {activity} activity")
    if kind != dataset.type:
        raise ActivityError(
            "2200", f"A '{side['type']}' does not fit dataset '{dataset.name}', a '{dataset.type}'."
        )


def missing(dataset: Dataset, code: str) -> ActivityError:
    """Return the error for a file that is not there."""
    return ActivityError(
        code, f"ErrorCode=UserErrorSourceBlobNotExist, The required Blob is missing. Path: {dataset.path}."
    )
