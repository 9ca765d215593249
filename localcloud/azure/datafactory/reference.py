"""The tables of docs/local-cloud.md on activities, formats and settings, written from the code's own tables.

`python -m localcloud.azure.datafactory.reference` prints them. A test holds the page to them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

from localcloud.azure.datafactory.runs.activities import KINDS
from localcloud.azure.datafactory.runs.activities.copy import SINKS, WRITERS
from localcloud.azure.datafactory.runs.datasets import KINDS as DATASETS
from localcloud.azure.datafactory.runs.settings import ACTIVITIES, MODELS
from localcloud.azure.datafactory.runs.sources import READERS, SOURCES


def activities() -> str:
    """Each activity with its settings that are honoured, and those that change nothing here."""
    rows = [(name, ACTIVITIES[name].honoured, ACTIVITIES[name].harmless) for name in sorted(KINDS)]
    return _table(
        ("activity", "honours", "takes, and it changes nothing"),
        [(f"`{name}`", _names(honoured), _names(harmless)) for name, honoured, harmless in rows],
    )


def formats() -> str:
    """Each type of dataset: what reads it, what writes it, and the settings that are honoured."""
    rows = []
    for name in DATASETS:
        source = [kind for kind, dataset in SOURCES.items() if dataset == name]
        sink = [kind for kind, dataset in SINKS.items() if dataset == name]
        settings = MODELS[name].honoured - {"location"}
        for model in (READERS.get(name), WRITERS.get(name)):
            settings |= MODELS[model].honoured - {"type"} if model else frozenset()
        rows.append((f"`{name}`", _names(source), _names(sink), _names(settings)))
    return _table(("dataset", "read by", "written by", "honours"), rows)


def stores() -> str:
    """Linked services, locations and store settings."""
    rows = [(name, model) for name, model in sorted(MODELS.items()) if name.startswith("AzureBlob")]
    return _table(
        ("object", "honours", "takes, and it changes nothing"),
        [(f"`{name}`", _names(model.honoured - {"type"}), _names(model.harmless)) for name, model in rows],
    )


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names)) or "-"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    sys.stdout.write("\n".join((activities(), formats(), stores())))
