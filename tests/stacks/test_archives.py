from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest

from stacks import archives


def test_an_archive_is_named_after_its_content_and_told_as_lambda_tells_it(tmp_path: Path) -> None:
    made = archives.write(tmp_path, "flights", b"code")
    digest = hashlib.sha256(b"code")
    assert made.path == tmp_path / ".mayfly" / "functions" / f"{digest.hexdigest()[:12]}-flights.zip"
    assert made.path.read_bytes() == b"code"
    assert base64.b64decode(made.source_hash) == digest.digest()


def test_one_that_is_there_is_not_written_again(tmp_path: Path) -> None:
    first = archives.write(tmp_path, "flights", b"code").path.stat()
    again = archives.write(tmp_path, "flights", b"code").path.stat()
    assert (again.st_ino, again.st_mtime_ns) == (first.st_ino, first.st_mtime_ns)


def test_one_that_cannot_be_written_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, target: Path) -> Path:
        raise OSError("no space left")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="no space"):
        archives.write(tmp_path, "flights", b"code")
    assert list((tmp_path / archives.FOLDER).iterdir()) == []
