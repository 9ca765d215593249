"""A first fabric and variable group for a folder, as files to be completed by a person."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mayfly.naming.azure import ids
from mayfly.settings.invalid import InvalidValue, no_secret
from mayfly.settings.rules import plain_value, value_name
from mayfly.settings.unfilled import fill_in
from mayfly.workload.factory.answers import AS_IS, quoted
from mayfly.workload.factory.document_kinds import kind_of, name
from mayfly.workload.factory.fit import runtime_of, unusable_runtimes
from mayfly.workload.factory.reach import STORE_TYPES, address
from mayfly.workload.factory.references import find_references, walk
from mayfly.workload.factory.usage import StoreUse, is_store_service, stores

Documents = Mapping[str, Mapping[str, Any]]

_ACCOUNT = re.compile(
    r"/subscriptions/[0-9a-f-]{36}/resourceGroups/[^/\"']+/providers/Microsoft\.Storage/storageAccounts/(?P<name>\w+)",
    re.IGNORECASE,
)


@dataclass
class Draft:
    """A variable group's text, and what it is made of. notes: what a person should know of it."""

    text: str
    sources: int = 0
    sinks: int = 0
    as_is: list[str] = field(default_factory=list)
    values: int = 0
    notes: list[str] = field(default_factory=list)


def variable_group(documents: Documents, production: str = "") -> Draft:
    """Return a first variable group for a folder.

    documents: key to parsed document; those of `factory/` are production's own settings. production:
    `<subscription>/<group>` of the accounts that no document names by id; "" where that is to be filled in.

    What pipelines only read is a source; what they write, or read and write, is a sink.
    """
    found = Draft("")
    known = _accounts(documents)
    used = [store for store in stores(documents) if store.used]
    _share_accounts(used)
    read = [store for store in used if not store.written]
    written = [store for store in used if store.written]
    found.sources, found.sinks = len(read), len(written)
    words = _words(written)
    lines = [
        "# What pipelines of these environments use, drafted by `mayfly init` from the folder's documents."
    ]
    if read:
        lines += [
            "",
            "# Production's stores, which are only read. Each container is granted by itself.",
            "sources:",
        ]
        for store in read:
            lines += _source(store, _account(store, known, production))
    if written:
        lines += ["", "# What is written: containers of the environment's own, empty at first.", "sinks:"]
        for store in written:
            lines += _sink(store, words.get(store.service, ""), _account(store, known, production))
    lines += _linked_services(documents, {store.service.lower() for store in used}, found)
    lines += _values(documents, found)
    found.text = "\n".join(lines) + "\n"
    return found


def _share_accounts(used: list[StoreUse]) -> None:
    """Count a store as written where another one writes a container of the same account that it reads."""
    written = {(store.account, one) for store in used if store.written for one in store.containers}
    for store in used:
        if store.account and any((store.account, one) in written for one in store.containers):
            store.written = True


def _accounts(documents: Documents) -> dict[str, str]:
    """The ids of storage accounts that any document names, by the accounts' names."""
    texts = (item for document in documents.values() for _, item in walk(document) if isinstance(item, str))
    found = (match for text in texts for match in _ACCOUNT.finditer(text))
    return {match["name"].lower(): match[0] for match in found}


def _account(store: StoreUse, known: Mapping[str, str], production: str) -> str:
    """The id of a store's account, or what is to be filled in."""
    if store.account in known:
        return known[store.account]
    subscription, _, group = production.partition("/")
    if store.account and group:
        return str(
            ids.account_of(
                ids.ResourceId(
                    subscription, group, "Microsoft.Storage", (("storageAccounts", store.account),)
                )
            )
        )
    return fill_in(f"the resource id of the storage account {store.account or f'of {store.service}'}")


def _containers(store: StoreUse) -> str:
    names = sorted(store.containers)
    if store.computed or not names:
        told = ", ".join(sorted(store.computed)) or store.service
        names.append(fill_in(f"the containers that {told} can name"))
    return "[" + ", ".join(quoted(one) for one in names) + "]"


def _source(store: StoreUse, account: str) -> Iterator[str]:
    yield f"  {quoted(store.service)}:"
    yield f"    account: {quoted(account) if account.startswith('<') else account}"
    yield f"    containers: {_containers(store)}"


