"""Fills a container of an environment with data of production, inside the cloud, as the environment itself.

Who deploys may not read production's data, so the environment's factory does both: it lists what is to be
copied, by Web activities, and copies it, by Copy activities. Its documents for that go again afterwards.
Sources: "Web activity in Azure Data Factory", managed identity authentication; "List Blobs" of the Blob
Service REST API; "Binary format in Azure Data Factory"; "Copy and transform data in Azure Blob Storage".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from html import unescape
from typing import Any
from urllib.parse import quote

from mayfly.clouds.azure import runs
from mayfly.clouds.azure.client import Azure
from mayfly.clouds.azure.errors import CloudError
from mayfly.clouds.azure.waiting import Sleep, until
from mayfly.errors import MayflyError
from mayfly.naming.parts import digest

PATIENCE_SECONDS = 600.0
"""Azure documents that a role assignment takes up to 10 minutes to become effective."""

LONGEST_COPY = 24 * 3600.0
STORAGE_VERSION = "2023-11-03"
AUDIENCE = "https://storage.azure.com/"
PAGE = 5000
"""Blobs in one answer. Source: "List Blobs", maxresults."""


@dataclass(frozen=True)
class Seed:
    """What is copied where.

    factory_id: resource id of the factory that does it. source, sink: URLs of containers. paths: a folder and
    a pattern for the names of files at any depth below it, "2013/*". at_most: bytes.
    """

    factory_id: str
    source: str
    sink: str
    paths: Sequence[str]
    at_most: int

    @property
    def name(self) -> str:
        """The name of the pipeline that copies, the same each time: what a killed one left is used again."""
        return f"mayfly-seed-{digest(self.source, self.sink, *self.paths, length=12)}"


@dataclass(frozen=True)
class Amount:
    """Files, and their bytes."""

    files: int
    bytes: int


class TooMuch(MayflyError):
    """A plan above its cap. Nothing was copied."""


def fill(cloud: Azure, seed: Seed, patience: float = PATIENCE_SECONDS, sleep: Sleep | None = None) -> Amount:
    """Copy what a seed names; return how much was copied.

    patience: seconds in which permissions may become effective. Raises TooMuch, MayflyError, CloudError.
    """
    waits: dict[str, Any] = {} if sleep is None else {"sleep": sleep}

    def effective(attempt: Callable[[], Amount]) -> Amount:
        refused: list[str] = []

        def once() -> Amount | None:
            try:
                return attempt()
            except _Refused as error:
                refused[:] = [str(error)]
                return None

        try:
            return until(once, longest=patience, **waits)
        except TimeoutError:
            raise MayflyError(f"the environment's identity is refused: {refused[0]}") from None

    planned = effective(lambda: _plan(cloud, seed, waits))
    if planned.bytes > seed.at_most:
        plan = f"{planned.files:,} files of {planned.bytes:,} bytes"
        what = f"{plan} are more than at_most, {seed.at_most:,} bytes"
        raise TooMuch(f"{what}. Nothing was copied; name fewer paths, or raise it")
    if not planned.files:
        raise MayflyError(f"no file in {seed.source} fits {', '.join(seed.paths)}")
    return effective(lambda: _copy(cloud, seed, waits))


class _Refused(Exception):
    """A run that failed for a permission that may not be effective yet."""


def _plan(cloud: Azure, seed: Seed, waits: dict[str, Any]) -> Amount:
    """What would be copied, by the listings of the folders that the paths name."""
    found: dict[str, int] = {}
    for path in seed.paths:
        folder, pattern = split(path)
        for name, size in _listed(cloud, seed, f"{folder}/" if folder else "", waits):
            if fnmatchcase(name.rpartition("/")[2], pattern) and (
                _wild(pattern) or name == f"{folder}/{pattern}".lstrip("/")
            ):
                found[name] = size
    return Amount(len(found), sum(found.values()))


def _listed(cloud: Azure, seed: Seed, prefix: str, waits: dict[str, Any]) -> Iterator[tuple[str, int]]:
    marker = ""
    while True:
        query = f"restype=container&comp=list&maxresults={PAGE}&prefix={quote(prefix, safe='')}"
        address = f"{seed.source}?{query}{f'&marker={quote(marker, safe=str())}' if marker else ''}"
        page = _run(cloud, seed, {f"pipelines/{seed.name}-list": _listing(address)}, waits)[0].output
        text = str(page.get("Response", ""))
        yield from blobs(text)
        marker = next_marker(text)
        if not marker:
            return


def blobs(listing: str) -> Iterator[tuple[str, int]]:
    """Yield name and bytes of each blob in a listing's XML; a folder of a hierarchical account is none."""
    for part in re.findall(r"<Blob>(.*?)</Blob>", listing, re.DOTALL):
        name, size = re.search(r"<Name>(.*?)</Name>", part), re.search(r"<Content-Length>(\d+)<", part)
        if name and "<ResourceType>directory</ResourceType>" not in part:
            yield unescape(name[1]), int(size[1]) if size else 0


def next_marker(listing: str) -> str:
    """Where a listing goes on; "" at its end."""
    found = re.search(r"<NextMarker>(.*?)</NextMarker>", listing)
    return unescape(found[1]) if found else ""


