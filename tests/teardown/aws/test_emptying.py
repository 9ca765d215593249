"""A bucket is emptied: what S3 answers for single keys, and what it is told with every call. No cloud."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from mayfly.clouds.aws import CloudError, Refused
from mayfly.teardown.aws.emptying import TRIES, Bucket, empty

KEYS = ["a", "b", "c"]
OWNER = "123456789012"


@dataclass
class Script:
    """S3 with one bucket. answers: for each DeleteObjects, by key, the code that it fails with."""

    answers: list[dict[str, str]]
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    exceptions: Any = None

    def __post_init__(self) -> None:
        self.exceptions = type("Exceptions", (), {"NoSuchUpload": KeyError})

    def get_paginator(self, operation: str) -> Any:
        def paginate(**arguments: Any) -> Iterator[dict[str, Any]]:
            self.calls.append((operation, arguments))
            yield {
                "Versions": [{"Key": key, "VersionId": f"{key}1"} for key in KEYS],
                "DeleteMarkers": [{"Key": "a\x01", "VersionId": "1"}],
                "Uploads": [{"Key": "half", "UploadId": "1"}],
            }

        return type("Paginator", (), {"paginate": staticmethod(paginate)})

    def delete_objects(self, **arguments: Any) -> dict[str, Any]:
        self.calls.append(("delete_objects", arguments))
        codes = self.answers[min(len(self.deleted), len(self.answers)) - 1]
        asked = arguments["Delete"]["Objects"]
        failed = [{**one, "Code": codes[one["Key"]], "Message": "x"} for one in asked if one["Key"] in codes]
        return {"Errors": failed} if failed else {}

    def delete_object(self, **arguments: Any) -> None:
        self.calls.append(("delete_object", arguments))

    def abort_multipart_upload(self, **arguments: Any) -> None:
        self.calls.append(("abort_multipart_upload", arguments))

    @property
    def deleted(self) -> list[list[str]]:
        """The keys of each DeleteObjects."""
        named = [one["Delete"]["Objects"] for name, one in self.calls if name == "delete_objects"]
        return [[each["Key"] for each in one] for one in named]

    def emptied(self, cut_short: bool = False) -> None:
        def pause(seconds: float) -> bool:
            self.pauses.append(seconds)
            return cut_short

        s3: Any = self
        empty(Bucket(s3, "awsqa-1--flights", OWNER), lambda _: None, pause)


@pytest.mark.parametrize("code", ["InternalError", "SlowDown", "ServiceUnavailable", "RequestTimeout"])
def test_a_key_that_fails_for_the_moment_is_tried_again(code: str) -> None:
    script = Script([{"b": code, "c": code}, {"c": code}, {}])
    script.emptied()
    assert script.deleted == [KEYS, ["b", "c"], ["c"]]
    assert len(script.pauses) == 2
    assert 0.5 <= script.pauses[0] <= 1 <= script.pauses[1] <= 2


def test_a_key_that_is_refused_is_told_and_not_tried_again() -> None:
    script = Script([{"a": "AccessDenied", "b": "InternalError"}, {}])
    with pytest.raises(Refused, match="AccessDenied: 1 objects stay, such as a: x"):
        script.emptied()
    assert script.deleted == [KEYS, ["b"]]


def test_a_key_that_never_goes_is_told_after_a_bounded_number_of_tries() -> None:
    script = Script([{"c": "InternalError"}])
    with pytest.raises(CloudError, match="InternalError: 1 objects stay, such as c: x"):
        script.emptied()
    assert len(script.deleted) == TRIES
    assert 20 < sum(script.pauses) < 90


def test_nothing_is_tried_again_when_it_is_cut_short() -> None:
    script = Script([{"c": "SlowDown"}])
    with pytest.raises(CloudError, match="SlowDown"):
        script.emptied(cut_short=True)
    assert script.deleted == [KEYS]


def test_every_call_says_whose_the_bucket_is() -> None:
    script = Script([{"b": "SlowDown"}, {}])
    script.emptied()
    assert {name for name, _ in script.calls} == {
        "list_object_versions", "list_multipart_uploads", "delete_objects", "delete_object",
        "abort_multipart_upload",
    }  # fmt: skip
    assert {arguments["ExpectedBucketOwner"] for _, arguments in script.calls} == {OWNER}
