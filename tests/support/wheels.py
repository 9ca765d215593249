"""An index of packages in a folder, which uv is told of by its own variables: nothing is fetched."""

from __future__ import annotations

import base64
import hashlib
import io
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

ANY = "py3-none-any"


class Wheels:
    """A folder of wheels and source distributions that uv takes for its index."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder / "index"
        self.folder.mkdir()
        self.environ = {
            "XDG_CACHE_HOME": str(folder / "cache"),
            "UV_CACHE_DIR": str(folder / "uv"),
            "UV_FIND_LINKS": str(self.folder),
            "UV_OFFLINE": "1",
        }
        for name, value in self.environ.items():
            monkeypatch.setenv(name, value)

    def wheel(
        self,
        name: str,
        files: Mapping[str, bytes] | None = None,
        version: str = "1.0",
        tag: str = ANY,
        needs: str = "",
        scripts: str = "",
    ) -> str:
        """Make one, and return its hash as a lock has it. needs: another package. scripts: entry points."""
        info = f"{name}-{version}.dist-info"
        meta = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        content = {
            **(files if files is not None else {f"{name}/__init__.py": b"VALUE = 1\n"}),
            f"{info}/METADATA": (meta + (f"Requires-Dist: {needs}\n" if needs else "")).encode(),
            f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n".encode(),
        }
        if scripts:
            content[f"{info}/entry_points.txt"] = f"[console_scripts]\n{scripts}\n".encode()
        rows = [f"{path},{_record_hash(data)},{len(data)}\n" for path, data in content.items()]
        content[f"{info}/RECORD"] = "".join([*rows, f"{info}/RECORD,,\n"]).encode()
        path = self.folder / f"{name}-{version}-{tag}.whl"
        with zipfile.ZipFile(path, "w") as archive:
            for file, data in content.items():
                archive.writestr(file, data)
        return f"--hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"

    def source(self, name: str, setup: str, version: str = "1.0") -> None:
        """Make a source distribution with a setup.py."""
        files = {"setup.py": setup, "PKG-INFO": f"Metadata-Version: 1.0\nName: {name}\nVersion: {version}\n"}
        with tarfile.open(self.folder / f"{name}-{version}.tar.gz", "w:gz") as archive:
            for file, text in files.items():
                entry = tarfile.TarInfo(f"{name}-{version}/{file}")
                entry.size = len(text.encode())
                archive.addfile(entry, io.BytesIO(text.encode()))


def _record_hash(data: bytes) -> str:
    found = base64.urlsafe_b64encode(hashlib.sha256(data).digest())
    return f"sha256={found.decode().rstrip('=')}"