def _copy(cloud: Azure, seed: Seed, waits: dict[str, Any]) -> Amount:
    outputs = [activity.output for activity in _run(cloud, seed, documents(seed), waits)]
    return Amount(
        sum(int(output.get("filesWritten", 0)) for output in outputs),
        sum(int(output.get("dataWritten", 0)) for output in outputs),
    )


def split(path: str) -> tuple[str, str]:
    """Split a path into its folder and the pattern of names in it: "2013/*" → ("2013", "*")."""
    folder, _, pattern = path.rpartition("/")
    return folder, pattern


def _wild(pattern: str) -> bool:
    return any(sign in pattern for sign in "*?")


def documents(seed: Seed) -> dict[str, Any]:
    """Return the properties of what copies, by collection and name, what is referred to first."""
    found: dict[str, Any] = {}
    activities = []
    for side, container in (("from", seed.source), ("to", seed.sink)):
        service = {"serviceEndpoint": container.rpartition("/")[0] + "/", "accountKind": "StorageV2"}
        found[f"linkedservices/{seed.name}-{side}"] = {"type": "AzureBlobStorage", "typeProperties": service}
    for number, path in enumerate(seed.paths):
        folder, pattern = split(path)
        exact = {} if _wild(pattern) else {"fileName": pattern}
        for side, container in (("from", seed.source), ("to", seed.sink)):
            place = {"container": container.rpartition("/")[2], **({"folderPath": folder} if folder else {})}
            location = {"type": "AzureBlobStorageLocation", **place, **(exact if side == "from" else {})}
            found[f"datasets/{seed.name}-{side}-{number}"] = {
                "type": "Binary",
                "linkedServiceName": _to(f"{seed.name}-{side}", "LinkedServiceReference"),
                "typeProperties": {"location": location},
            }
        activities.append(_copying(seed.name, number, pattern))
    found[f"pipelines/{seed.name}"] = {"activities": activities, "concurrency": 1}
    return found


def _copying(name: str, number: int, pattern: str) -> dict[str, Any]:
    """A Copy activity: files below a folder whose names fit, at the same paths in the other container."""
    chosen = {"recursive": True, "wildcardFileName": pattern} if _wild(pattern) else {"recursive": False}
    reading = {"type": "AzureBlobStorageReadSettings", **chosen}
    writing = {"type": "AzureBlobStorageWriteSettings", "copyBehavior": "PreserveHierarchy"}
    return {
        "name": f"copy{number}",
        "type": "Copy",
        "policy": {"retry": 0},
        "inputs": [_to(f"{name}-from-{number}", "DatasetReference")],
        "outputs": [_to(f"{name}-to-{number}", "DatasetReference")],
        "typeProperties": {
            "source": {"type": "BinarySource", "storeSettings": reading},
            "sink": {"type": "BinarySink", "storeSettings": writing},
        },
    }


def _listing(address: str) -> dict[str, Any]:
    inside = {
        "url": address,
        "method": "GET",
        "headers": {"x-ms-version": STORAGE_VERSION},
        "authentication": {"type": "MSI", "resource": AUDIENCE},
    }
    activity = {"name": "list", "type": "WebActivity", "policy": {"retry": 0}, "typeProperties": inside}
    return {"activities": [activity]}


def _to(name: str, type: str) -> dict[str, str]:
    return {"referenceName": name, "type": type}


def _run(cloud: Azure, seed: Seed, wanted: dict[str, Any], waits: dict[str, Any]) -> list[runs.Activity]:
    """Run the pipeline that is the last of some documents; return its activities, all of which succeeded.

    Raises _Refused for a refusal of the storage, MayflyError for anything else that fails.
    """
    last: list[runs.Activity] = []

    def keep(_run: runs.Run, activities: list[runs.Activity]) -> None:
        last[:] = activities

    with _documents(cloud, seed.factory_id, wanted) as pipeline:
        run_id = runs.start(cloud, seed.factory_id, pipeline)
        options = {"longest": LONGEST_COPY, "first_pause": 0.1, **waits}
        try:
            ended = runs.follow(cloud, seed.factory_id, run_id, keep, **options)
        except BaseException:
            runs.cancel(cloud, seed.factory_id, run_id)
            raise
    if ended.status == "Succeeded":
        return last
    why = next((f"{one.error_code}: {one.error}" for one in last if one.error), ended.message)
    if any(sign in why for sign in ("403", "Forbidden", "AuthorizationPermissionMismatch")):
        raise _Refused(why)
    raise MayflyError(f"{pipeline} {ended.status}: {why}")


@contextmanager
def _documents(cloud: Azure, factory_id: str, wanted: dict[str, Any]) -> Iterator[str]:
    """Documents of a factory for as long as they are used. The value is the name of the last."""
    made: list[str] = []
    try:
        for path, properties in wanted.items():
            made.append(path)
            cloud.put(f"{factory_id}/{path}", {"properties": properties}, wait=False)
        yield made[-1].partition("/")[2]
    finally:
        for path in reversed(made):
            try:
                cloud.delete(f"{factory_id}/{path}")
            except CloudError as error:
                if not error.tells_absence:
                    raise
