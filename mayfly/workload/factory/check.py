"""Checks documents together: names, references, stores and global parameters."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from mayfly.errors import Problem
from mayfly.naming.limits import LIMITS
from mayfly.nearest import choices
from mayfly.workload.factory import activities, answers
from mayfly.workload.factory.document_kinds import DOCUMENT_KINDS, NETWORK, file, kind_of, name
from mayfly.workload.factory.reach import STORE_TYPES
from mayfly.workload.factory.references import cycles, find_references, is_expression, walk

Documents = Mapping[str, dict[str, Any]]

_OLDER = ("AzureBlob", "AzureBlobFSFile")

_PARAMETER = re.compile(
    r"pipeline\(\s*\)\s*(?:\??\.\s*globalParameters|\??\[\s*'globalParameters'\s*\])\s*"
    r"(?:\??\.\s*(?P<plain>[\w-]+)|\??\[\s*'(?P<quoted>(?:[^']|'')*)'\s*\])",
    re.IGNORECASE,
)


class Variables(Protocol):
    """What a check needs to know of a variable group (settings.VariableGroup has it)."""

    @property
    def linked_services(self) -> Mapping[str, Any]:
        """See `answers.Answers`."""

    @property
    def overrides(self) -> Mapping[str, Mapping[str, Any]]:
        """See `answers.Answers`."""

    @property
    def managed_private_endpoints(self) -> str:
        """`sent`, or `left out` of ephemeral environments."""

    @property
    def containers(self) -> Mapping[str, Collection[str]]:
        """Store to its containers' names."""

    @property
    def values(self) -> Mapping[str, Any]:
        """The plain values."""


@dataclass(frozen=True)
class NoVariables:
    """A folder that stands alone: its linked services are its own."""

    containers: Mapping[str, Collection[str]] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    linked_services: Mapping[str, Any] = field(default_factory=dict)
    overrides: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    managed_private_endpoints: str = "left out"


def problems(
    documents: Documents, variables: Variables | None, unread: Collection[str] = ()
) -> Iterator[Problem]:
    """Yield everything wrong with a folder's documents, for the variable group that they run with.

    documents: key → parsed document. variables: None when the group cannot be read; what needs it is not
    checked. unread: keys of files that cannot be read, whose problems are reported elsewhere.

    An unused store or value is no problem.
    """
    for key, document in documents.items():
        yield from _shape(key, document)
        if kind_of(key) == "pipeline":
            yield from activities.problems(key, document)
    first: dict[str, str] = {}
    for key in documents:
        other = first.setdefault(key.lower(), key)
        if other != key:
            what = f"its name differs from {file(other)} by upper and lower case alone"
            yield Problem(file(key), what, "rename one of the two: Data Factory does not tell them apart")
    yield from _references(documents, variables, unread)
    if variables is None:
        return
    for key, document in documents.items():
        yield from _containers(key, document, variables)
        yield from _parameters(key, document, variables)
    yield from _stores(documents, variables)
    if not isinstance(variables, NoVariables):
        yield from answers.problems(documents, variables)


def _shape(key: str, document: dict[str, Any]) -> Iterator[Problem]:
    own, limit = document.get("name"), LIMITS[DOCUMENT_KINDS[kind_of(key)].type]
    if not isinstance(own, str) or own.lower() != name(key).lower():
        what = f"its name is {own!r}" if "name" in document else "it has no name"
        yield Problem(f"{file(key)}: name", what, f"the file's own name, {name(key)!r}")
    if not limit.allows(name(key)):
        yield Problem(file(key), f"{name(key)[:60]!r} cannot be a name in {kind_of(key)}/", limit.allowed)
    # ADF Studio writes a network without properties.
    if not isinstance(document.get("properties", {} if key == NETWORK else None), dict):
        yield Problem(
            f"{file(key)}: properties", "are missing, or no object", '{"name": …, "properties": {…}}'
        )


