"""The canary pipeline: what the factory's own identity may and may not do, asked of the cloud itself.

Each probe is one Web activity that signs in as the factory. No probe can harm what exists: a write has a
name of its own that nothing else has, a delete names what is absent. Where the isolation is broken and a
write succeeds, the delete that comes after it takes it away again. This module calls nothing itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
"""A Web activity's body has to be JSON. Source: "Web activity in Azure Data Factory", JSON content."""

STATUS = re.compile(r"(?:HttpStatusCode\s*-|Response status code:)\s*'?(?:(\d{3})|(\w+))")
"""In a Web activity's error, as '403 : Forbidden', 'Forbidden' or '403'.

Source: "Troubleshoot Azure Data Factory and Synapse pipelines", Web activity, errors 2108 and 2208.
"""

REFUSED_CODES = ("AuthorizationPermissionMismatch", "AuthorizationFailure", "InsufficientAccountPermissions")
"""The blob service's codes for 403. Source: "Status and error codes" of the Blob Service REST API."""


@dataclass(frozen=True)
class Store:
    """A container. name: what the variable group calls it. endpoint: base URL of its account's blobs.

    folders: some that lie in it, "2013/". Where an account has a hierarchical namespace, the ACLs of a folder
    may allow in it what roles do not.
    """

    name: str
    endpoint: str
    container: str
    folders: tuple[str, ...] = ()


@dataclass(frozen=True)
class Probe:
    """One call. allowed: what is expected. after: probes that must have ended before, whatever came of them.

    accepted: statuses that show permission; 404 is one where what is asked for is absent on purpose, since
    who has no permission is answered 403 before anything is looked for.
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
        """In words."""
        return "allowed" if self.allowed else "refused (403)"

    @property
    def label(self) -> str:
        """Of its store, among all that are tried."""
        return self.name.partition("-")[0]

    def outcome(self, status: int | None, effective: bool) -> Outcome:
        """What a status shows. None: there was none, which shows nothing, as any error that is no refusal.

        effective: all that is allowed at this store has been seen to work. Where it has not, a refusal shows
        nothing: permissions may not have got there yet.
        """
        if status in self.accepted:
            return Outcome.of(self.allowed)
        if status != HTTPStatus.FORBIDDEN:
            return Outcome.NOT_SHOWN
        if self.allowed:
            return Outcome.NO
        return Outcome.OK if effective else Outcome.NOT_SHOWN


def stale(names: Iterable[str], now: float) -> list[str]:
    """Those canaries that a killed `prove` left behind. now: seconds since the epoch."""
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
    """All probes. name: the canary's own, which everything it could make carries."""
    on_sources = [probe for number, store in enumerate(sources) for probe in _source(name, store, number)]
    return on_sources + [probe for number, store in enumerate(sinks) for probe in _sink(name, store, number)]


def batches(wanted: Sequence[Probe]) -> list[list[Probe]]:
    """Probes by pipeline; those of one store stay together."""
    found: list[list[Probe]] = []
    for _, group in groupby(wanted, key=lambda probe: probe.name.partition("-")[0]):
        of_store = list(group)
        if not found or len(found[-1]) + len(of_store) > MOST_ACTIVITIES:
            found.append([])
        found[-1].extend(of_store)
    return found


MOST_FOLDERS = 3
"""How many of a container's folders are tried."""

FOLDER = re.compile(r"<BlobPrefix>(?:<Properties>.*?</Properties>)?<Name>([^<]+)</Name>", re.DOTALL)
"""Source: "List Blobs" of the Blob Service REST API, response body with a delimiter."""


def folders(listing: str) -> tuple[str, ...]:
    """Some folders that a listing with a delimiter names, "2013/". listing: the answer's XML."""
    return tuple(unescape(name) for name in FOLDER.findall(listing)[:MOST_FOLDERS])


