"""Which program of this machine runs a function of the local AWS."""

from __future__ import annotations

import io
import sys
import zipfile
from pathlib import Path

import pytest

from localcloud.aws.gate import runtimes
from localcloud.aws.gate.runtimes import NotHere, program

OTHER = "python3.99"


def packed(name: str) -> bytes:
    with zipfile.ZipFile(written := io.BytesIO(), "w") as archive:
        archive.writestr(name, "")
    return written.getvalue()


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on PATH."""
    runtimes._works.cache_clear()
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def install(path: Path, name: str, answer: str, code: int = 0) -> str:
    file = path / name
    file.write_text(f"#!/bin/sh\necho {answer}\nexit {code}\n")
    file.chmod(0o755)
    return str(file)


def test_python_without_compiled_modules_runs_on_any(path: Path) -> None:
    assert program(OTHER, [packed("handler.py"), packed("a/b.abi3.so")]) == sys.executable
    assert program(runtimes.OWN, [packed("a.cpython-399-x86_64-linux-gnu.so")]) == sys.executable


def test_compiled_modules_need_their_own_python(path: Path) -> None:
    archives = [packed("handler.py"), packed("python/a.cpython-399-x86_64-linux-gnu.so")]
    with pytest.raises(NotHere, match=r"compiled for python3\.99, and this machine has python3"):
        program(OTHER, archives)
    own = install(path, OTHER, "3.99")
    runtimes._works.cache_clear()
    assert program(OTHER, archives) == own


@pytest.mark.parametrize(
    ("answer", "code", "what"),
    [("v20.1.0", 0, "has Node.js v20.1.0, and nodejs24.x is wanted"), ("v24.1.0", 1, "has no Node.js")],
)
def test_node_is_of_the_very_version(path: Path, answer: str, code: int, what: str) -> None:
    install(path, "node", answer, code)
    with pytest.raises(NotHere, match=what):
        program("nodejs24.x", [])


def test_node_runs_where_it_is(path: Path) -> None:
    own = install(path, "node", "v24.9.1")
    assert program("nodejs24.x", []) == own


def test_others_do_not_run(path: Path) -> None:
    with pytest.raises(NotHere, match="not java21"):
        program("java21", [])
