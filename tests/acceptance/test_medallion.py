"""A medallion lake on the flights: bronze is production's, silver begins with a seed, gold is merged."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from azure.storage.blob import BlobServiceClient

from localcloud.azure.admin import token_for
from tests.support.checkout import LAKE, Checkout

ENVIRONMENT = "medallion-1"
FLIGHTS = f"{LAKE}/blobServices/default/containers/flights"
GROUP = f"""
sources:
  bronze: {FLIGHTS}
sinks:
  lake:
    containers: [silver, gold]
    seed: {{from: {FLIGHTS}, into: silver, paths: ["reference/air*.csv"], at_most: 1MB}}
"""


def to(name: str, kind: str = "Dataset", **parameters: Any) -> dict[str, Any]:
    return {
        "referenceName": name,
        "type": f"{kind}Reference",
        **({"parameters": parameters} if parameters else {}),
    }


def formula(text: str) -> dict[str, str]:
    return {"value": text, "type": "Expression"}


def dataset(
    service: str, container: str, folder: str, file: Any = None, type: str = "Binary"
) -> dict[str, Any]:
    """A dataset; `file` None for the folder. One whose file is computed takes the month."""
    kind, part = ("AzureBlobStorage", "container") if service == "bronze" else ("AzureBlobFS", "fileSystem")
    location = {"type": f"{kind}Location", part: container, "folderPath": folder}
    found: dict[str, Any] = {
        "type": type,
        "linkedServiceName": to(service, "LinkedService"),
        "typeProperties": {"location": {**location, **({"fileName": file} if file else {})}},
    }
    if type == "DelimitedText":
        found["typeProperties"] |= {"columnDelimiter": ",", "firstRowAsHeader": True, "quoteChar": '"'}
    if isinstance(file, dict):
        found["parameters"] = {"month": {"type": "string"}}
    return found


BY_MONTH = formula("@concat(dataset().month, '.csv')")
READS, WRITES = {"type": "AzureBlobFSReadSettings"}, {"type": "AzureBlobFSWriteSettings"}
MONTH = formula("@item()")
LOAD = {
    "name": "load",
    "type": "Copy",
    "inputs": [to("bronze_month", month=MONTH)],
    "outputs": [to("silver_month", month=MONTH)],
    "typeProperties": {
        "source": {"type": "BinarySource", "storeSettings": {"type": "AzureBlobStorageReadSettings"}},
        "sink": {"type": "BinarySink", "storeSettings": WRITES},
    },
}
EACH = [
    {
        "name": "loaded before",
        "type": "GetMetadata",
        "typeProperties": {"dataset": to("silver_month", month=MONTH), "fieldList": ["exists"]},
    },
    {
        "name": "only what is new",
        "type": "IfCondition",
        "dependsOn": [{"activity": "loaded before", "dependencyConditions": ["Succeeded"]}],
        "typeProperties": {
            "expression": formula("@not(activity('loaded before').output.exists)"),
            "ifTrueActivities": [LOAD],
        },
    },
]
DOCUMENTS: dict[str, dict[str, Any]] = {
    "linkedService/lake": {
        "type": "AzureBlobFS",
        "typeProperties": {"url": "https://acme.dfs.core.windows.net"},
    },
    "dataset/bronze_month": dataset("bronze", "flights", "2013", BY_MONTH),
    "dataset/silver_month": dataset("lake", "silver", "2013", BY_MONTH),
    "dataset/silver_year": dataset("lake", "silver", "2013", type="DelimitedText"),
    "dataset/airlines": dataset("lake", "silver", "reference", "airlines.csv", "DelimitedText"),
    "dataset/gold_year": dataset("lake", "gold", "flights", "2013.csv", "DelimitedText"),
    "pipeline/refine": {
        "parameters": {"months": {"type": "array"}},
        "activities": [
            {
                "name": "airlines",
                "type": "Lookup",
                "typeProperties": {
                    "source": {"type": "DelimitedTextSource", "storeSettings": READS},
                    "dataset": to("airlines"),
                    "firstRowOnly": False,
                },
            },
            {
                "name": "each month",
                "type": "ForEach",
                "dependsOn": [{"activity": "airlines", "dependencyConditions": ["Succeeded"]}],
                "typeProperties": {
                    "items": formula("@pipeline().parameters.months"),
                    "isSequential": True,
                    "activities": EACH,
                },
            },
            {
                "name": "to gold",
                "type": "Copy",
                "dependsOn": [{"activity": "each month", "dependencyConditions": ["Succeeded"]}],
                "inputs": [to("silver_year")],
                "outputs": [to("gold_year")],
                "typeProperties": {
                    "source": {
                        "type": "DelimitedTextSource",
                        "storeSettings": {**READS, "wildcardFileName": "*.csv"},
                    },
                    "sink": {
                        "type": "DelimitedTextSink",
                        "storeSettings": {**WRITES, "copyBehavior": "MergeFiles"},
                        "formatSettings": {"type": "DelimitedTextWriteSettings", "fileExtension": ".csv"},
                    },
                },
            },
        ],
    },
}


@pytest.fixture(scope="module")
def outputs(checkout: Checkout) -> Iterator[dict[str, Any]]:
    """The environment's outputs; it is taken down afterwards."""
    fabric, group = (checkout.root / "stacks" / kind / "medallion.yaml" for kind in ("fabrics", "variables"))
    workload = checkout.root / "examples/medallion"
    fabric.write_text(
        fabric.with_name("qa.yaml").read_text().replace("examples/flights", "examples/medallion")
    )
    group.write_text(GROUP)
    for key, properties in DOCUMENTS.items():
        path = workload / "factory" / f"{key}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"name": path.stem, "properties": properties}))
    try:
        made = checkout.run("mayfly", "up", ENVIRONMENT, "--json").ok()
        yield json.loads(made.stdout)["outputs"]
        checkout.run("mayfly", "down", ENVIRONMENT).ok()
    finally:
        shutil.rmtree(workload)
        fabric.unlink()
        group.unlink()


