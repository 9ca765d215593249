"""Event sources of functions, and recorded events that name an environment's own stores."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mayfly import naming, settings
from mayfly.settings import VariableGroup
from mayfly.settings.sinks import Sink
from mayfly.settings.sources import bucket_arn
from mayfly.workload.functions import events
from mayfly.workload.functions.events import StorePlace
from tests.support.checkout import HERE
from tests.workload.functions_folder import FunctionsFolder, manifest

QUEUE = "arn:aws:sqs:{region}:123456789012:incoming"
GROUP = VariableGroup(
    name="qa", sources={"lake": bucket_arn("arn:aws:s3:::lake/flights/")}, sinks={"out": Sink("out")}
)
MOVED = {
    StorePlace("prod-out", "out/"): StorePlace("qa-out", "out/"),
    StorePlace("prod-out", "out/deep/"): StorePlace("qa-deep", ""),
    StorePlace("prod-in", ""): StorePlace("qa-out", "in it/"),
}


def record(bucket: str, key: str) -> dict[str, Any]:
    """As S3 notifies: Amazon S3 User Guide, "Event message structure"."""
    thing = {"key": key, "size": 1024}
    bucket_ = {"name": bucket, "ownerIdentity": {"principalId": "A3"}, "arn": f"arn:aws:s3:::{bucket}"}
    return {"eventSource": "aws:s3", "s3": {"s3SchemaVersion": "1.0", "bucket": bucket_, "object": thing}}


def test_event_sources_are_listed_and_none_is_made(functions: FunctionsFolder) -> None:
    one = "{store: lake, prefix: 2013/, suffix: .csv}"
    functions.write("load/function.yaml", manifest(events=f"[{one}, {{queue: '{QUEUE}'}}]"))
    notes = functions.load(GROUP).notes
    assert [note.what.partition(" is not")[0] for note in notes] == [
        "ObjectCreated of lake: 2013/*.csv",
        f"messages of {QUEUE}",
    ]
    assert "mayfly run ENV load --event FILE" in notes[0].fix


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("{store: lak}", "'lak' is no store"),
        ("{prefix: a/}", "names neither a store nor a queue"),
        (f"{{store: lake, queue: '{QUEUE}'}}", "stands beside a store"),
        ("{queue: incoming}", "'incoming' is not the ARN of a queue"),
        ("{store: lake, on: ObjectRestored}", "got 'ObjectRestored'"),
        ("{store: lake, when: now}", "is not a field of this file"),
    ],
)
def test_an_event_source_is_one_that_there_is(functions: FunctionsFolder, source: str, what: str) -> None:
    functions.write("load/function.yaml", manifest(events=f"[{source}]"))
    (problem,) = functions.problems(GROUP)
    assert what in problem.what


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (record("prod-out", "out/a+b.csv"), record("qa-out", "out/a+b.csv")),
        (record("prod-out", "out/deep/a%2Bb"), record("qa-deep", "a%2Bb")),
        (record("prod-in", "a"), record("qa-out", "in+it/a")),
        (record("prod-out", "elsewhere/a"), record("prod-out", "elsewhere/a")),
        (record("prod-outer", "out/a"), record("prod-outer", "out/a")),
        (
            {"detail": {"bucket": {"name": "prod-in"}, "object": {"key": "a b"}}},
            {"detail": {"bucket": {"name": "qa-out"}, "object": {"key": "in it/a b"}}},
        ),
        (
            {"body": json.dumps({"Records": [record("prod-out", "out/a")]})},
            {"body": json.dumps({"Records": [record("qa-out", "out/a")]})},
        ),
        ({"at": "s3://prod-out/out/x", "n": 1}, {"at": "s3://qa-out/out/x", "n": 1}),
        (["arn:aws:s3:::prod-out/out/x"], ["arn:aws:s3:::qa-out/out/x"]),
        ({"body": "{not JSON", "text": "prod-out/out/x"}, {"body": "{not JSON", "text": "prod-out/out/x"}),
    ],
)
def test_a_recorded_event_names_the_environments_own_stores(before: Any, after: Any) -> None:
    assert events.rewritten(before, MOVED) == (after, 0 if before == after else 1)


def test_the_stores_are_those_that_both_have_and_that_are_elsewhere() -> None:
    wanted, production = (settings.load(HERE, name, {}) for name in ("awsqa-7", "awsprod"))
    own, other = (naming.aws.names(each).bucket for each in (wanted, production))
    assert events.moves(wanted, own, [(production, other)]) == {
        StorePlace(other, "curated/"): StorePlace(own, "curated/")
    }