def _sink(store: StoreUse, word: str, account: str) -> Iterator[str]:
    """A sink, with what it takes to fill those of its containers that a pipeline reads."""
    yield f"  {quoted(store.service)}:"
    yield f"    containers: {_containers(store)}"
    if word:
        yield "    # Stores of one word share an account; another store has a container of this name, too."
        yield f"    account: {word}"
    read = sorted(one for one, use in store.containers.items() if use.read and not use.written)
    if read:
        yield "    # These are read, and nothing here writes them: a seed fills them from production, once."
        yield "    # seed:"
        for one in read:
            at = account if not account.startswith("<") else "<the account's id>"
            yield f"    #   - from: {at}/blobServices/default/containers/{one}"
            yield "    #     paths: ['*']"
            yield "    #     at_most: 1GB"


def _words(written: list[StoreUse]) -> dict[str, str]:
    """A word for the account of each sink that has a container in common with another.

    Those of one production account get the same word: they are one there, such as by blob and by dfs.
    """
    found: dict[str, str] = {}
    for store in written:
        others = (other for other in written if other is not store)
        if any(not store.containers.keys().isdisjoint(other.containers) for other in others):
            word = re.sub(r"[^a-z0-9]", "", (store.account or store.service).lower())[:20]
            while word in found.values() and not store.account:
                word = f"{word[:18]}{len(found)}"
            found[store.service] = word or f"account{len(found)}"
    return found


def _linked_services(documents: Documents, declared: set[str], found: Draft) -> Iterator[str]:
    used = {one.key.lower() for document in documents.values() for one in find_references(document)}
    runtimes = unusable_runtimes(documents)
    first = True
    for key, document in sorted(documents.items()):
        properties = document.get("properties")
        if (
            kind_of(key) != "linkedService"
            or name(key).lower() in declared
            or not isinstance(properties, dict)
        ):
            continue
        if properties.get("type") in STORE_TYPES and (
            not is_store_service(document) or key.lower() not in used
        ):
            continue
        if first:
            yield ""
            yield "# All else that the folder connects to. as-is: to production's own, as the file has it."
            yield "# {typeProperties: {server: qa.example}} is merged over the file's; null takes out."
            yield "linked_services:"
            first = False
        yield f"  # {properties.get('type')}: {address(properties)}"
        patch: dict[str, Any] = {}
        if runtime_of(properties) in runtimes:
            yield "  # A new factory has no node of its runtime: without it, public addresses are reached."
            patch["connectVia"] = None
        inside = properties.get("typeProperties")
        if isinstance(inside, dict) and inside.get("encryptedCredential"):
            yield "  # Production's factory alone can decrypt its credential: let it sign in otherwise."
            patch["typeProperties"] = {"encryptedCredential": None}
        if not patch:
            found.as_is.append(name(key))
        yield f"  {quoted(name(key))}: {json.dumps(patch).replace(chr(34), '') if patch else AS_IS}"


_USED = re.compile(r"globalParameters\.(?P<name>\w[\w-]*)", re.IGNORECASE)


def _values(documents: Documents, found: Draft) -> Iterator[str]:
    """Every global parameter with production's value, and those that are used and have none."""
    given: dict[str, Any] = {}
    for key, document in documents.items():
        if kind_of(key) == "factory":
            properties = document.get("properties")
            parameters = properties.get("globalParameters") if isinstance(properties, dict) else None
            for one, item in (parameters or {}).items() if isinstance(parameters, dict) else ():
                given[one] = item.get("value") if isinstance(item, dict) else item
    known = {one.lower() for one in given}
    for _, text in (pair for document in documents.values() for pair in walk(document)):
        for match in _USED.finditer(text) if isinstance(text, str) and "@" in text else ():
            if match["name"].lower() not in known:
                known.add(match["name"].lower())
                given[match["name"]] = fill_in("a value; the folder has none")
    found.values = len(given)
    if given:
        yield ""
        yield "# Global parameters, with production's values."
        yield "values:"
    for one, value in given.items():
        yield f"  {_key(one)}: {_value(one, value)}"


def _key(parameter: str) -> str:
    try:
        return quoted(value_name(parameter))
    except InvalidValue:
        return json.dumps(parameter, ensure_ascii=False)


def _value(parameter: str, value: Any) -> str:
    try:
        no_secret(value if isinstance(value, str) else "", parameter)
        return json.dumps(plain_value(value), ensure_ascii=False)
    except InvalidValue as refused:
        return quoted(fill_in(f"a value; production's {refused.what}"))
