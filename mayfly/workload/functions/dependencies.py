"""What functions import and do not hold: resolved by uv for Lambda's platform, packed once, and kept.

Nothing of a package runs here: only wheels are taken, which uv unpacks. uv runs in an empty folder of its
own, so it reads no settings of a workload, and with this Python, so it looks for none on PATH. Which index it
asks, and how it signs in there, the machine's own settings of uv say.

Packages are kept below the user's cache by what was asked for, so one that is there is resolved no more.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from mayfly import plain_files
from mayfly.errors import BadInput, NotInstalled, Problem
from mayfly.settings.git_origin import checkout
from mayfly.workload.functions.requirements import Requirements

LARGEST = 262_144_000
"""Bytes of a function and its layers, unpacked. Source: AWS Lambda, "Lambda quotas": 250 MB."""

LARGEST_UPLOAD = 50 * 1024 * 1024
"""Bytes of a .zip file that is sent in a request. Source: the same."""

LARGEST_INSIDE = 4 * 1024 * 1024
"""Bytes, unpacked, of dependencies that lie in a function's own file. Larger ones are a layer, which is sent
once for all functions, and not again when a function's own code changes."""

BELOW = "python/"
"""Where a layer has what Python imports. Source: AWS Lambda, "Packaging your layer content"."""

_PLATFORMS = {"python3.11": "x86_64-manylinux_2_17"}
"""Amazon Linux 2, with glibc 2.26; see `_PLATFORM`."""

_PLATFORM = "x86_64-manylinux_2_34"
"""Amazon Linux 2023, with glibc 2.34. Source: AWS Lambda, "Lambda runtimes"."""

_FORM = "1"
"""Of what is kept: another one is made anew."""

_SECONDS = 600
_AT_ONCE = 4
_LONGEST = 600
"""Characters of what uv says that are shown."""

_EARLIEST = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_READABLE = 0o100644 << 16
_MADE_HERE = frozenset({"INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json"})
"""What an installer adds to a package's own files, in its `.dist-info`."""


@dataclass(frozen=True)
class Part:
    """Some packages as one .zip file that a layer can be made of.

    path: of the file. digest: of what it holds, whatever packed it. size: bytes when unpacked.
    """

    path: Path
    digest: str
    size: int


@dataclass(frozen=True)
class Dependencies:
    """All packages that a function's requirements come to.

    lock: versions and hashes, as a requirements file. parts: as few as uploads allow.
    """

    lock: str
    parts: tuple[Part, ...]

    @property
    def size(self) -> int:
        """Bytes when unpacked."""
        return sum(part.size for part in self.parts)

    @property
    def is_layer(self) -> bool:
        """Whether they are too large to be inside the function's own file."""
        return self.size > LARGEST_INSIDE

    def files(self) -> dict[str, bytes]:
        """Path to content, as they lie beside a handler."""
        found = {}
        for part in self.parts:
            with zipfile.ZipFile(part.path) as archive:
                for name in archive.namelist():
                    found[name.removeprefix(BELOW)] = archive.read(name)
        return found


def resolve(
    wanted: Mapping[str, tuple[Requirements, str]], top: Path
) -> tuple[dict[str, Dependencies], list[Problem]]:
    """Return the dependencies of functions, and all that is wrong with what they ask for.

    top: the workload's folder. wanted: function → what it asks for, and its runtime, such as "python3.12".
    What two ask for alike is resolved once.
    """
    if not wanted:
        return {}, []
    if wrong := _inside(top):
        return {}, [wrong]
    keys = {name: (asked.text, runtime) for name, (asked, runtime) in wanted.items()}
    each = {keys[name]: one for name, one in wanted.items()}
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        tried = dict(zip(each, pool.map(_tried, each.values()), strict=True))
    found = {name: made for name, key in keys.items() if isinstance(made := tried[key], Dependencies)}
    return found, [one for made in tried.values() if isinstance(made, list) for one in made]


def _tried(one: tuple[Requirements, str]) -> Dependencies | list[Problem]:
    try:
        return bring(*one)
    except BadInput as error:
        return [*error.problems]


def bring(asked: Requirements, runtime: str) -> Dependencies:
    """Return what requirements come to for a runtime: from the cache, or by uv. Raises BadInput."""
    platform = _PLATFORMS.get(runtime, _PLATFORM)
    key = hashlib.sha256(f"{_FORM} {platform} {runtime}\n{asked.text}".encode()).hexdigest()[:32]
    home = _cache() / key
    if not (home / "packed.json").is_file():
        _make(asked, runtime.removeprefix("python"), platform, home)
    kept = json.loads((home / "packed.json").read_text())
    parts = (
        Part(home / f"{number}.zip", part["digest"], part["size"])
        for number, part in enumerate(kept["parts"], 1)
    )
    return Dependencies(kept["lock"], tuple(parts))


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if Path(base).is_absolute() else Path.home() / ".cache") / "mayfly" / "packages"


