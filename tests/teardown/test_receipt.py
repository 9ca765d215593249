"""Receipts and stacks: what is complete, what is written, and what a state's claims come to."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mayfly.clouds.thing import Thing
from mayfly.errors import MayflyError
from mayfly.teardown.receipt import Grants, Receipt, Remaining, Reservation, kept, parse, reserved, without
from mayfly.teardown.schema import schema
from mayfly.teardown.stack import CLAIMED, Claim, Record, claims, drop
from tests.support.receipts import SCHEMA, wrong
from tests.teardown.world import FakeStack, fails

STARTED = datetime(2026, 1, 2, 3, 4, 5, 678, UTC)
NONE = Grants(scopes=("lake",), principals=(), by_principal=0, by_description=0)


def receipt(**more: Any) -> Receipt:
    given: dict[str, Any] = {
        "environment": "qa-7",
        "started": STARTED,
        "ended": STARTED + timedelta(seconds=61.26),
        "known_from": ("tags",),
        "was": (),
        "gone": (),
        "remains": (),
        "production_grants": NONE,
        "stack_removed": True,
    }
    return Receipt(**{**given, **more})


@pytest.mark.parametrize(
    ("by_principal", "by_description", "given", "none"),
    [(0, 0, True, True), (1, 0, True, False), (0, 1, True, False), (None, 0, True, False),
     (0, None, True, False), (None, None, False, True), (None, 1, False, False), (1, 1, False, False)],
)  # fmt: skip
def test_production_is_free_of_grants_where_that_was_seen(
    by_principal: int | None, by_description: int | None, given: bool, none: bool
) -> None:
    """What was not seen counts where environments are given any."""
    found = NONE.model_copy(
        update={"by_principal": by_principal, "by_description": by_description, "given": given}
    )
    assert found.none is none
    assert receipt(production_grants=found).complete is none


def test_grants_are_given_unless_that_is_said() -> None:
    assert NONE.given


def test_a_receipt_is_written_for_people_under_a_name_of_its_own(tmp_path: Path) -> None:
    path = receipt().write(tmp_path / "of" / "mine")
    assert path == tmp_path / "of" / "mine" / "qa-7-20260102T030506.260678Z.json"
    text = path.read_text()
    assert text.startswith('{\n  "schema_version": 1,\n  "environment": "qa-7",')
    assert text.endswith("}\n")
    assert json.loads(text)["seconds"] == 61.3
    assert receipt().write(path.parent) == path


def test_a_receipt_says_where_the_environment_came_from() -> None:
    found = receipt().of({"mayfly-repository": "https://git.example/a", "mayfly-workload-commit": "c0ffee"})
    assert (found.repository, found.commit) == ("https://git.example/a", None)
    assert (found.workload_repository, found.workload_commit) == (None, "c0ffee")


def test_what_is_gone_is_what_was_and_does_not_remain() -> None:
    """Azure's ids are one in any case, ARNs are not."""
    was = tuple(Thing(id=id, type="t") for id in ("/a/B", "/a/c", "arn:x:Y", "arn:x:z"))
    left = tuple(Remaining(thing=Thing(id=id, type="t"), why="w") for id in ("/A/b", "arn:X:Y", "arn:x:z"))
    assert [thing.id for thing in without(was, left)] == ["/a/c", "arn:x:Y"]


OLDER = sorted((Path(__file__).parent / "receipts").glob("*.json"))
"""Receipts as older versions wrote them: the first one, and one of each cloud before names were in them."""


def test_the_published_schema_is_that_of_the_model() -> None:
    assert SCHEMA.read_text() == schema(), "python -m mayfly.teardown.schema > docs/receipt.schema.json"


def test_the_schema_says_what_each_field_means() -> None:
    document = json.loads(schema())
    plain = {"schema_version", "environment", "started", "thing", "name"}
    for part in (document, *document["$defs"].values()):
        assert {name for name, field in part["properties"].items() if not field.get("description")} <= plain


