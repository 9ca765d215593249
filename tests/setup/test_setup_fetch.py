"""The official Pulumi CLI is taken from the net only if it is the one that was published."""

from __future__ import annotations

import hashlib
import io
import re
import tarfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.support import scripts

ROOT = Path(__file__).resolve().parents[2]
VERSION = re.findall(r"^PULUMI_VERSION=(.*)$", (ROOT / "scripts/setup").read_text(), re.MULTILINE)[0]


fetch = scripts.load("scripts/pulumi-cli/fetch.py")


def _archive() -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for program in ("pulumi", "pulumi-language-python"):
            text = f"#!/bin/sh\necho {program}\n".encode()
            entry = tarfile.TarInfo(f"pulumi/{program}")
            entry.size, entry.mode = len(text), 0o755
            archive.addfile(entry, io.BytesIO(text))
    return made.getvalue()


ARCHIVE = _archive()
SHA256 = hashlib.sha256(ARCHIVE).hexdigest()


@pytest.fixture
def url() -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = ARCHIVE if self.path == "/archive" else b"gone"
            self.send_response(200 if self.path == "/archive" else 404)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_what_was_published_is_unpacked(url: str, tmp_path: Path) -> None:
    fetch.fetch(f"{url}/archive", SHA256, tmp_path / "cache/pulumi")
    programs = sorted((tmp_path / "cache/pulumi/bin").iterdir())
    assert [program.name for program in programs] == ["pulumi", "pulumi-language-python"]
    assert all(program.stat().st_mode & 0o111 for program in programs)
    assert [*(tmp_path / "cache").iterdir()] == [tmp_path / "cache/pulumi"]


def test_what_is_something_else_is_not_unpacked(url: str, tmp_path: Path) -> None:
    """The control is the test above: the same archive, whose hash is the one that is pinned."""
    with pytest.raises(fetch.NotFetched, match=f"its SHA-256 is {SHA256}, and {'0' * 64} is pinned"):
        fetch.fetch(f"{url}/archive", "0" * 64, tmp_path / "pulumi")
    assert not [*tmp_path.iterdir()]


def test_what_cannot_be_had_is_told(url: str, tmp_path: Path) -> None:
    with pytest.raises(fetch.NotFetched, match=r"cannot be had.*404"):
        fetch.fetch(f"{url}/elsewhere", SHA256, tmp_path / "pulumi")
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("system", ["Linux", "Darwin"])
@pytest.mark.parametrize("machine", ["x86_64", "aarch64", "arm64"])
def test_every_platform_has_its_hash(monkeypatch: pytest.MonkeyPatch, system: str, machine: str) -> None:
    monkeypatch.setattr("platform.system", lambda: system)
    monkeypatch.setattr("platform.machine", lambda: machine)
    assert re.fullmatch("[0-9a-f]{64}", fetch.pinned(fetch.name(VERSION)))


def test_of_another_platform_or_version_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(fetch.NotFetched, match="no SHA-256 is known"):
        fetch.pinned(fetch.name("3.0.0"))
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    with pytest.raises(fetch.NotFetched, match="riscv64"):
        fetch.pinned(fetch.name(VERSION))


def test_set_up_runs_no_download_that_is_not_held_against_a_hash() -> None:
    text = (ROOT / "scripts/setup").read_text()
    assert not re.search(r"curl|wget|PulumiCommand|get\.pulumi\.com", text)
    for install in re.findall(r"pip install .*|pip sync .*", text):
        assert "--require-hashes" in install or "--no-deps --no-build-isolation --editable ." in install