def _inside(top: Path) -> Problem | None:
    """That the cache lies in the workload's checkout: whoever wrote that could have filled it."""
    cache, theirs = _cache(), (checkout(top.resolve()) or top.resolve())
    if not cache.resolve().is_relative_to(theirs):
        return None
    fix = "a folder outside of it, which nobody else writes"
    return Problem("XDG_CACHE_HOME", f"puts {cache} into the workload's checkout {theirs}", fix)


def _make(asked: Requirements, version: str, platform: str, home: Path) -> None:
    """Resolve, fetch and pack into a folder, which is there whole or not at all."""
    home.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.parent, prefix=".packing-") as folder:
        uv = _Uv(Path(folder), version, platform)
        lock = asked.text if asked.is_lock else uv.lock(asked)
        site, packed = uv.install(asked, lock), Path(folder) / "packed"
        packed.mkdir()
        try:
            packages = list(_packages(site))
        except (plain_files.NotPlain, OSError, csv.Error, UnicodeDecodeError) as error:
            what = f"a package of it is not as its RECORD says: {plain_files.shown(str(error))}"
            raise BadInput([Problem(asked.file, what, "take another version of it")]) from None
        parts = []
        for number, files in enumerate(_parts(asked, packages), 1):
            _write(packed / f"{number}.zip", files)
            parts.append({"digest": _digest(files), "size": _size(files)})
        (packed / "packed.json").write_text(json.dumps({"lock": lock, "parts": parts}))
        try:
            packed.rename(home)
        except OSError:
            if not (home / "packed.json").is_file():  # Another `up` was not quicker.
                raise


