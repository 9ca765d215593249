"""Archives: the same sources give the same bytes; and the variables a function finds."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import zipfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from mayfly.settings import load
from mayfly.workload.functions import Function, environment_variables, zipped
from tests.workload.functions_folder import FunctionsFolder

REPOSITORY = Path(__file__).parents[2]


def function(sources: dict[str, bytes]) -> Function:
    return Function(name="load", runtime="python3.12", memory=128, timeout=1, files=sources)


def test_an_archive_depends_on_names_and_content_alone(functions: FunctionsFolder, tmp_path: Path) -> None:
    other = FunctionsFolder(tmp_path / "elsewhere")
    for one in (functions, other):
        one.write("load/lib/a.py", "A = 1\n")
    path = other.root / "functions/load/handler.py"
    path.chmod(0o700)
    os.utime(path, (0, 0))
    other.write("load/__pycache__/handler.pyc", b"x")
    other.write("load/function.yaml", "# how it runs is not in the code\n" + _manifest(other))
    assert zipped(functions.one()) == zipped(other.one())
    other.write("load/lib/a.py", "A = 2\n")
    assert zipped(functions.one()) != zipped(other.one())


def _manifest(folder: FunctionsFolder) -> str:
    return (folder.root / "functions/load/function.yaml").read_text()


def test_these_bytes_never_change() -> None:
    """They would be an update of every function that exists."""
    content = zipped(function({"b.py": b"B = 1\n", "a/a.py": b"A = 1\n"}))
    assert (
        hashlib.sha256(content).hexdigest()
        == "90adb66b81ed2143d26ee86f4de5d49a219b4277e8cbcc404d8cabcb10608c3a"
    )


@given(
    st.dictionaries(st.from_regex(r"[a-z]{1,8}(/[a-z]{1,8})?\.py", fullmatch=True), st.binary(max_size=200))
)
def test_an_archive_holds_the_sources_in_order_and_readable_for_all(sources: dict[str, bytes]) -> None:
    turned = dict(reversed(sources.items()))
    assert zipped(function(sources)) == zipped(function(turned))
    with zipfile.ZipFile(io.BytesIO(zipped(function(sources)))) as archive:
        assert archive.namelist() == sorted(sources)
        assert {entry.filename: archive.read(entry) for entry in archive.infolist()} == sources
        assert all(stat.S_IMODE(entry.external_attr >> 16) == 0o644 for entry in archive.infolist())


def test_a_function_finds_the_variable_group_in_its_environment() -> None:
    settings = load(REPOSITORY, "awsqa-1", {"MAYFLY_VAR_YEAR": "2012"})
    assert environment_variables(settings, "own-bucket") == {
        "LAKE": "s3://flights-lake-123456789012/flights/",
        "CURATED": "s3://own-bucket/curated/",
        "YEAR": "2012",
    }
