"""Fetches the official Pulumi CLI of a version: `fetch.py VERSION FOLDER` puts its programs into FOLDER/bin.

Nothing of an archive is unpacked, let alone run, unless its SHA-256 is the one that `archives.txt` has for
this platform. They are those of Pulumi's own Homebrew formula (pulumi/homebrew-tap, `Formula/pulumi.rb`).
"""

from __future__ import annotations

import hashlib
import io
import platform
import shutil
import sys
import tarfile
import tempfile
from pathlib import Path

import requests

RELEASES = "https://github.com/pulumi/pulumi/releases/download"
ARCHIVES = Path(__file__).with_name("archives.txt")
MACHINES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}
CONNECT_SECONDS, READ_SECONDS = 10, 60
LARGEST = 1 << 30
"""Bytes of an archive; it has 200 MB."""


class NotFetched(Exception):
    """There is no archive that could be used; the message says why."""


def name(version: str) -> str:
    """The archive of this platform."""
    machine = platform.machine().lower()
    return f"pulumi-v{version}-{platform.system().lower()}-{MACHINES.get(machine, machine)}.tar.gz"


def pinned(archive: str, archives: Path = ARCHIVES) -> str:
    """The SHA-256 that an archive must have. Raises NotFetched for one of which none is known."""
    known = dict(reversed(line.split()) for line in archives.read_text().splitlines())
    if archive not in known:
        raise NotFetched(f"no SHA-256 is known of {archive}")
    return known[archive]


def fetch(url: str, sha256: str, folder: Path) -> None:
    """Unpack an archive's programs into folder/bin. Raises NotFetched; then there is no folder."""
    content = _download(url)
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise NotFetched(f"{url} is not what was published: its SHA-256 is {found}, and {sha256} is pinned")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as draft:
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            archive.extractall(draft, filter="data")
        made = Path(draft) / "made"
        made.mkdir()
        (Path(draft) / "pulumi").rename(made / "bin")
        shutil.rmtree(folder, ignore_errors=True)
        made.rename(folder)


def _download(url: str) -> bytes:
    content = bytearray()
    try:
        with requests.get(url, stream=True, timeout=(CONNECT_SECONDS, READ_SECONDS)) as answer:
            answer.raise_for_status()
            for part in answer.iter_content(1 << 20):
                content += part
                if len(content) > LARGEST:
                    raise NotFetched(f"{url} has more than {LARGEST} bytes")
    except requests.RequestException as error:
        why = error if isinstance(error, requests.HTTPError) else type(error).__name__
        raise NotFetched(f"{url} cannot be had: {why}") from None
    return bytes(content)


def main(version: str, folder: str) -> None:
    """Fetch it, or say why not and fail."""
    try:
        archive = name(version)
        fetch(f"{RELEASES}/v{version}/{archive}", pinned(archive), Path(folder))
    except NotFetched as error:
        sys.exit(f"setup: {error}")


if __name__ == "__main__":
    main(*sys.argv[1:])