class _Uv:
    """uv, for one platform. folder: empty, its own."""

    def __init__(self, folder: Path, version: str, platform: str) -> None:
        self._folder = folder
        self._version, self._platform = version, platform

    def lock(self, asked: Requirements) -> str:
        """Return versions and hashes for requirements. Raises BadInput with all that cannot be had."""
        lock = self._folder / "lock.txt"
        how = ["--generate-hashes", "--no-header", "--no-annotate", f"--output-file={lock}"]
        if said := self._said(["compile", *how], asked.text, "all"):
            raise BadInput(self._problems(asked, said, alone=[]))
        return lock.read_text()

    def install(self, asked: Requirements, lock: str) -> Path:
        """Unpack what a lock names, and return the folder. Raises BadInput with all that cannot be had."""
        site = self._folder / "site"
        how = ["--require-hashes", "--link-mode=copy", "--no-compile-bytecode", f"--target={site}", "-r"]
        if said := self._said(["install", *how], lock, "lock"):
            raise BadInput(self._problems(asked, said, alone=["--no-deps"]))
        return site

    def _problems(self, asked: Requirements, said: str, alone: Sequence[str]) -> list[Problem]:
        """Each package that cannot be had by itself; what uv said of all, where each can.

        alone: what uv is told besides when it is asked for one.
        """

        def ask(number: int) -> str | None:
            how = ["compile", *alone, f"--output-file={self._folder / f'{number}.lock'}"]
            return self._said(how, f"{asked.entries[number].line}\n", str(number))

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            answers = zip(asked.entries, pool.map(ask, range(len(asked.entries))), strict=True)
            fix = "take a version that has a wheel for Lambda, or bring it as a layer or in an image"
            each = [Problem(entry.where, f"{entry.text}: {why}", fix) for entry, why in answers if why]
        return each or [Problem(asked.file, said, "mend what is required, or write the lock anew")]

    def _said(self, command: Sequence[str], text: str, name: str) -> str | None:
        """What uv says against it; None when it is fine. text: of a requirements file, which comes last."""
        file = self._folder / f"{name}.txt"
        file.write_text(text)
        of = [f"--python-version={self._version}", f"--python-platform={self._platform}"]
        how = ["--only-binary=:all:", "--quiet", "--color=never", "--no-python-downloads"]
        verb, *options = command
        whole = [_program(), "pip", verb, f"--python={sys.executable}", *of, *how, *options, str(file)]
        try:
            ended = subprocess.run(  # noqa: S603
                whole, cwd=self._folder, capture_output=True, text=True, timeout=_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            return f"uv has not brought it in {_SECONDS} s"
        if ended.returncode == 0:
            return None
        told = " ".join("".join(c if c.isprintable() else " " for c in ended.stderr).split())
        told = told.partition(" hint: ")[0].removeprefix("error: ")[:_LONGEST]
        return f"cannot be had for Python {self._version} on {self._platform}: {told}"


def _program() -> str:
    """The path of uv, which the locks bring. Raises NotInstalled."""
    try:
        from uv import find_uv_bin
    except ImportError as error:
        raise NotInstalled("uv is missing here: ./scripts/setup brings it") from error
    return find_uv_bin()


def _packages(site: Path) -> Iterator[dict[str, bytes]]:
    """Path to content of each installed package, by its own RECORD, in the order of their names.

    Left out is what differs from machine to machine: scripts, and what the installer adds. Raises NotPlain
    for a link, which could lead to what the deployer may read, and OSError for a file that is not there.
    """
    for record in sorted(site.glob("*.dist-info/RECORD")):
        with record.open(newline="") as file:
            rows = [row for row in csv.reader(file) if row and _is_packed(Path(row[0]))]
        own = record.relative_to(site).as_posix()
        files = {row[0]: plain_files.read(site / row[0], site, LARGEST) for row in rows if row[0] != own}
        written = io.StringIO()
        csv.writer(written, lineterminator="\n").writerows(sorted(rows))
        yield {**files, own: written.getvalue().encode()}


def _is_packed(path: Path) -> bool:
    inside = not path.is_absolute() and ".." not in path.parts and path.parts[0] != "bin"
    return inside and not (path.parent.suffix == ".dist-info" and path.name in _MADE_HERE)


def _parts(asked: Requirements, found: Sequence[dict[str, bytes]]) -> list[dict[str, bytes]]:
    """Put packages together, each whole, in as few parts as uploads allow. Raises BadInput."""
    size = sum(_size(files) for files in found)
    if size > LARGEST:
        what = f"what it asks for has {size:,} bytes when unpacked: {_named(found, _size)}"
        fix = f"at most {LARGEST:,} with the function's own: leave some out, or run it as an image"
        raise BadInput([Problem(asked.file, what, fix)])
    if size <= LARGEST_UPLOAD:
        return [{name: content for files in found for name, content in files.items()}]
    parts: list[tuple[int, dict[str, bytes]]] = []
    for zipped, files in sorted(((_zipped_size(files), files) for files in found), key=_first, reverse=True):
        if zipped > LARGEST_UPLOAD:
            what = f"one package has {zipped:,} bytes when zipped: {_named([files], _zipped_size)}"
            fix = f"at most {LARGEST_UPLOAD:,}: bring it as a layer, or run the function as an image"
            raise BadInput([Problem(asked.file, what, fix)])
        for number, (filled, content) in enumerate(parts):
            if filled + zipped <= LARGEST_UPLOAD:
                parts[number] = (filled + zipped, {**content, **files})
                break
        else:
            parts.append((zipped, files))
    return [content for _, content in parts]


def _first(pair: tuple[int, dict[str, bytes]]) -> int:
    return pair[0]


def _named(packages: Sequence[dict[str, bytes]], size: Callable[[dict[str, bytes]], int]) -> str:
    """The largest of them, by name and size."""
    sizes = {_name(files): size(files) for files in packages}
    largest = sorted(sizes, key=lambda name: sizes[name], reverse=True)[:3]
    return ", ".join(f"{name} {sizes[name]:,}" for name in largest)


def _name(files: dict[str, bytes]) -> str:
    """A package's name and version, as its `.dist-info` has them."""
    inside = next(name for name in files if name.endswith(".dist-info/RECORD"))
    return inside.partition(".dist-info/")[0].replace("-", " ")


def _size(files: Mapping[str, bytes]) -> int:
    return sum(len(content) for content in files.values())


def _zipped_size(files: Mapping[str, bytes]) -> int:
    """Nearly: 200 bytes stand for a file's two headers, which have its path twice."""
    return sum(len(zlib.compress(content)) + 2 * len(BELOW + name) + 200 for name, content in files.items())


def _digest(files: Mapping[str, bytes]) -> str:
    """Of paths and content. What a compressor makes of them differs between its versions."""
    whole = hashlib.sha256()
    for name, content in sorted(files.items()):
        whole.update(f"{name}\0{hashlib.sha256(content).hexdigest()}\n".encode())
    return whole.hexdigest()


def _write(path: Path, files: Mapping[str, bytes]) -> None:
    """Pack them, in the order of their paths, all with one time and mode."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(f"{BELOW}{name}", _EARLIEST)
            entry.create_system, entry.external_attr = _UNIX, _READABLE
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
