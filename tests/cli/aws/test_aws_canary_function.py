"""What runs in the function: it tells what each call got, and takes back what should not have succeeded."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from mayfly.proof.aws import canary_function
from mayfly.proof.aws.canary_function import SKIPPED, handler


class Answers:
    """A client: operation → what it answers, or the code that it is refused with. Notes what was asked."""

    def __init__(self, **answers: dict[str, Any] | str) -> None:
        self.answers = answers
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, operation: str) -> Any:
        def call(**arguments: Any) -> dict[str, Any]:
            self.asked.append((operation, arguments))
            answer = self.answers[operation]
            if isinstance(answer, str):
                said = {
                    "Error": {"Code": answer, "Message": "no"},
                    "ResponseMetadata": {"HTTPStatusCode": 403},
                }
                raise ClientError(said, operation)  # type: ignore[arg-type]
            return answer

        return call


def tried(monkeypatch: pytest.MonkeyPatch, client: Answers, **probe: Any) -> dict[str, Any]:
    monkeypatch.setattr(canary_function, "clients", {"s3": client})
    document = {"name": "x", "service": "s3", "arguments": {}, "undo": [], "only_if_filled": None, **probe}
    return handler({"probes": [document]}, None)["x"]


def test_a_refusal_is_told_with_its_code(monkeypatch: pytest.MonkeyPatch) -> None:
    got = tried(monkeypatch, Answers(put_object="AccessDenied"), operation="put_object")
    assert (got["status"], got["code"]) == (403, "AccessDenied")


def test_success_is_no_code_and_is_undone_to_the_very_version(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Answers(put_object={"VersionId": "7"}, delete_object={})
    undo = {
        "service": "s3",
        "operation": "delete_object",
        "arguments": {"Key": "k"},
        "take": {"VersionId": "VersionId"},
    }
    assert tried(monkeypatch, client, operation="put_object", undo=[undo])["code"] == ""
    assert client.asked[-1] == ("delete_object", {"Key": "k", "VersionId": "7"})


def test_what_cannot_be_undone_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    undo = {
        "service": "s3",
        "operation": "delete_object",
        "arguments": {},
        "take": {"VersionId": "Deleted.0.Id"},
    }
    got = tried(
        monkeypatch, Answers(put_object={}, delete_object="AccessDenied"), operation="put_object", undo=[undo]
    )
    assert got["code"] == ""
    assert got["message"].startswith("could not be undone")


def test_an_error_for_each_key_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = {"Errors": [{"Key": "k", "Code": "AccessDenied"}]}
    assert (
        tried(monkeypatch, Answers(delete_objects=answer), operation="delete_objects")["code"]
        == "AccessDenied"
    )


@pytest.mark.parametrize("listing", [{"KeyCount": 0}, "AccessDenied"])
def test_a_bucket_that_shows_nothing_is_not_deleted(
    listing: dict[str, Any] | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Answers(list_objects_v2=listing, delete_bucket={})
    got = tried(monkeypatch, client, operation="delete_bucket", only_if_filled={"Bucket": "b"})
    assert got["code"] == SKIPPED
    assert [operation for operation, _ in client.asked] == ["list_objects_v2"]
