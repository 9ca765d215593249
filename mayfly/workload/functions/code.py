"""A function's sources: what is packed, and whether Python takes it."""

from __future__ import annotations

import ast
import symtable
import sys
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path

from mayfly import plain_files
from mayfly.errors import Problem
from mayfly.nearest import choices
from mayfly.workload.functions.models import Infrastructure

MANIFEST = "function.yaml"
LARGEST = 50 * 1024 * 1024
"""Bytes of a function's sources together. Source: AWS Lambda, "Lambda quotas", a .zip uploaded directly."""


def read(folder: Path, top: Path, file: str, problems: list[Problem]) -> dict[str, bytes] | None:
    """The sources of a function by their paths, in the order of the paths; None when they are too large.

    top: the workload's folder, out of which nothing is read. file: the function's folder for messages.
    """
    paths = _files(folder)
    size = sum(path.lstat().st_size for path in paths)
    if size > LARGEST:
        fix = f"at most {LARGEST:,}: what is larger comes as a layer, or is read from a store"
        problems.append(Problem(file, f"holds {size:,} bytes", fix))
        return None
    sources = {}
    for path in paths:
        name = path.relative_to(folder).as_posix()
        try:
            sources[name] = plain_files.read(path, top, LARGEST)
        except plain_files.NotPlain as refused:
            problems.append(Problem(f"{file}/{plain_files.shown(name)}", refused.what, refused.fix))
        except OSError as error:
            problems.append(Problem(f"{file}/{name}", f"cannot be read: {error.strerror}", "a readable file"))
    return sources


def _files(folder: Path) -> list[Path]:
    """Every file but the manifest, and what Python, editors and systems leave behind."""
    found = [path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()]
    return sorted((path for path in found if _is_source(path.relative_to(folder))), key=Path.as_posix)


def _is_source(path: Path) -> bool:
    hidden = any(part.startswith(".") or part == "__pycache__" for part in path.parts)
    return (
        not hidden and path.as_posix() != MANIFEST and path.suffix != ".pyc" and not path.name.endswith("~")
    )


def problems(
    sources: Mapping[str, bytes], infrastructure: Infrastructure | None, file: str, where: str
) -> Iterator[Problem]:
    """What is wrong with the sources themselves, and with the handler that is looked for in them.

    infrastructure: None when it cannot be read. where: the handler's own line, for messages.
    """
    modules, wrong = _parsed(sources, file)
    yield from wrong
    if infrastructure is None:
        return
    module, _, function = infrastructure.handler.rpartition(".")
    path = f"{module.replace('.', '/')}.py"
    if path not in sources:
        known = [name for name in sources if name.endswith(".py")]
        fix = choices(path, known, none=f"there is none: write {file}/{path}")
        yield Problem(where, f"there is no {file}/{path} for {infrastructure.handler!r}", fix)
    elif path in modules:
        yield from _handler(modules[path], f"{file}/{path}", function)


def _parsed(sources: Mapping[str, bytes], file: str) -> tuple[dict[str, set[str]], list[Problem]]:
    """What each module defines, of those that Python takes, and what is wrong with the others."""
    modules, wrong = {}, []
    for name, content in sources.items():
        if name.endswith(".py"):
            try:
                modules[name] = _defined(content)
            except SyntaxError as error:
                where = f"{file}/{name}:{error.lineno}" if error.lineno else f"{file}/{name}"
                wrong.append(Problem(where, f"is not Python: {error.msg}", _mend()))
            except (ValueError, RecursionError, MemoryError) as error:
                wrong.append(Problem(f"{file}/{name}", f"is not Python: {error}", _mend()))
    return modules, wrong


def _defined(content: bytes) -> set[str]:
    """The names that a module binds; `*` among them where it takes over all that another one has."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of an odd escape, say: that is its author's business
        compile(content, "<function>", "exec", dont_inherit=True)
        module = ast.parse(content)
        table = symtable.symtable(content, "<function>", "exec")  # type: ignore[arg-type]  # takes bytes too
    imports = [node for node in module.body if isinstance(node, ast.ImportFrom)]
    everything = {alias.name for node in imports for alias in node.names} & {"*"}
    symbols = table.get_symbols()
    return everything | {one.get_name() for one in symbols if one.is_assigned() or one.is_imported()}


def _mend() -> str:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return f"mend it there; it was read as Python {version}, so for newer syntax run mayfly with a newer one"


def _handler(defined: set[str], file: str, function: str) -> Iterator[Problem]:
    if function not in defined and "*" not in defined:
        fix = choices(function, defined, none=f"def {function}(event, context):")
        yield Problem(file, f"defines no {function!r}, which {MANIFEST} names as its handler", fix)