def _source(name: str, store: Store, number: int) -> list[Probe]:
    """Reads, which are allowed, and every kind of write, each on a name of the canary's own."""
    blob, container = f"{store.container}/{name}", "restype=container"
    label = f"source{number}-{{}}".format
    read = Probe(label("read"), "read a blob", store, "GET", blob, True, accepted=(200, 404))
    writes = (label("write-a-blob"), label("write-a-block"), label("change-metadata"))
    made = (label("create-a-container"),)
    calls: tuple[tuple[str, str, str, str, Mapping[str, str], tuple[str, ...]], ...] = (
        ("write a blob", "PUT", blob, "", BLOCK_BLOB, ()),
        ("write a block", "PUT", blob, BLOCK, {}, ()),
        ("change metadata", "PUT", blob, "comp=metadata", METADATA, ()),
        ("delete a blob", "DELETE", blob, "", {}, writes),
        ("create a container", "PUT", name, container, {}, ()),
        ("delete a container", "DELETE", name, container, {}, made),
    )
    return [
        Probe(label("list"), "list blobs", store, "GET", store.container, True, LIST),
        read,
        *(
            Probe(
                label(what.replace(" ", "-")), what, store, method, path, False, query, headers, ABSENT_TOO,
                after,
            )
            for what, method, path, query, headers, after in calls
        ),
        *_in_folders(name, store, label("{}").format),
    ]  # fmt: skip


def _in_folders(name: str, store: Store, label: Callable[[str], str]) -> Iterator[Probe]:
    """A write below the root, and the delete that takes it away again."""
    for number, folder in enumerate(store.folders):
        path = f"{store.container}/{quote(folder)}{name}"
        write, delete = (label(f"folder{number}-{what}") for what in ("write", "delete"))
        yield Probe(write, f"write a blob in {folder}", store, "PUT", path, False, headers=BLOCK_BLOB)
        yield Probe(
            delete,
            f"delete a blob in {folder}",
            store,
            "DELETE",
            path,
            False,
            accepted=ABSENT_TOO,
            after=(write,),
        )


def _sink(name: str, store: Store, number: int) -> list[Probe]:
    """A blob is written, read and deleted again; the delete comes whatever became of the others."""
    blob = f"{store.container}/{name}"
    write, read, delete = (f"sink{number}-{what}" for what in ("write", "read", "delete"))
    return [
        Probe(write, "write a blob", store, "PUT", blob, True, headers=BLOCK_BLOB),
        Probe(read, "read a blob", store, "GET", blob, True, after=(write,)),
        Probe(delete, "delete a blob", store, "DELETE", blob, True, after=(write, read)),
    ]


def pipeline(wanted: Sequence[Probe]) -> dict[str, Any]:
    """The pipeline document that makes these probes: `{"properties": {"activities": […]}}`."""
    return {"properties": {"activities": [_activity(probe) for probe in wanted], "concurrency": 1}}


def _activity(probe: Probe) -> dict[str, Any]:
    """A Web activity. Source: "Web activity in Azure Data Factory", managed identity authentication."""
    query = f"?{probe.query}" if probe.query else ""
    properties: dict[str, Any] = {
        "url": f"{probe.store.endpoint.rstrip('/')}/{probe.path}{query}",
        "method": probe.method,
        "headers": {"x-ms-version": STORAGE_VERSION, **probe.headers},
        "authentication": {"type": "MSI", "resource": AUDIENCE},
        # A blob's deletion answers 202, which the activity would else take for something to poll.
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
    """The HTTP status that a Web activity got; None when it says nothing of one.

    One that succeeded got a 2xx; which, is only told where `output` has it.
    """
    if told := output.get("statuscode", output.get("statusCode")):
        return int(told)
    if activity_status == "Succeeded":
        return HTTPStatus.OK
    if match := STATUS.search(error):
        return int(match[1]) if match[1] else _by_name(match[2])
    if any(code in error for code in REFUSED_CODES):
        return HTTPStatus.FORBIDDEN
    return HTTPStatus.NOT_FOUND if "BlobNotFound" in error else None


def _by_name(name: str) -> int | None:
    """A status by the name .NET has for it: "Forbidden", "NotFound"."""
    squeezed = {item.name.replace("_", "").lower(): item.value for item in HTTPStatus}
    return squeezed.get(name.lower())
