"""The sources that a proof covers on Azure, and what of the deployed factory reaches elsewhere.

The records are the group's tags and the role assignments of its identities. A branch's variable group adds
sources and removes none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mayfly.errors import MayflyError
from mayfly.naming import tagging
from mayfly.naming.azure import from_tag, ids
from mayfly.proof.verdict import VARIABLE_GROUP, JudgedSource
from mayfly.workload.factory.answers import answer_of
from mayfly.workload.factory.document_kinds import DOCUMENT_KINDS
from mayfly.workload.factory.reach import Reach, reaches

if TYPE_CHECKING:
    from mayfly.clouds.azure.client import Azure
    from mayfly.clouds.azure.grants import Grant
    from mayfly.proof.azure.environments import DeployedEnvironment

TAGS, GRANT = "the group's tags", "a role assignment"


@dataclass
class Container:
    """A container of production. id: in the spelling of the first record. known_from: the records."""

    id: str
    name: str
    known_from: list[str] = field(default_factory=list)

    @property
    def declared(self) -> bool:
        """Whether the environment is meant to read it; a stray role assignment does not declare that."""
        return self.known_from != [GRANT]

    @property
    def judged(self) -> JudgedSource:
        """The source as a proof shows it."""
        account, container = self.id.split("/")[8::4]
        return JudgedSource(self.name, f"{account}/{container}", tuple(self.known_from))


def known(place: DeployedEnvironment, held: Iterable[Grant] = ()) -> list[Container]:
    """Return the containers that the group's tags, role assignments and the variable group name.

    held: role assignments of the group's identities. Raises MayflyError for a tag that names no container:
    its author may want to hide one.
    """
    found: dict[str, Container] = {}

    def add(name: str, id: str, record: str) -> None:
        container = found.setdefault(id.lower(), Container(id, name))
        if record not in container.known_from:
            container.known_from.append(record)

    for tag, value in sorted(place.tags.items()):
        if tag.lower().startswith(tagging.SOURCE):
            try:
                add(tag[len(tagging.SOURCE) :], from_tag(value), TAGS)
            except ValueError as error:
                raise MayflyError(f"the tag {tag} of {place.group_id} names no source: {error}") from None
    for grant in held:
        # A role above a container is reported as one too many, so it names no source.
        if not ids.is_at_or_below(grant.scope, place.group_id) and "/containers/" in grant.scope.lower():
            container = ids.parse(grant.scope)
            if container.is_type(ids.CONTAINER):
                add(f"{ids.account_of(container).name}/{container.name}", grant.scope, GRANT)
    for name, source in place.settings.variables.granted.items():
        add(name, source, VARIABLE_GROUP)
    return list(found.values())


def allowed(place: DeployedEnvironment) -> list[str]:
    """Return what the variable group changes in the workload's documents, beside its linked services."""
    group = place.settings.variables
    found = [f"{key}: {path}" for key, values in group.overrides.items() for path in values]
    return [*found, *(["managed private endpoints"] if group.managed_private_endpoints == "sent" else [])]


def elsewhere(cloud: Azure, place: DeployedEnvironment, sources: Iterable[str]) -> list[Reach]:
    """Return what the deployed factory reaches besides its environment's own stores.

    sources: resource ids of the containers that are read. The canary of another `prove` signs in as the
    factory and calls these stores alone, so it does not count.
    """
    own = []
    for account in {*place.account_ids, *(str(ids.account_of(ids.parse(source))) for source in sources)}:
        endpoints = (cloud.get(account) or {}).get("properties", {}).get("primaryEndpoints", {})
        own += [endpoints[name] for name in ("blob", "dfs") if name in endpoints]
    documents = {
        f"{kind}/{item['name']}": item
        for kind in ("linkedService", "dataset", "pipeline")
        for item in cloud.list(f"{place.factory_id}/{DOCUMENT_KINDS[kind].collection}")
    }
    group = place.settings.variables
    told = {key: answer for key in documents if (answer := answer_of(key, group))}
    return reaches(documents, own, told)