def _references(
    documents: Documents, variables: Variables | None, unread: Collection[str]
) -> Iterator[Problem]:
    stores = variables.containers if variables is not None else _linked_services(documents)
    known = {*documents, *unread, *(f"linkedService/{store}" for store in stores)}
    keys, all_known = {key.lower(): key for key in documents}, {key.lower() for key in known}
    graph = {}
    for key, document in documents.items():
        references = find_references(document)
        graph[key] = [keys[one.key.lower()] for one in references if one.key.lower() in keys]
        for reference in references:
            if reference.key.lower() not in all_known:
                kind, named = kind_of(reference.key), name(reference.key)
                same = [name(other) for other in known if kind_of(other) == kind]
                fix = choices(named, same, none=f"the folder has no {kind}")
                if kind == "linkedService":
                    fix = f"{fix}; or declare it as a store of the variable group"
                what = f"refers to the {kind} {named!r}, which is not there"
                yield Problem(f"{file(key)}: {reference.at}", what, fix)
    yield from cycles(graph)


def _linked_services(documents: Documents) -> Iterator[str]:
    """Every linked service that is referred to: each may be a store of a variable group that is not known."""
    for document in documents.values():
        for reference in find_references(document):
            if kind_of(reference.key) == "linkedService":
                yield name(reference.key)


def _stores(documents: Documents, variables: Variables) -> Iterator[Problem]:
    """A store replaces the linked service of its name, so that has to be one that stores are."""
    names = {key.lower(): key for key in documents}
    for store in variables.containers:
        key = names.get(f"linkedservice/{store}".lower())
        if key is None:
            continue
        type = _properties(documents[key]).get("type")
        if type not in STORE_TYPES:
            what = f"the store {store!r} takes its place, but its type is {type!r}"
            yield Problem(f"{file(key)}: properties.type", what, f"one of {', '.join(STORE_TYPES)}")


def _containers(key: str, document: dict[str, Any], variables: Variables) -> Iterator[Problem]:
    """A dataset of a store that spells another container out would read or write elsewhere."""
    named = _get(document, "properties", "linkedServiceName", "referenceName")
    stores = {store.lower(): store for store in variables.containers}
    if kind_of(key) != "dataset" or not isinstance(named, str) or named.lower() not in stores:
        return
    store = stores[named.lower()]
    wanted = variables.containers[store]
    for at, given in _literal_containers(document):
        if given not in wanted:
            known = ", ".join(map(repr, wanted))
            what = f"is {given!r}, but the store {store!r} is the container{'s' * (len(wanted) > 1)} {known}"
            fix = f"{known}, another store, or {given!r} in the variable group, too"
            yield Problem(f"{file(key)}: {at}", what, fix)


def _literal_containers(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The containers that a dataset spells out, with their paths; an expression's outcome is not known."""
    inside = _get(document, "properties", "typeProperties")
    for part in ("container", "fileSystem"):
        given = _get(inside, "location", part)
        if isinstance(given, str) and not is_expression(given):
            yield f"properties.typeProperties.location.{part}", given
    given = _get(inside, "folderPath")  # the older types write the container in front of the path
    if _get(document, "properties", "type") in _OLDER and isinstance(given, str) and given.strip("/"):
        container = given.strip("/").partition("/")[0]
        if not is_expression(given):
            yield "properties.typeProperties.folderPath", container


def _parameters(key: str, document: dict[str, Any], variables: Variables) -> Iterator[Problem]:
    values = {name.lower() for name in variables.values}
    for at, item in walk(document):
        if not isinstance(item, str) or "globalparameters" not in item.lower() or not is_expression(item):
            continue
        for match in _PARAMETER.finditer(item):
            used = match["plain"] or match["quoted"].replace("''", "'")
            if used.lower() not in values:
                what = f"uses the global parameter {used!r}, which is no value of the variable group"
                fix = choices(used, variables.values, none="declare it under values")
                yield Problem(f"{file(key)}: {at}", what, fix)


def _properties(document: dict[str, Any]) -> dict[str, Any]:
    found = document.get("properties")
    return found if isinstance(found, dict) else {}


def _get(document: Any, *path: str) -> Any:
    for part in path:
        document = document.get(part) if isinstance(document, dict) else None
    return document