class _Bearer:
    """A token of an environment's identity, as the SDK asks for one."""

    def __init__(self, checkout: Checkout, principal: str) -> None:
        self._token = token_for(checkout.state, principal, "https://storage.azure.com")

    def get_token(self, *_: str, **__: Any) -> Any:
        from azure.core.credentials import AccessToken

        return AccessToken(self._token, 2**31)


def blobs(checkout: Checkout, outputs: dict[str, Any], container: str) -> dict[str, bytes]:
    with BlobServiceClient(
        outputs["blob_endpoint"],
        _Bearer(checkout, outputs["principal_id"]),
        connection_verify=str(checkout.state / "ca.pem"),
    ) as client:
        there = client.get_container_client(container)
        return {
            blob.name: there.download_blob(blob.name).readall() for blob in there.list_blobs() if blob.size
        }


def refined(checkout: Checkout, *months: str) -> tuple[int, int]:
    """Run the pipeline for some months; how many were loaded, and the rows of gold."""
    given = f"months={json.dumps(months)}"
    ran = checkout.run("mayfly", "run", ENVIRONMENT, "refine", "--param", given, "--json").ok().json()
    done = {one["name"]: one for one in ran["activities"]}
    assert done["airlines"]["output"]["count"] == 16
    return sum(one["name"] == "load" for one in ran["activities"]), done["to gold"]["output"]["rowsCopied"]


def test_it_is_seeded_once_and_runs_twice_the_second_time_incrementally(
    checkout: Checkout, outputs: dict[str, Any]
) -> None:
    silver = blobs(checkout, outputs, "silver")
    assert silver.keys() == {"reference/airlines.csv", "reference/airports.csv"}
    size = sum(map(len, silver.values()))
    assert outputs["seeds"] == {"lake.seed1": {"files": 2, "bytes": size}}
    loaded, january = refined(checkout, "01")
    assert loaded == 1
    loaded, both = refined(checkout, "01", "02")
    assert (loaded, january, both) == (1, 27004, 27004 + 24951)
    gold = blobs(checkout, outputs, "gold")["flights/2013.csv"]
    assert len(gold.splitlines()) == both + 1
    again = checkout.run("mayfly", "up", ENVIRONMENT, "--json").ok().json()
    assert again["changes"].keys() == {"same"}
    assert blobs(checkout, outputs, "silver").keys() > silver.keys()
