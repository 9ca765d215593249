"""A function's files: reads them, checks that Python takes them, and packs them."""

from __future__ import annotations

import ast
import io
import symtable
import sys
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from mayfly import plain_files
from mayfly.errors import Problem
from mayfly.nearest import choices
from mayfly.workload.functions import dependencies
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
    if settings is not None and settings.package is not None:
        yield from _package_problems(files, settings, settings.package, file, where)
    elif settings is None or settings.is_python:
        yield from _python_problems(files, settings, file, where)
    elif settings.is_node:
        yield from _missing_module(files, settings.handler, _NODE, file, where)


_NODE = ("js", "mjs", "cjs")


def _package_problems(
    files: Mapping[str, bytes], settings: FunctionSettings, package: str, file: str, where: str
) -> Iterator[Problem]:
    """Yield what is wrong with a .zip file that is sent as it is."""
    if package not in files:
        zipped = [name for name in files if name.endswith(".zip")]
        yield Problem(
            f"{file}/{MANIFEST}: package", f"there is no {file}/{package}", choices(package, zipped)
        )
        return
    try:
        with zipfile.ZipFile(io.BytesIO(files[package])) as archive:
            inside = {entry.filename: entry.file_size for entry in archive.infolist()}
    except (zipfile.BadZipFile, NotImplementedError) as error:
        yield Problem(f"{file}/{package}", f"is no .zip file: {error}", "pack it anew")
        return
    if (size := sum(inside.values())) > dependencies.LARGEST:
        fix = f"at most {dependencies.LARGEST:,}: leave some out, or run it as an image"
        yield Problem(f"{file}/{package}", f"has {size:,} bytes when unpacked", fix)
    endings = ("py",) if settings.is_python else _NODE if settings.is_node else ()
    if endings:
        yield from _missing_module(inside, settings.handler, endings, f"{file}/{package}", where)


def _missing_module(
    files: Iterable[str], handler: str, endings: Sequence[str], file: str, where: str
) -> Iterator[Problem]:
    """Yield that there is no file for a handler. endings: of files that it can be in."""
    module = handler.rpartition(".")[0].removeprefix("./")
    module = module.replace(".", "/") if endings == ("py",) else module
    paths = [f"{module}.{ending}" for ending in endings]
    known = [name for name in files if name.rpartition(".")[2] in endings and "node_modules/" not in name]
    if not {*paths} & {*files}:
        fix = choices(paths[0], known, none=f"there is none: write {file}/{paths[0]}")
        yield Problem(where, f"there is no {file}/{paths[0]} for {handler!r}", fix)


def _python_problems(
    files: Mapping[str, bytes], settings: FunctionSettings | None, file: str, where: str
) -> Iterator[Problem]:
    """Yield what is wrong with Python's own files. settings: as of `problems`."""
    modules, wrong = _parsed(files, file)
    yield from wrong
    if settings is None:
        return
    module, _, function = settings.handler.rpartition(".")
    path = f"{module.replace('.', '/')}.py"
    yield from _missing_module(files, settings.handler, ("py",), file, where)
    if path in modules and function not in modules[path] and "*" not in modules[path]:
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
_READABLE = 0o100644  # Lambda runs it as another user than the one who packed it
_RUNNABLE = 0o100755  # what a runtime of one's own starts, such as `bootstrap`


def zipped(function: Function) -> bytes:
    """Return a function's files as a zip archive, with dependencies that are small; see `packed`."""
    if function.package is not None:
        return function.files[function.package]
    own = function.dependencies
    files = function.files if own is None or own.is_layer else {**own.files(), **function.files}
    return packed(files, _READABLE if function.is_python else _RUNNABLE)


def packed(files: Mapping[str, bytes], mode: int = _READABLE) -> bytes:
    """Return files as a zip archive, in the order of their paths, all with one time and mode.

    They are stored, not compressed: what a compressor makes of the same bytes differs between its versions.
    """
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as archive:
        for path, content in sorted(files.items()):
            entry = zipfile.ZipInfo(path, _EARLIEST)
            entry.create_system = _UNIX
            entry.external_attr = mode << 16
            archive.writestr(entry, content)
    return written.getvalue()
