"""The documents of a folder that an environment cannot use: those bound to the factory they come from.

Sources: Data Factory documentation: "Custom parameters in a Resource Manager template" (encryptedCredential;
azure-docs#128343), "Create a shared self-hosted integration runtime", "Credentials in Azure Data Factory";
azure-docs#17892 (a linked service is refused whose runtime has no node).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mayfly.errors import Problem
from mayfly.workload.factory.document_kinds import file, is_store, kind_of, name
from mayfly.workload.factory.references import find_references
from mayfly.workload.factory.secrets import find_secrets

Documents = Mapping[str, Mapping[str, Any]]

EVENTS = ("BlobEventsTrigger", "CustomEventsTrigger")
"""Triggers that subscribe to events of an account or a topic."""


@dataclass
class Fit:
    """How a folder fits an environment. notes: problems that stop nothing. left_out: keys not sent."""

    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    left_out: set[str] = field(default_factory=set)


def fit(
    documents: Documents, stores: Collection[str], permanent: bool | None, endpoints: bool = False
) -> Fit:
    """Hold a folder's documents against the lifetime of the environment that they are for.

    stores: names of the variable group's. permanent: None where the fabric cannot be read. endpoints: whether
    an ephemeral environment asks for the managed private endpoints, too.
    """
    found = Fit()
    for one in bound(documents, stores):
        refused = one.used and permanent is False
        (found.problems if refused else found.notes).append(one.problem)
    if permanent is False:
        # A stopped event trigger needs the rights of a started one, in production (azure-docs#29172).
        for key, document in documents.items():
            properties = document.get("properties")
            type = properties.get("type") if isinstance(properties, dict) else None
            if kind_of(key) == "trigger" and type in EVENTS:
                found.left_out.add(key)
    what = "is not sent: an event trigger needs rights on what it listens to, stopped or not"
    fix = "start its pipeline by `mayfly run`; a permanent environment has it"
    found.notes += [Problem(file(key), what, fix) for key in sorted(found.left_out)]
    if permanent is False and not endpoints:
        private = sorted(key for key in documents if kind_of(key) == "managedPrivateEndpoint")
        what = "is not sent: a private endpoint asks its target's owner to approve a connection"
        fix = "`managed_private_endpoints: sent` in the variable group sends it"
        found.notes += [Problem(file(key), what, fix) for key in private]
        found.left_out.update(private)
    fix = "take it from a key vault, or let it sign in as the factory; here it is masked and encrypted"
    for key, document in sorted(documents.items()):
        for secret in find_secrets(document) if not is_store(key, stores) else ():
            what = f"holds what looks like {secret.looks_like}: whoever runs a pipeline here can use it"
            found.notes.append(Problem(f"{file(key)}: {secret.at}", what, fix))
    return found


@dataclass(frozen=True)
class BoundDocument:
    """A document that is bound to another factory. used: whether a pipeline needs it."""

    problem: Problem
    used: bool


def bound(documents: Documents, stores: Collection[str]) -> list[BoundDocument]:
    """Return every document that a new factory cannot use unchanged, with what to do.

    documents: key to parsed document. stores: names of the variable group's, which replace linked services.
    """
    kept = {key: _without_address(key, document, stores) for key, document in documents.items()}
    used = _used(kept)
    return [
        BoundDocument(problem, key.lower() in used)
        for key, document in sorted(kept.items())
        for problem in _problems(key, document)
    ]


def unusable_runtimes(documents: Documents) -> set[str]:
    """Return the names, in lower case, of the self-hosted runtimes that a new factory cannot use."""
    return {
        name(key).lower()
        for key, document in documents.items()
        if kind_of(key) == "integrationRuntime" and [*_problems(key, document)]
    }


def runtime_of(properties: Mapping[str, Any]) -> str:
    """Return the name, in lower case, of the runtime that a linked service names; "" for none."""
    via = properties.get("connectVia")
    return str(via.get("referenceName")).lower() if isinstance(via, dict) else ""


def _without_address(key: str, document: Mapping[str, Any], stores: Collection[str]) -> Mapping[str, Any]:
    """The parts of a linked service that stay when a store replaces it: none of its sign-in."""
    properties = document.get("properties")
    if not is_store(key, stores) or not isinstance(properties, dict):
        return document
    return {
        "properties": {field: properties[field] for field in ("type", "connectVia") if field in properties}
    }


def _used(documents: Documents) -> set[str]:
    """The keys, in lower case, of the pipelines and of all that they refer to."""
    graph = {
        key.lower(): [one.key.lower() for one in find_references(document)]
        for key, document in documents.items()
    }
    open = [key for key in graph if kind_of(key) == "pipeline"]
    used = set(open)
    while open:
        new = [to for to in graph.get(open.pop(), ()) if to not in used]
        used.update(new)
        open += new
    return used


def _problems(key: str, document: Mapping[str, Any]) -> Iterator[Problem]:
    properties = document.get("properties")
    inside = properties.get("typeProperties") if isinstance(properties, dict) else None
    if not isinstance(properties, dict) or not isinstance(inside, dict):
        if kind_of(key) == "integrationRuntime" and isinstance(properties, dict):
            yield from _runtime(key, properties, {})
        return
    if kind_of(key) == "linkedService" and inside.get("encryptedCredential"):
        where = f"{file(key)}: properties.typeProperties.encryptedCredential"
        what = "can be decrypted by the factory alone that it was written in"
        yield Problem(
            where, what, f"let it sign in as the factory, or take the secret from a key vault; {_STORE}"
        )
    if kind_of(key) == "integrationRuntime":
        yield from _runtime(key, properties, inside)
    if (
        kind_of(key) == "credential"
        and properties.get("type") == "ManagedIdentity"
        and inside.get("resourceId")
    ):
        where = f"{file(key)}: properties.typeProperties.resourceId"
        what = "is a user-assigned identity, which the environment's factory does not carry"
        yield Problem(where, what, f"let what uses it sign in as the factory itself; {_STORE}")


_STORE = "a store of the variable group takes the place of the linked service of its name"


def _runtime(key: str, properties: Mapping[str, Any], inside: Mapping[str, Any]) -> Iterator[Problem]:
    """A self-hosted runtime: its nodes are registered with one factory, which can share them."""
    if properties.get("type") != "SelfHosted":
        return
    shared = inside.get("linkedInfo")
    if not shared:
        what = "is a self-hosted runtime: no node is registered with a new factory"
        fix = "share one (`linkedInfo`), or let what uses it run on AutoResolveIntegrationRuntime"
        yield Problem(f"{file(key)}: properties.type", what, fix)
    elif not isinstance(shared, dict) or str(shared.get("authorizationType")).lower() != "key":
        what = "is another factory's runtime, on which the environment's factory has no permission"
        fix = (
            "its owner gives a permanent environment's factory Contributor on the shared runtime; in an "
            "ephemeral one let what uses it run on AutoResolveIntegrationRuntime"
        )
        yield Problem(f"{file(key)}: properties.typeProperties.linkedInfo", what, fix)
