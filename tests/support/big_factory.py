"""A fabric whose workload is as large as one wants, written into a checkout, and many blobs for its sink."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from bench.azure import blobs as blobs_of_bench
from localcloud.azure.admin import token_for
from tests.support.checkout import Checkout

STORES = 2
"""Linked services that every workload has: lake and curated."""
CHAIN = 10
"""Every pipeline but the first ten runs the one ten before it."""

Document = dict[str, Any]


def write_fabric(checkout: Checkout, fabric: str, documents: int) -> None:
    """A fabric like qa, with variables like qa's, and a factory of `documents` documents of its own."""
    stacks = checkout.root / "stacks"
    for kind in ("fabrics", "variables"):
        text = (stacks / kind / "qa.yaml").read_text()
        (stacks / kind / f"{fabric}.yaml").write_text(text.replace("examples/flights", f"examples/{fabric}"))
    folder = checkout.root / "examples" / fabric / "factory"
    for kind, name, properties in factory(documents):
        path = folder / kind / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"name": name, "properties": properties}, indent=4))


def factory(documents: int) -> Iterator[tuple[str, str, Document]]:
    """Kind, name and properties of each document but the stores: half datasets, some triggers, the rest
    pipelines that refer to datasets and to each other.
    """
    datasets, triggers = documents // 2, documents // 20
    pipelines = documents - STORES - datasets - triggers
    for number in range(datasets):
        yield "dataset", f"data_{number:04}", _dataset(number)
    for number in range(pipelines):
        yield "pipeline", f"step_{number:04}", _pipeline(number, datasets)
    for number in range(triggers):
        yield "trigger", f"daily_{number:04}", _trigger(number)


def fill(checkout: Checkout, outputs: dict[str, Any], blobs: int) -> None:
    """Put small blobs into an environment's sink, as its own identity. outputs: the stack's."""
    token = token_for(checkout.state, outputs["principal_id"], "https://storage.azure.com")
    blobs_of_bench.fill(f"{outputs['blob_endpoint']}curated", token, checkout.state / "ca.pem", blobs)


def _dataset(number: int) -> Document:
    store, container = (("lake", "flights"), ("curated", "curated"))[number % 2]
    location = {"type": "AzureBlobStorageLocation", "container": container, "folderPath": f"part/{number}"}
    return {
        "type": "Binary",
        "linkedServiceName": {"referenceName": store, "type": "LinkedServiceReference"},
        "typeProperties": {"location": location},
    }


def _pipeline(number: int, datasets: int) -> Document:
    look = {
        "name": "look",
        "type": "GetMetadata",
        "typeProperties": {
            "dataset": {"referenceName": f"data_{number % datasets:04}", "type": "DatasetReference"},
            "fieldList": ["exists"],
        },
    }
    before = number - CHAIN
    return {"activities": [look, _run(before)] if before >= 0 else [look]}


def _run(number: int) -> Document:
    pipeline = {"referenceName": f"step_{number:04}", "type": "PipelineReference"}
    return {"name": "run", "type": "ExecutePipeline", "typeProperties": {"pipeline": pipeline}}


def _trigger(number: int) -> Document:
    pipeline = {"referenceName": f"step_{number:04}", "type": "PipelineReference"}
    recurrence = {"frequency": "Day", "interval": 1, "startTime": "2026-01-01T00:00:00Z"}
    return {
        "type": "ScheduleTrigger",
        "runtimeState": "Started",
        "pipelines": [{"pipelineReference": pipeline}],
        "typeProperties": {"recurrence": recurrence},
    }
