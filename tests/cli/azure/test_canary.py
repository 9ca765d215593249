"""The canary pipeline, as JSON, and what is read from its run."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from mayfly.proof import canaries
from mayfly.proof.azure import canary
from mayfly.proof.azure.canary import Probe, Store
from mayfly.proof.verdict import Outcome

LAKE = Store("lake", "https://lake.blob.core.windows.net/", "flights")
SINK = Store("curated", "https://own.blob.core.windows.net", "curated")
NAME = "mayfly-canary-0123456789abcdef"


def probes() -> list[Probe]:
    return canary.probes(NAME, [LAKE], [SINK])


def test_every_write_on_a_source_is_expected_to_be_refused_and_reads_are_not() -> None:
    on_lake = [probe for probe in probes() if probe.store is LAKE]
    assert {probe.method for probe in on_lake if probe.allowed} == {"GET"}
    assert {probe.method for probe in on_lake if not probe.allowed} == {"PUT", "DELETE"}


def test_no_write_names_anything_that_could_exist() -> None:
    for probe in probes():
        if probe.method != "GET":
            assert probe.path.endswith(NAME)


def test_a_sinks_blob_is_deleted_whatever_became_of_the_others() -> None:
    (delete,) = [probe for probe in probes() if probe.name == "sink0-delete"]
    document = canary.pipeline([delete])
    (activity,) = document["properties"]["activities"]
    assert activity["dependsOn"] == [
        {"activity": "sink0-write", "dependencyConditions": ["Completed"]},
        {"activity": "sink0-read", "dependencyConditions": ["Completed"]},
    ]


def test_each_activity_signs_in_as_the_factory() -> None:
    for activity in canary.pipeline(probes())["properties"]["activities"]:
        properties = activity["typeProperties"]
        assert properties["authentication"] == {"type": "MSI", "resource": "https://storage.azure.com/"}
        assert properties["url"].startswith("https://")
        assert "//" not in properties["url"].removeprefix("https://")
        assert ("body" in properties) == (properties["method"] == "PUT")
        assert isinstance(properties.get("body", {}), dict)
        assert properties["turnOffAsync"] is True


def test_the_document_holds_no_secret() -> None:
    text = json.dumps(canary.pipeline(probes())).lower()
    assert not any(word in text for word in ("key", "sig=", "password", "connectionstring"))


def test_activity_names_are_unique_and_legal() -> None:
    names = [probe.name for probe in canary.probes(NAME, [LAKE] * 12, [SINK] * 12)]
    assert len(set(names)) == len(names)
    assert all(len(name) <= 55 and name.replace("-", "").isalnum() for name in names)


def test_batches_keep_a_stores_probes_together_within_the_limit() -> None:
    wanted = canary.probes(NAME, [LAKE] * 12, [SINK] * 5)
    found = canary.batches(wanted)
    assert [probe for batch in found for probe in batch] == wanted
    assert max(len(batch) for batch in found) <= canary.MOST_ACTIVITIES
    for batch in found:
        names = {probe.name for probe in batch}
        assert all(set(probe.after) <= names for probe in batch)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        ("2108: Invoking Web Activity failed with HttpStatusCode - '403 : Forbidden', message - ''", 403),
        ("2108: Invoking Web Activity failed with HttpStatusCode - 'Forbidden', message - 'x'", 403),
        ("2108: Invoking Web Activity failed with HttpStatusCode - 'NotFound', message - ''", 404),
        ("2208: Invoking Web Activity failed with HttpStatusCode - 501.", 501),
        (
            "2108: Error calling the endpoint 'x'. Response status code: '409 - Conflict'. More details: y",
            409,
        ),
        ("2108: <Error><Code>AuthorizationPermissionMismatch</Code></Error>", 403),
        ("2108: no answer", None),
    ],
)
def test_the_status_of_a_failed_activity(error: str, status: int | None) -> None:
    assert canary.status("Failed", {}, error) == status


def test_the_status_in_the_output_wins() -> None:
    assert canary.status("Succeeded", {"statuscode": 201}, "") == 201
    assert canary.status("Succeeded", {}, "") == 200


def test_what_is_not_implemented_or_unknown_never_counts_as_refused() -> None:
    (write, *_) = [probe for probe in probes() if not probe.allowed]
    assert write.outcome(403, effective=True) is Outcome.OK
    assert write.outcome(403, effective=False) is Outcome.NOT_SHOWN
    assert {write.outcome(status, effective=True) for status in (200, 201, 202)} == {Outcome.NO}
    unknown = (None, 302, 400, 401, 409, 412, 429, 500, 501, 503)
    assert {write.outcome(status, effective=True) for status in unknown} == {Outcome.NOT_SHOWN}


def test_what_is_absent_is_told_to_those_alone_who_may_delete_it() -> None:
    (delete,) = [probe for probe in probes() if probe.name == "source0-delete-a-blob"]
    assert delete.outcome(404, effective=True) is Outcome.NO


def test_what_is_allowed_and_refused_is_a_no_and_an_error_is_not_shown() -> None:
    (read,) = [probe for probe in probes() if probe.name == "source0-read"]
    assert [read.outcome(status, effective=False) for status in (404, 403, 400, None)] == [
        Outcome.OK,
        Outcome.NO,
        Outcome.NOT_SHOWN,
        Outcome.NOT_SHOWN,
    ]


def test_the_folders_of_a_listing() -> None:
    """With the properties that a hierarchical account adds."""
    listing = (
        "<Blobs><BlobPrefix><Name>2013/</Name></BlobPrefix><BlobPrefix><Properties><Etag>0</Etag>"
        "</Properties><Name>a &amp; b/</Name></BlobPrefix><Blob><Name>x</Name></Blob></Blobs>"
    )
    assert canary.folders(listing) == ("2013/", "a & b/")
    (write,) = [
        probe
        for probe in canary.probes(NAME, [replace(LAKE, folders=("@{a b}/",))], [])
        if probe.name == "source0-folder0-write"
    ]
    assert write.path == f"flights/%40%7Ba%20b%7D/{NAME}"


def test_only_old_canaries_of_our_own_pattern_are_stale() -> None:
    now = 0x6000_0000 + canaries.STALE_SECONDS
    names = [
        "mayfly-canary-5fffffff00000000",
        "mayfly-canary-6000000100000000",
        "mayfly-canary-mine",
        "flights",
    ]
    assert canary.stale(names, now) == ["mayfly-canary-5fffffff00000000"]
    assert canary.NAME.fullmatch(canaries.new_name())
