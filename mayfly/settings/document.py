"""Reads a settings file: strict YAML, with the line of every field.

Scalars follow YAML 1.2: only true and false are truth values (not yes, no, on, off), 010 is not octal, 12:30
is not a number, and a date is a text. Aliases and merge keys are refused: forms do not need them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from mayfly import plain_files
from mayfly.errors import Problem

Field = tuple[str | int, ...]

DEEPEST = 20
"""Levels of a file's nesting; libyaml's composer has no limit of its own, and ends the process."""

LARGEST = 1024 * 1024
"""Bytes of a file that others wrote."""

_SCALARS = (
    ("tag:yaml.org,2002:bool", re.compile(r"true|True|TRUE|false|False|FALSE"), "tTfF"),
    ("tag:yaml.org,2002:null", re.compile(r"~|null|Null|NULL|"), ["~", "n", "N", ""]),
    ("tag:yaml.org,2002:int", re.compile(r"[-+]?(0|[1-9][0-9]*)"), "-+0123456789"),
    (
        "tag:yaml.org,2002:float",
        re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+"),
        "-+.0123456789",
    ),
)


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012


for _tag, _pattern, _first in _SCALARS:
    _Loader.add_implicit_resolver(_tag, re.compile(rf"(?:{_pattern.pattern})\Z"), list(_first))


@dataclass(frozen=True)
class Document:
    """A settings file as it was read.

    file: as messages name it. data: its mapping, empty when it could not be read.
    lines: the line of each field, from 1. problems: what made it unreadable.
    """

    file: str
    data: dict[str, Any]
    lines: dict[Field, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def where(self, at: Field) -> str:
        """Name a field for a message: `stacks/fabrics/qa.yaml:9: life.default`."""
        line = next((self.lines[at[:n]] for n in range(len(at), 0, -1) if at[:n] in self.lines), None)
        place = self.file if line is None else f"{self.file}:{line}"
        return f"{place}: {dotted(at)}" if at else place


def dotted(at: Field) -> str:
    """Write a field's path as `life.default`."""
    return ".".join(str(part) for part in at)


def read(path: Path, file: str, top: Path | None = None) -> Document:
    """Read a file that holds one mapping. The document has its problems.

    file: its name for messages. top: of a file that others wrote, the folder that it is to lie in.
    """
    try:
        content = path.read_bytes() if top is None else plain_files.read(path, top, LARGEST)
        text = content.decode("utf-8-sig")
    except plain_files.NotPlain as refused:
        return _unreadable(file, refused.what, refused.fix)
    except UnicodeDecodeError as error:
        return _unreadable(file, f"byte {error.start} is not UTF-8", "save it as UTF-8")
    except OSError as error:
        return _unreadable(file, f"cannot be read: {error.strerror}", "a readable file is asked for")
    return parse(text, file)


def parse(text: str, file: str) -> Document:
    """Read the text of a settings file; see `read`."""
    try:
        deep = _too_deep(text)
        if deep is not None:
            return _unreadable(f"{file}:{deep}", f"is nested more than {DEEPEST} deep", "no form is", file)
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{file}:{mark.line + 1}:{mark.column + 1}" if mark else file
        return _unreadable(place, f"is not YAML: {error.problem}", "mend it there, or just above", file)
    except yaml.YAMLError as error:
        reason = (str(error).splitlines() or ["unknown reason"])[0]
        return _unreadable(file, f"is not YAML: {reason}", "save it as plain text")
    if node is None:
        return Document(file, {})
    if not isinstance(node, yaml.MappingNode):
        return _unreadable(
            f"{file}:{node.start_mark.line + 1}", "is not a mapping", "lines of `key: value`", file
        )
    return _Reader(file).document(node)


def _too_deep(text: str) -> int | None:
    """The line in which a text is nested deeper than any form; None when it is not."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST and event.start_mark:
            return event.start_mark.line + 1
    return None


def _unreadable(where: str, what: str, fix: str, file: str | None = None) -> Document:
    return Document(file or where, {}, problems=(Problem(where, what, fix),))


class _Reader:
    """Turns YAML's nodes into plain data; keeps the problems and the line of each field."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._lines: dict[Field, int] = {}
        self._problems: list[Problem] = []
        self._seen: set[int] = set()
        self._loader = _Loader("")

    def document(self, node: yaml.MappingNode) -> Document:
        data = self._value(node, ())
        return Document(self._file, data, self._lines, tuple(self._problems))

    def _value(self, node: yaml.Node, at: Field) -> Any:
        if id(node) in self._seen:
            return self._refuse(node, at, "is an alias (*)", "write the value out")
        self._seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return {key: self._value(value, (*at, key)) for key, value in self._fields(node, at)}
        if isinstance(node, yaml.SequenceNode):
            return [self._value(item, (*at, index)) for index, item in enumerate(node.value)]
        try:
            return self._loader.construct_object(node)
        except (yaml.YAMLError, ValueError):
            return self._refuse(node, at, f"has the tag {node.tag}", "a plain value")

    def _fields(self, node: yaml.MappingNode, at: Field) -> Iterator[tuple[str, yaml.Node]]:
        """The fields of a mapping; of two of the same name the first counts, and the second is a problem."""
        first: dict[str, int] = {}
        for key_node, value in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self._refuse(key_node, at, "has a key that is no text", "`key: value`")
            elif key_node.value in first:
                what = f"is there twice; first in line {first[key_node.value]}"
                self._lines.setdefault((*at, key_node.value), line)
                self._refuse(key_node, (*at, key_node.value), what, "keep one of the two")
            else:
                first[key_node.value] = self._lines[(*at, key_node.value)] = line
                yield key_node.value, value

    def _refuse(self, node: yaml.Node, at: Field, what: str, fix: str) -> None:
        line = max(self._lines.get(at, 0), node.start_mark.line + 1)  # an alias stands below its anchor
        place = f"{self._file}:{line}"
        self._problems.append(Problem(f"{place}: {dotted(at)}" if at else place, what, fix))
