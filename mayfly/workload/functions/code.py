"""A function's files: reads them, checks that Python takes them, and packs them."""

from __future__ import annotations

import ast
import io
import symtable
import sys
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from mayfly import plain_files
from mayfly.errors import Problem
from mayfly.nearest import choices
from mayfly.workload.functions.models import Function, FunctionSettings

MANIFEST = "function.yaml"
LARGEST = 50 * 1024 * 1024
"""Bytes of a function's files together. Source: AWS Lambda, "Lambda quotas", a .zip uploaded directly."""


def read(folder: Path, top: Path, file: str, problems: list[Problem]) -> dict[str, bytes] | None:
    """Return a function's files by path, in the order of the paths; None when they are too large.

    top: the workload's folder, out of which nothing is read. file: the function's folder for messages.
    """
    # Every file but the manifest, and but what Python, editors and systems leave behind.
    every = (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    paths = sorted((path for path in every if _is_packed(path.relative_to(folder))), key=Path.as_posix)
    size = sum(path.lstat().st_size for path in paths)
    if size > LARGEST:
        fix = f"at most {LARGEST:,}: what is larger comes as a layer, or is read from a store"
        problems.append(Problem(file, f"holds {size:,} bytes", fix))
        return None
    files = {}
    for path in paths:
        name = path.relative_to(folder).as_posix()
        try:
            files[name] = plain_files.read(path, top, LARGEST)
        except plain_files.NotPlain as refused:
            problems.append(Problem(f"{file}/{plain_files.shown(name)}", refused.what, refused.fix))
        except OSError as error:
            problems.append(Problem(f"{file}/{name}", f"cannot be read: {error.strerror}", "a readable file"))
    return files


def _is_packed(path: Path) -> bool:
    hidden = any(part.startswith(".") or part == "__pycache__" for part in path.parts)
    return (
        not hidden and path.as_posix() != MANIFEST and path.suffix != ".pyc" and not path.name.endswith("~")
    )


def problems(
    files: Mapping[str, bytes], settings: FunctionSettings | None, file: str, where: str
) -> Iterator[Problem]:
    """Yield what is wrong with the files and with the handler in them.

    settings: None when they cannot be read. where: the handler's own line, for messages.
    """
    modules, wrong = _parsed(files, file)
    yield from wrong
    if settings is None:
        return
    module, _, function = settings.handler.rpartition(".")
    path = f"{module.replace('.', '/')}.py"
    if path not in files:
        known = [name for name in files if name.endswith(".py")]
        fix = choices(path, known, none=f"there is none: write {file}/{path}")
        yield Problem(where, f"there is no {file}/{path} for {settings.handler!r}", fix)
    elif path in modules and function not in modules[path] and "*" not in modules[path]:
        fix = choices(function, modules[path], none=f"def {function}(event, context):")
        yield Problem(
            f"{file}/{path}", f"defines no {function!r}, which {MANIFEST} names as its handler", fix
        )


def _parsed(files: Mapping[str, bytes], file: str) -> tuple[dict[str, set[str]], list[Problem]]:
    """The names that each module defines, and what is wrong with modules that Python does not take."""
    modules, wrong = {}, []
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    fix = f"mend it there; it was read as Python {version}, so for newer syntax run mayfly with a newer one"
    for name, content in files.items():
        if name.endswith(".py"):
            try:
                modules[name] = _defined(content)
            except SyntaxError as error:
                where = f"{file}/{name}:{error.lineno}" if error.lineno else f"{file}/{name}"
                wrong.append(Problem(where, f"is not Python: {error.msg}", fix))
            except (ValueError, RecursionError, MemoryError) as error:
                wrong.append(Problem(f"{file}/{name}", f"is not Python: {error}", fix))
    return modules, wrong


def _defined(content: bytes) -> set[str]:
    """The names that a module binds; with `*` if it imports all names of another module."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # such as one about an odd escape
        compile(content, "<function>", "exec", dont_inherit=True)
        module = ast.parse(content)
        table = symtable.symtable(content, "<function>", "exec")  # type: ignore[arg-type]  # takes bytes too
    imports = [node for node in module.body if isinstance(node, ast.ImportFrom)]
    everything = {alias.name for node in imports for alias in node.names} & {"*"}
    symbols = table.get_symbols()
    return everything | {one.get_name() for one in symbols if one.is_assigned() or one.is_imported()}


_EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first time that the format can hold
_UNIX = 3
_READABLE = 0o100644 << 16  # Lambda runs it as another user than the one who packed it


def zipped(function: Function) -> bytes:
    """Return a function's files as a zip archive, with dependencies that are small; see `packed`."""
    own = function.dependencies
    return packed(function.files if own is None or own.is_layer else {**own.files(), **function.files})


def packed(files: Mapping[str, bytes]) -> bytes:
    """Return files as a zip archive, in the order of their paths, all with one time and mode.

    They are stored, not compressed: what a compressor makes of the same bytes differs between its versions.
    """
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as archive:
        for path, content in sorted(files.items()):
            entry = zipfile.ZipInfo(path, _EARLIEST)
            entry.create_system = _UNIX
            entry.external_attr = _READABLE
            archive.writestr(entry, content)
    return written.getvalue()
