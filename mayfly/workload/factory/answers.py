"""What a variable group says of a folder's documents beside its stores: linked services, single properties.

An answer for a linked service lets it be (`as-is`), or is a JSON merge patch over its properties: RFC 7386,
objects are merged, null takes out, everything else replaces.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from mayfly.errors import Problem
from mayfly.nearest import choices
from mayfly.workload.factory.document_kinds import file, is_store, kind_of, name
from mayfly.workload.factory.reach import STORE_TYPES, address
from mayfly.workload.factory.references import find_references

AS_IS = "as-is"

Documents = Mapping[str, dict[str, Any]]


class Answers(Protocol):
    """What a variable group says (settings.VariableGroup has it)."""

    @property
    def containers(self) -> Mapping[str, Any]:
        """The stores."""

    @property
    def linked_services(self) -> Mapping[str, Any]:
        """A linked service's name → `as-is`, or what is merged over its properties."""

    @property
    def overrides(self) -> Mapping[str, Mapping[str, Any]]:
        """A document's key → a path below its properties → the value that it gets."""


@dataclass
class Answered:
    """A folder's documents as they are sent.

    changed: keys of those that are not their files. problems: what the group says and the folder lacks.
    """

    documents: dict[str, dict[str, Any]]
    changed: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)


def answered(documents: Documents, group: Answers) -> Answered:
    """Return the documents with what a variable group changes in them."""
    found = Answered(dict(documents))
    keys = {key.lower(): key for key in documents}
    for service, answer in group.linked_services.items():
        key = keys.get(f"linkedService/{service}".lower())
        if key is None or is_store(key, group.containers) or not isinstance(answer, Mapping):
            continue
        properties = documents[key].get("properties")
        if isinstance(properties, dict):
            found.documents[key] = {**documents[key], "properties": merged(properties, answer)}
            found.changed.add(key)
    for given, values in group.overrides.items():
        key = keys.get(given.lower())
        if key is None or is_store(key, group.containers):
            what = "a store takes the place of this linked service" if key else "there is no such document"
            same = [other for other in documents if kind_of(other) == kind_of(given)]
            found.problems.append(Problem(f"overrides.{given}", what, choices(given, same)))
            continue
        document = copy.deepcopy(found.documents[key])
        for path, value in values.items():
            if wrong := put(document.get("properties"), path, value):
                found.problems.append(
                    Problem(f"overrides.{given}.{path}", f"{wrong[0]} in {file(key)}", wrong[1])
                )
        found.documents[key] = document
        found.changed.add(key)
    return found


def merged(value: Any, patch: Any) -> Any:
    """Return a value with a JSON merge patch over it. Source: RFC 7386, section 2."""
    if not isinstance(patch, Mapping):
        return patch
    found = dict(value) if isinstance(value, Mapping) else {}
    for part, inner in patch.items():
        if inner is None:
            found.pop(part, None)
        else:
            found[part] = merged(found.get(part), inner)
    return found


_STEP = re.compile(r"\.?(?:(?P<name>[^.\[\]]+)|\[(?P<item>[^\]]+)\])")


def steps(path: str) -> list[tuple[str, bool]] | None:
    """Take a path apart: `activities[copy].policy.retry`; each step, and whether it is in brackets."""
    found, end = [], 0
    for match in _STEP.finditer(path):
        if match.start() != end:
            return None
        end = match.end()
        found.append((match["name"] or match["item"], match["item"] is not None))
    return found if found and end == len(path) else None


def put(properties: Any, path: str, value: Any) -> tuple[str, str] | None:
    """Set one property that is there; return what is wrong and what to do where it is not.

    path: names with dots between them; an item of a list in brackets, by its number or its own `name`.
    """
    way = steps(path.removeprefix("properties."))
    if way is None:
        return "is no path", "names with dots between them, items in brackets: activities[copy].policy.retry"
    inside: Any = None
    key: Any = None
    found: Any = properties
    for step, bracket in way:
        inside, key = found, _item(found, step) if bracket or isinstance(found, list) else step
        in_list = isinstance(inside, list) and isinstance(key, int) and 0 <= key < len(inside)
        if in_list or (isinstance(inside, dict) and key in inside):
            found = inside[key]
        else:
            known = [*inside] if isinstance(inside, dict) else _names(inside)
            return f"there is no {step!r}", choices(step, map(str, known), none="nothing is below it")
    inside[key] = value
    return None


def _item(items: Any, step: str) -> Any:
    """The number of an item, given by its name or by itself."""
    for number, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, dict) and item.get("name") == step:
            return number
    return int(step) if step.isdecimal() else step


def _names(items: Any) -> Iterator[str]:
    for number, item in enumerate(items if isinstance(items, list) else ()):
        yield str(item.get("name", number)) if isinstance(item, dict) else str(number)


def answer_of(key: str, group: Answers) -> str | None:
    """Return how a linked service is answered for: `as-is`, `changed`; None where it is not."""
    for service, answer in group.linked_services.items():
        if service.lower() == name(key).lower():
            return AS_IS if answer == AS_IS else "changed"
    return None


def unanswered(documents: Documents, group: Answers) -> Iterator[str]:
    """Yield the keys of the linked services that neither are stores nor are answered for.

    A store that nobody uses, and one that signs in as nobody, needs no answer: it can write nothing.
    """
    used = {one.key.lower() for document in documents.values() for one in find_references(document)}
    for key, document in sorted(documents.items()):
        if kind_of(key) != "linkedService" or is_store(key, group.containers) or answer_of(key, group):
            continue
        properties = document.get("properties")
        inside = properties.get("typeProperties") if isinstance(properties, dict) else None
        if isinstance(properties, dict) and properties.get("type") in STORE_TYPES:
            public = isinstance(inside, dict) and inside.get("authenticationType") == "Anonymous"
            if public or key.lower() not in used:
                continue
        yield key


def problems(documents: Documents, group: Answers) -> Iterator[Problem]:
    """Yield what is not answered for: each store in use, and one problem for all others, to be pasted."""
    others = []
    for key in unanswered(documents, group):
        properties = documents[key].get("properties")
        type = properties.get("type") if isinstance(properties, dict) else None
        if type in STORE_TYPES:
            what = f"is a store in use ({type}), and the variable group has none of this name"
            fix = choices(name(key), group.containers, none="the group has no store")
            yield Problem(file(key), what, f"declare {name(key)!r} under sources or sinks; {fix}")
        elif isinstance(properties, dict):
            others.append((name(key), f"{name(key)} ({type}: {address(properties)})"))
    if others:
        what = f"{', '.join(told for _, told in others)}: the variable group answers for none of these"
        if len(others) == 1:
            what = f"{others[0][1]}: the variable group does not answer for it"
        lines = ", ".join(f"{quoted(service)}: {AS_IS}" for service, _ in others)
        fix = (
            f"add `linked_services: {{{lines}}}`; a mapping in place of {AS_IS} is merged over its properties"
        )
        yield Problem("linkedService/", what, fix)


_PLAIN = re.compile(r"[A-Za-z][\w -]*[\w-]|[A-Za-z]")


def quoted(text: str) -> str:
    """A name as YAML takes it."""
    return (
        text if _PLAIN.fullmatch(text) and text.lower() not in _WORDS else "'" + text.replace("'", "''") + "'"
    )


_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
