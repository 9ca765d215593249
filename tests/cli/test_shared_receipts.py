"""Receipts beside the states: kept after a teardown, shown to whoever lacks them, and no more than claims."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from mayfly.cli.app import main
from mayfly.engine import receipts
from mayfly.engine.receipts import GIVE_UP, SharedReceipts
from mayfly.teardown.receipt import LARGEST
from tests.support.shared_bucket import SAYS_NOT, URL, Bucket
from tests.teardown.test_receipt import STARTED, receipt

FOLDER = ".mayfly/receipts/mayfly/"


def plant(bucket: Bucket, name: str, content: str) -> None:
    bucket.objects[FOLDER + name] = content.encode()


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Bucket:
    """The backend of a project, in whose folder no receipt is."""
    found = Bucket()
    (tmp_path / "Pulumi.yaml").write_text("name: mayfly\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PULUMI_BACKEND_URL", URL)
    monkeypatch.setattr(receipts, "open_backend", lambda _environ: found)
    return found


def keep(bucket: Bucket, environment: str, hours: int = 0) -> str:
    """A receipt in the bucket; its name."""
    made = receipt(environment=environment, ended=STARTED + timedelta(hours=1 + hours))
    plant(bucket, made.name, made.model_dump_json())
    return made.name


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(("receipt", "show", *arguments))
    assert isinstance(ended.value.code, int)
    return ended.value.code


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[tuple[str, float]]:
    """The environments of the receipts that are shown, with the hours that their teardowns took."""
    assert run(*arguments, "--json") == 0
    found = json.loads(capsys.readouterr().out)["receipts"]
    return [(each["environment"], each["seconds"] / 3600) for each in found]


def test_a_receipt_is_copied_beside_the_states_and_shown_from_there(
    bucket: Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = receipt().write(tmp_path / "elsewhere")
    shared = SharedReceipts("mayfly", {"PULUMI_BACKEND_URL": URL})
    assert shared.keep(path) == f"s3://state/team/{FOLDER}{path.name}"
    assert (bucket.objects, shared.note) == ({FOLDER + path.name: path.read_bytes()}, "")
    assert run("qa-7") == 0
    told = capsys.readouterr()
    assert told.out.startswith("there was nothing of qa-7") or "qa-7 is gone" in told.out
    assert (
        f"1 from s3://state/team/{FOLDER}: whoever may write to the backend may write a receipt" in told.err
    )


def test_the_latest_of_each_or_all(
    bucket: Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the folder has is not read again, and of others' projects and environments nothing."""
    for environment, hours in (("qa-7", 0), ("qa-7", 2), ("qa-7", 1), ("qa-7-1", 5), ("qa-8", 0)):
        keep(bucket, environment, hours)
    bucket.objects["team/.mayfly/receipts/other/qa-9-20260102T030405.000000Z.json"] = b"{}"
    here = receipt(environment="qa-8", ended=STARTED + timedelta(hours=1)).write(tmp_path / "receipts")
    assert sorted(shown(capsys)) == [("qa-7", 3), ("qa-7-1", 6), ("qa-8", 1)]
    assert FOLDER + here.name not in bucket.tried
    assert len(bucket.tried) == 1 + 2, "a list, and the latest of two"
    assert shown(capsys, "qa-7") == [("qa-7", 3)]
    assert shown(capsys, "qa-7", "--all") == [("qa-7", 1), ("qa-7", 2), ("qa-7", 3)]


