"""The canary pipeline: probes of what the factory's identity may and may not do. Nothing is called here.

Each probe is one Web activity that signs in as the factory. No probe can harm existing data: a write uses a
name that nothing else has, a delete names something absent. If the isolation is broken and a write succeeds,
the delete after it removes the blob again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from http import HTTPStatus
from itertools import groupby
from typing import Any
from urllib.parse import quote

from mayfly.proof import canaries
from mayfly.proof.verdict import Outcome

NAME = re.compile(rf"{canaries.PREFIX}([0-9a-f]{{16}})")

STORAGE_VERSION = "2023-11-03"
"""x-ms-version of the blob service; a bearer token needs 2017-11-09 or later."""

AUDIENCE = "https://storage.azure.com/"

BODY = {"canary": True}
"""A Web activity's body must be JSON. Source: "Web activity in Azure Data Factory", JSON content."""

STATUS = re.compile(r"(?:HttpStatusCode\s*-|Response status code:)\s*'?(?:(\d{3})|(\w+))")
"""In a Web activity's error, as '403 : Forbidden', 'Forbidden' or '403'.

Source: "Troubleshoot Azure Data Factory and Synapse pipelines", Web activity, errors 2108 and 2208.
"""

REFUSED_CODES = ("AuthorizationPermissionMismatch", "AuthorizationFailure", "InsufficientAccountPermissions")
"""The blob service's codes for 403. Source: "Status and error codes" of the Blob Service REST API."""


@dataclass(frozen=True)
class Store:
    """A container. name: the store's, in the variable group. endpoint: base URL of its account's blobs.

    folders: some of its folders, "2013/". In an account with a hierarchical namespace, a folder's ACLs may
    allow what roles do not.
    """

    name: str
    endpoint: str
    container: str
    folders: tuple[str, ...] = ()


@dataclass(frozen=True)
class Probe:
    """One call. allowed: whether it is expected to work. after: probes that must have ended before it.

    accepted: the statuses that show the permission. 404 is one of them when the blob is absent on purpose:
    a caller without the permission gets 403 before the service looks for the blob.
    """

    name: str
    what: str
    store: Store
    method: str
    path: str
    allowed: bool
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    accepted: tuple[int, ...] = (200, 201, 202)
    after: tuple[str, ...] = ()

    @property
    def expected(self) -> str:
        """The expected result, in words."""
        return "allowed" if self.allowed else "refused (403)"

    @property
    def label(self) -> str:
        """The label of its store: "source0", "sink0"."""
        return self.name.partition("-")[0]

    def outcome(self, status: int | None, effective: bool) -> Outcome:
        """Return what a status shows. No status (None), and an error that is not a refusal, shows nothing.

        effective: whether all allowed calls at this store work. As long as they do not, a refusal shows
        nothing: permissions may not be effective yet.
        """
        if status in self.accepted:
            return Outcome.of(self.allowed)
        if status != HTTPStatus.FORBIDDEN:
            return Outcome.NOT_SHOWN
        if self.allowed:
            return Outcome.NO
        return Outcome.OK if effective else Outcome.NOT_SHOWN


def stale(names: Iterable[str], now: float) -> list[str]:
    """Return the canaries that a killed `prove` left behind. now: seconds since the epoch."""
    found = ((name, NAME.fullmatch(name)) for name in names)
    return [name for name, match in found if match and canaries.is_stale(match[1], now)]


BLOCK_BLOB = {"x-ms-blob-type": "BlockBlob"}
METADATA = {"x-ms-meta-canary": "1"}
LIST = "restype=container&comp=list&delimiter=%2F&maxresults=100"
ABSENT_TOO = (200, 201, 202, 404)
BLOCK = "comp=block&blockid=Y2FuYXJ5"

MOST_ACTIVITIES = 40
"""In one pipeline. Source: "Data Factory limits", maximum activities per pipeline (40 of old, more today)."""


def probes(name: str, sources: Sequence[Store], sinks: Sequence[Store]) -> list[Probe]:
    """Return all probes. name: the canary's own; everything that a probe could make has it."""
    reads = [probe for number, store in enumerate(sources) for probe in _source_probes(name, store, number)]
    return reads + [
        probe for number, store in enumerate(sinks) for probe in _sink_probes(name, store, number)
    ]


def batches(wanted: Sequence[Probe]) -> list[list[Probe]]:
    """Group the probes into pipelines; those of one store stay together."""
    found: list[list[Probe]] = []
    for _, group in groupby(wanted, key=lambda probe: probe.label):
        of_store = list(group)
        if not found or len(found[-1]) + len(of_store) > MOST_ACTIVITIES:
            found.append([])
        found[-1].extend(of_store)
    return found


MOST_FOLDERS = 3
"""Of a container's folders, this many are tried."""

