"""A bucket is emptied: what S3 answers for single keys, and what it is told with every call. No cloud."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from mayfly.clouds.aws import CloudError, Refused
from mayfly.clouds.aws.emptying import CALLS, TRIES, WAITING, Bucket, empty

KEYS = ["a", "b", "c"]
OWNER = "123456789012"


@dataclass
class Script:
    """S3 with one bucket.

    answers: for each DeleteObjects, by key, the code that it fails with. pages: of the bucket's versions.
    fails: what the first DeleteObjects answers instead. gone: the upload went meanwhile.
    """

    answers: list[dict[str, str]]
    pages: list[dict[str, Any]] = field(
        default_factory=lambda: [
            {
                "Versions": [{"Key": key, "VersionId": f"{key}1"} for key in KEYS],
                "DeleteMarkers": [{"Key": "a\x01", "VersionId": "1"}],
                "Uploads": [{"Key": "half", "UploadId": "1"}],
            }
        ]
    )
    fails: list[dict[str, Any]] = field(default_factory=list)
    gone: bool = False
    said: list[str] = field(default_factory=list)
    most_ahead: int = 0
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    exceptions: Any = None

    def __post_init__(self) -> None:
        self.exceptions = type("Exceptions", (), {"NoSuchUpload": KeyError})

    def get_paginator(self, operation: str) -> Any:
        def paginate(**arguments: Any) -> Iterator[dict[str, Any]]:
            self.calls.append((operation, arguments))
            for number, page in enumerate(self.pages):
                if operation == "list_object_versions":
                    self.most_ahead = max(self.most_ahead, number - len(self.deleted))
                yield page

        return type("Paginator", (), {"paginate": staticmethod(paginate)})

    def delete_objects(self, **arguments: Any) -> dict[str, Any]:
        self.calls.append(("delete_objects", arguments))
        if self.fails:
            return {"Errors": [self.fails.pop()]}
        codes = self.answers[min(len(self.deleted), len(self.answers)) - 1]
        asked = arguments["Delete"]["Objects"]
        failed = [{**one, "Code": codes[one["Key"]], "Message": "x"} for one in asked if one["Key"] in codes]
        return {"Errors": failed} if failed else {}

    def delete_object(self, **arguments: Any) -> None:
        self.calls.append(("delete_object", arguments))

    def abort_multipart_upload(self, **arguments: Any) -> None:
        self.calls.append(("abort_multipart_upload", arguments))
        if self.gone:
            raise self.exceptions.NoSuchUpload

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
        empty(Bucket(s3, "awsqa-1--flights", OWNER), self.said.append, pause)


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


def test_the_calls_of_a_whole_emptying() -> None:
    """A key that no XML can name goes by a call of its own, the version named; uploads are aborted."""
    script = Script([{}])
    script.emptied()
    whose = {"Bucket": "awsqa-1--flights", "ExpectedBucketOwner": OWNER}
    objects = [{"Key": key, "VersionId": f"{key}1"} for key in KEYS]
    assert sorted(script.calls, key=repr) == sorted(
        [
            ("list_object_versions", whose),
            ("list_multipart_uploads", whose),
            ("delete_object", {**whose, "Key": "a\x01", "VersionId": "1"}),
            ("delete_objects", {**whose, "Delete": {"Objects": objects, "Quiet": True}}),
            ("abort_multipart_upload", {**whose, "Key": "half", "UploadId": "1"}),
        ],
        key=repr,
    )


def test_an_empty_bucket_takes_no_delete() -> None:
    script = Script([{}], pages=[{}])
    script.emptied()
    assert {name for name, _ in script.calls} == {"list_object_versions", "list_multipart_uploads"}


def test_a_page_of_unsayable_keys_alone_takes_no_bulk_delete() -> None:
    script = Script([{}], pages=[{"DeleteMarkers": [{"Key": "a\x01", "VersionId": "1"}]}])
    script.emptied()
    assert script.deleted == []


def test_an_upload_that_went_meanwhile_is_as_good() -> None:
    script = Script([{}], gone=True)
    script.emptied()
    assert "abort_multipart_upload" in {name for name, _ in script.calls}


def full(pages: int, size: int) -> list[dict[str, Any]]:
    return [
        {"Versions": [{"Key": f"{page}/{number}", "VersionId": "1"} for number in range(size)]}
        for page in range(pages)
    ]


def test_progress_is_told_every_ten_thousand_objects() -> None:
    script = Script([{}], pages=full(23, 1000))
    script.emptied()
    assert script.said == [
        f"emptying awsqa-1--flights: {count} objects removed" for count in ("10,000", "20,000")
    ]


def test_what_stays_is_no_progress() -> None:
    """Counted as removed is what went: of 10,100 a hundred stay, one a page."""
    script = Script([{f"{page}/0": "AccessDenied" for page in range(101)}], pages=full(101, 100))
    with pytest.raises(Refused, match="AccessDenied: 101 objects stay, such as 0/0: x"):
        script.emptied()
    assert script.said == []


def test_a_bounded_number_of_pages_is_listed_ahead() -> None:
    """A bucket of any size takes the memory of some pages."""
    script = Script([{}], pages=full(60, 1))
    script.emptied()
    assert script.most_ahead <= WAITING + CALLS + 1
    assert len(script.deleted) == 60


@pytest.mark.parametrize(
    ("answer", "words", "kind"),
    [
        ({"Key": "a", "Code": "AccessDenied", "Message": "x"},
         "AccessDenied: 1 objects stay, such as a: x", Refused),
        ({}, "Unknown: 1 objects stay, such as : no further details", CloudError),
    ],
)  # fmt: skip
def test_a_failure_is_told_with_its_code_and_where(answer: Any, words: str, kind: type[CloudError]) -> None:
    script = Script([{}], fails=[answer])
    with pytest.raises(CloudError) as told:
        script.emptied()
    assert str(told.value) == f"DeleteObjects awsqa-1--flights: {words}"
    assert (type(told.value), told.value.status, told.value.request_id) == (kind, 200, "")


def test_of_two_versions_of_a_key_the_one_that_failed_is_tried_again() -> None:
    """And a key that is answered without a version is tried again in all of them."""
    versions = [{"Key": "a", "VersionId": number} for number in "12"] + [{"Key": "b", "VersionId": "1"}]
    for failed, again in (
        ({"Key": "a", "VersionId": "2", "Code": "SlowDown"}, versions[1:2]),
        ({"Key": "a", "Code": "SlowDown"}, versions[:2]),
    ):
        script = Script([{}], pages=[{"Versions": versions}], fails=[failed])
        script.emptied()
        sent = [
            arguments["Delete"]["Objects"] for name, arguments in script.calls if name == "delete_objects"
        ]
        assert sent == [versions, again]


def test_the_pauses_double_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "uniform", lambda least, most: most if least == 0.5 else 0)
    script = Script([{"c": "SlowDown"}])
    with pytest.raises(CloudError):
        script.emptied()
    assert script.pauses == [1, 2, 4, 8, 16, 20]