@pytest.mark.parametrize("path", OLDER, ids=lambda path: path.name)
def test_old_receipts_keep_loading_and_hold_the_schema(path: Path) -> None:
    before = json.loads(path.read_text())
    receipt = parse(path.read_text())
    now = json.loads(receipt.model_dump_json())
    assert {name: now[name] for name in before if name != "production_grants"} == {
        name: value for name, value in before.items() if name != "production_grants"
    }
    assert wrong(path.read_text()) == wrong(receipt.model_dump_json()) == []


def test_receipts_of_all_ages_are_there() -> None:
    assert len(OLDER) == 3


@pytest.mark.parametrize(
    ("field", "value", "where"),
    [("schema_version", 2, "$.schema_version"), ("environment", None, "$.environment"),
     ("seconds", "1", "$.seconds"), ("known_from", ["luck"], "$.known_from[0]"), ("more", 1, "$")],
)  # fmt: skip
def test_the_schema_refuses_what_is_no_receipt(field: str, value: object, where: str) -> None:
    document = {**json.loads(receipt().model_dump_json()), field: value}
    assert [problem.partition(": ")[0] for problem in wrong(json.dumps(document))] == [where]


@pytest.mark.parametrize("text", ["", "[]", "null", "{}", '{"schema_version": 2}', "\0", "[" * 9999])
def test_what_is_no_receipt_is_told(text: str) -> None:
    with pytest.raises(MayflyError, match="no receipt: "):
        parse(text)


def test_names_reserved_after_deletion_have_their_dates() -> None:
    rules = {
        "microsoft.storage/storageaccounts": Reservation(14, "kept"),
        "aws::s3::bucket": Reservation(None, "queued"),
    }
    gone = [
        Thing(
            id="/subscriptions/x/providers/Microsoft.Storage/storageAccounts/qa7",
            type="microsoft.Storage/storageAccounts",
        ),
        Thing(id="arn:aws:s3:::mf--qa-7--flights", type="AWS::S3::Bucket"),
        Thing(id="/subscriptions/x/resourceGroups/qa-7", type="Microsoft.Resources/resourceGroups"),
    ]
    found = reserved(gone, rules, STARTED)
    assert [(name.name, name.until, name.why) for name in found] == [
        ("qa7", STARTED + timedelta(days=14), "kept"),
        ("mf--qa-7--flights", None, "queued"),
    ]


def test_kept_receipts_are_read_oldest_first_and_of_the_one_environment(tmp_path: Path) -> None:
    """A name that another begins with: `qa-7` is not `qa-7-b`."""
    for days, environment in ((2, "qa-7"), (1, "qa-7"), (3, "qa-7-b")):
        ended = STARTED + timedelta(days=days)
        receipt(environment=environment, ended=ended).write(tmp_path)
    (tmp_path / "qa-7-x.json").write_text("{")
    (tmp_path / "qa-7.begun").touch()
    found = kept(tmp_path, "qa-7")
    assert [each.ended.day for each in found.found] == [3, 4]
    assert [path.name for path, _ in found.unread] == ["qa-7-x.json"]
    assert [each.environment for each in kept(tmp_path).found] == ["qa-7", "qa-7", "qa-7-b"]
    assert kept(tmp_path / "none").found == ()


def resource(type: str, id: object = "i", **more: object) -> dict[str, Any]:
    return {"type": type, "urn": f"urn:pulumi:qa-7::p::{type}::the-name", "custom": True, "id": id, **more}


@pytest.mark.parametrize("field", ["started", "ended"])
def test_a_receipt_with_a_time_of_no_zone_hides_no_other(tmp_path: Path, field: str) -> None:
    """Such times do not compare with others."""
    receipt().write(tmp_path)
    planted = {**receipt().model_dump(mode="json"), field: "2026-01-02T03:04:05"}
    (tmp_path / "qa-7-planted.json").write_text(json.dumps(planted))
    found = kept(tmp_path, "qa-7")
    assert found.found == (receipt(),)
    assert found.unread[0][1].startswith(f"no receipt: {field}: ")