FOLDER = re.compile(r"<BlobPrefix>(?:<Properties>.*?</Properties>)?<Name>([^<]+)</Name>", re.DOTALL)
"""Source: "List Blobs" of the Blob Service REST API, response body with a delimiter."""


def folders(listing: str) -> tuple[str, ...]:
    """Return the first folders in a listing with a delimiter, "2013/". listing: the answer's XML."""
    return tuple(unescape(name) for name in FOLDER.findall(listing)[:MOST_FOLDERS])


def _source_probes(name: str, store: Store, number: int) -> list[Probe]:
    """Reads, which are allowed, and every kind of write, each on the canary's own name."""
    blob, container = f"{store.container}/{name}", "restype=container"
    label = f"source{number}-{{}}".format
    writes = (label("write-a-blob"), label("write-a-block"), label("change-metadata"))
    calls: tuple[tuple[str, str, str, str, Mapping[str, str], tuple[str, ...]], ...] = (
        ("write a blob", "PUT", blob, "", BLOCK_BLOB, ()),
        ("write a block", "PUT", blob, BLOCK, {}, ()),
        ("change metadata", "PUT", blob, "comp=metadata", METADATA, ()),
        ("delete a blob", "DELETE", blob, "", {}, writes),
        ("create a container", "PUT", name, container, {}, ()),
        ("delete a container", "DELETE", name, container, {}, (label("create-a-container"),)),
    )
    found = [
        Probe(label("list"), "list blobs", store, "GET", store.container, True, LIST),
        Probe(label("read"), "read a blob", store, "GET", blob, True, accepted=(200, 404)),
    ]
    for what, method, path, query, headers, after in calls:
        named = label(what.replace(" ", "-"))
        found.append(Probe(named, what, store, method, path, False, query, headers, ABSENT_TOO, after))
    for place, folder in enumerate(store.folders):
        path = f"{store.container}/{quote(folder)}{name}"
        write, delete = label(f"folder{place}-write"), label(f"folder{place}-delete")
        found += [
            Probe(write, f"write a blob in {folder}", store, "PUT", path, False, headers=BLOCK_BLOB),
            Probe(delete, f"delete a blob in {folder}", store, "DELETE", path, False,
                  accepted=ABSENT_TOO, after=(write,)),
        ]  # fmt: skip
    return found


def _sink_probes(name: str, store: Store, number: int) -> list[Probe]:
    """Write, read and delete a blob; the delete runs whatever became of the others."""
    blob = f"{store.container}/{name}"
    write, read, delete = (f"sink{number}-{what}" for what in ("write", "read", "delete"))
    return [
        Probe(write, "write a blob", store, "PUT", blob, True, headers=BLOCK_BLOB),
        Probe(read, "read a blob", store, "GET", blob, True, after=(write,)),
        Probe(delete, "delete a blob", store, "DELETE", blob, True, after=(write, read)),
    ]


def pipeline(wanted: Sequence[Probe]) -> dict[str, Any]:
    """Return the pipeline document that runs these probes: `{"properties": {"activities": […]}}`."""
    return {"properties": {"activities": [_activity(probe) for probe in wanted], "concurrency": 1}}


def _activity(probe: Probe) -> dict[str, Any]:
    """A Web activity. Source: "Web activity in Azure Data Factory", managed identity authentication."""
    query = f"?{probe.query}" if probe.query else ""
    properties: dict[str, Any] = {
        "url": f"{probe.store.endpoint.rstrip('/')}/{probe.path}{query}",
        "method": probe.method,
        "headers": {"x-ms-version": STORAGE_VERSION, **probe.headers},
        "authentication": {"type": "MSI", "resource": AUDIENCE},
        # Deleting a blob answers 202. Without this the activity would poll for the end of an operation.
        "turnOffAsync": True,
    }
    if probe.method == "PUT":
        properties["headers"]["Content-Type"] = "application/json"
        properties["body"] = BODY
    after = [{"activity": name, "dependencyConditions": ["Completed"]} for name in probe.after]
    return {
        "name": probe.name,
        "type": "WebActivity",
        "dependsOn": after,
        "policy": {"timeout": "0.00:05:00", "retry": 0},
        "typeProperties": properties,
    }


def status(activity_status: str, output: Mapping[str, Any], error: str) -> int | None:
    """Return the HTTP status that a Web activity got; None when it names none.

    A successful activity got a 2xx; only `output` may say which one.
    """
    if given := output.get("statuscode", output.get("statusCode")):
        return int(given)
    if activity_status == "Succeeded":
        return HTTPStatus.OK
    if match := STATUS.search(error):
        # .NET has names of its own for statuses: "Forbidden", "NotFound".
        names = {item.name.replace("_", "").lower(): item.value for item in HTTPStatus}
        return int(match[1]) if match[1] else names.get(match[2].lower())
    if any(code in error for code in REFUSED_CODES):
        return HTTPStatus.FORBIDDEN
    return HTTPStatus.NOT_FOUND if "BlobNotFound" in error else None