def test_a_planted_object_hides_no_receipt(
    bucket: Bucket, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """None of them ends up in a folder, and each that has a receipt's name is told."""
    other, later = keep(bucket, "qa-8"), "20990101T000000.000000Z.json"
    keep(bucket, "qa-7")
    plant(bucket, f"qa-7-{later}", "{}")
    plant(bucket, f"qa-8-{later}", bucket.objects[FOLDER + other].decode())
    plant(bucket, "qa-7-20980101T000000.000000Z.json", "\x80")
    bucket.objects[f"{FOLDER}qa-7-20970101T000000.000000Z.json"] = b"\xff" * 9
    for name in (
        "../../Pulumi.yaml",
        f"../qa-7-{later}",
        "qa-7-x.json",
        f"QA-7-{later}",
        f"qa-7-{later}.part",
        "",
    ):
        plant(bucket, name, "{}")
    assert run("--json") == 0
    told = capsys.readouterr()
    assert {each["environment"] for each in json.loads(told.out)["receipts"]} == {"qa-7", "qa-8"}
    assert f"qa-8-{later}: no receipt: it says that it is {other}" in told.err
    assert [line.count(": ") > 0 for line in told.err.splitlines() if "s3://" in line] == [True] * 5
    assert [path.name for path in tmp_path.iterdir()] == ["Pulumi.yaml"]


def test_an_object_of_any_size_is_not_read(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    large = f"qa-7-{'2' * 8}T{'0' * 6}.{'0' * 6}Z.json"
    honest = keep(bucket, "qa-7")
    sizes = [(FOLDER + large, LARGEST + 1), (FOLDER + honest, 9)]
    monkeypatch.setattr(bucket, "keys", lambda prefix: iter(sizes))
    assert run("qa-7") == 0
    assert f"{large}: no receipt: it holds more than {LARGEST:,} bytes" in capsys.readouterr().err
    assert bucket.tried == [FOLDER + honest]


def test_a_backend_that_is_away_hides_no_receipt_of_the_folder(
    bucket: Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bucket.away = True
    receipt().write(tmp_path / "receipts")
    assert run("qa-7") == 0
    assert f"s3://state/team/{FOLDER} could not be read: {SAYS_NOT}" in capsys.readouterr().err
    assert run("qa-8") == 2
    assert "did you mean 'qa-7'?" in capsys.readouterr().err


def test_what_neither_has_is_told_with_what_they_have(
    bucket: Bucket, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(bucket, "qa-17")
    assert run("qa-71") == 2
    told = capsys.readouterr().err
    assert f"has no receipt of it, nor s3://state/team/{FOLDER}" in told
    assert "qa-17" in told


def test_a_receipt_that_cannot_be_copied_is_a_note(bucket: Bucket, tmp_path: Path) -> None:
    """And of a sweep's many no more than a few are tried."""
    shared = SharedReceipts("mayfly", {"PULUMI_BACKEND_URL": URL})
    bucket.away = True
    path = receipt().write(tmp_path)
    assert shared.keep(path) == ""
    assert shared.note == f"the receipt is kept in the project's folder alone: {SAYS_NOT}"
    for _ in range(8):
        shared.keep(path)
    assert shared.note == f"9 receipts are kept in the project's folder alone: {SAYS_NOT}"
    assert len(bucket.tried) == GIVE_UP


def test_a_mistake_of_ours_ends_no_teardown(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(key: str, content: bytes) -> None:
        raise RuntimeError("?sig=secret")

    monkeypatch.setattr(bucket, "put", fail)
    shared = SharedReceipts("mayfly", {"PULUMI_BACKEND_URL": URL})
    shared.keep(receipt().write(tmp_path))
    assert "RuntimeError, which is a mistake of mayfly's" in shared.note


@pytest.mark.usefixtures("bucket")
@pytest.mark.parametrize(("url", "note"), [("gs://state", "and this is gs://state\n"), ("file:///tmp/x", "")])
def test_another_backend_keeps_none_and_that_is_told_where_receipts_are_shown(
    url: str, note: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", url)
    shared = SharedReceipts("mayfly", {"PULUMI_BACKEND_URL": url})
    assert (shared.keep(receipt().write(tmp_path / "receipts")), shared.note) == ("", "")
    assert run("qa-7") == 0
    assert capsys.readouterr().err.endswith(note)