def test_what_is_no_file_or_a_huge_one_is_told_and_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "qa-7-pipe.json")
    (tmp_path / "qa-7-zero.json").symlink_to("/dev/zero")
    with (tmp_path / "qa-7-huge.json").open("wb") as huge:
        huge.truncate(1 << 30)
    told = {path.stem: why for path, why in kept(tmp_path).unread}
    assert told == {
        "qa-7-huge": "no receipt: it holds more than 33,554,432 bytes",
        "qa-7-pipe": "no receipt: it is no file",
        "qa-7-zero": "no receipt: it is no file",
    }


def test_the_claims_of_a_state_are_what_a_provider_made() -> None:
    state = {
        "deployment": {
            "resources": [
                resource("aws:s3/bucket:Bucket", "bucket"),
                resource("aws:s3/bucket:Bucket", None),
                resource("aws:s3/bucket:Bucket", "read", external=True),
                resource("mayfly:aws:Component", custom=False),
                resource("pulumi:providers:aws"),
                resource("pulumi:pulumi:Stack"),
            ]
        }
    }
    assert claims(state) == (
        Claim("aws:s3/bucket:Bucket", "bucket", "the-name"),
        Claim("aws:s3/bucket:Bucket", "", "the-name"),
    )


@pytest.mark.parametrize(
    "state", [{"deployment": None}, {"deployment": {}}, {"deployment": {"resources": None}}]
)
def test_a_state_of_nothing_claims_nothing(state: object) -> None:
    assert claims(state) == ()


@pytest.mark.parametrize(
    ("state", "error"),
    [(None, "TypeError"), ({}, "KeyError('deployment')"), ({"deployment": [1]}, "AttributeError"),
     ({"deployment": {"resources": [{"urn": "u"}]}}, "KeyError('type')")],
)  # fmt: skip
def test_what_is_no_state_is_told(state: object, error: str) -> None:
    with pytest.raises(MayflyError) as told:
        claims(state)
    assert str(told.value).startswith(f"the state is none that Pulumi writes: {error}")


HINT = (
    "`pulumi destroy --stack qa-7`, run by the state's author, removes that; `mayfly down qa-7 --forget` "
    "drops the record"
)
STACK = Thing(id="qa-7", type="pulumi:pulumi:Stack")
OWN, MORE = Claim("t", "own", "one"), Claim("t", "", "more")
TOLD = Remaining(thing=Thing(id="more", type="t", detail="more"), why=CLAIMED)


def dropped(stack: FakeStack, forget: bool = False) -> Record:
    return drop(stack, "qa-7", lambda claim: claim == OWN, forget)


def test_what_becomes_of_the_stack() -> None:
    assert dropped(FakeStack()) == Record()
    assert dropped(FakeStack(), forget=True) == Record()
    assert dropped(FakeStack(state=(OWN,))) == Record(removed=True)
    named = Remaining(thing=STACK, why=f"its state names what is not the environment's. {HINT}")
    stack = FakeStack(state=(OWN, MORE))
    assert dropped(stack) == Record(remains=(TOLD, named))
    assert not stack.removed
    assert dropped(stack, forget=True) == Record(removed=True, forgotten=(TOLD.thing,))
    assert stack.removed


def test_what_becomes_of_a_stack_that_cannot_be_read_or_removed() -> None:
    unread = Remaining(thing=STACK, why=f"its state cannot be read: locked. {HINT}")
    assert dropped(FakeStack(state=(OWN,), reads=fails("locked"))) == Record(remains=(unread,))
    assert dropped(FakeStack(state=(OWN,), reads=fails("locked")), forget=True) == Record(removed=True)
    away = Remaining(thing=STACK, why="the backend is away")
    assert dropped(FakeStack(state=(OWN,), removes=fails("the backend is away"))) == Record(remains=(away,))
