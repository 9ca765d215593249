"""Datasets: turns a reference in an activity into a container, a path and a format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.azure.datafactory.runs import settings
from localcloud.azure.datafactory.runs.blobs import Container
from localcloud.azure.datafactory.runs.errors import ActivityError, not_supported
from localcloud.azure.datafactory.runs.expressions import Scope, evaluate
from localcloud.azure.datafactory.runs.factory import Factory, parameter_values
from localcloud.azure.datafactory.runs.frame import Step
from localcloud.azure.datafactory.runs.functions.dates import of_clock
from localcloud.azure.datafactory.runs.values import Json

KINDS = ("Binary", "DelimitedText", "Excel", "Json", "Parquet")
"""Types of datasets whose files can be read."""
_ENDPOINT = {"AzureBlobStorage": "serviceEndpoint", "AzureBlobFS": "url"}
_LOCATIONS = {
    "AzureBlobStorageLocation": ("AzureBlobStorage", "container"),
    "AzureBlobFSLocation": ("AzureBlobFS", "fileSystem"),
}
# Fields of a linked service that signs in as somebody else than the factory's own identity.
_OTHER_IDENTITIES = (
    "connectionString", "accountKey", "sasUri", "sasToken", "servicePrincipalId", "credential",
    "encryptedCredential",
)  # fmt: skip


@dataclass(frozen=True)
class Dataset:
    """A dataset with its parameters filled in.

    type: Binary, DelimitedText, Excel, Json, Parquet.
    properties: its typeProperties. folder: without slashes at the ends.
    """

    name: str
    type: str
    linked_service: str
    properties: Mapping[str, Json]
    container: Container
    folder: str
    file: str | None

    @property
    def path(self) -> str:
        """The blob or the folder it names, inside the container."""
        return "/".join(part for part in (self.folder, self.file) if part)


def resolve(step: Step, reference: Mapping[str, Any]) -> Dataset:
    """The dataset that an activity refers to. Raises ActivityError when it cannot be used."""
    factory, name = step.flight.factory, str(reference.get("referenceName"))
    document = factory.properties("datasets", name)
    given = step.evaluate(reference.get("parameters") or {})
    scope = {**_scope("dataset", document, given, f"dataset '{name}'"), **of_clock(step.flight.now)}
    properties = evaluate(document.get("typeProperties") or {}, scope)
    location, kind = properties.get("location"), str(document.get("type"))
    if not isinstance(location, dict) or kind not in KINDS:
        raise not_supported(f"datasets of type '{kind}'")
    settings.check(kind, properties)
    settings.check("DatasetCompression", properties.get("compression") or {})
    linked = document["linkedServiceName"]
    url, container = _place(factory, linked, evaluate(linked.get("parameters") or {}, scope), location)
    return Dataset(
        name=name,
        type=kind,
        linked_service=linked["referenceName"],
        properties=properties,
        container=Container(step.flight.plane, f"{url}/{container}", step.stop),
        folder=str(location.get("folderPath") or "").strip("/"),
        file=location.get("fileName") or None,
    )


def storage(step: Step, reference: Mapping[str, Any], container: str) -> Container:
    """A container of the linked service that a reference names."""
    name = reference["referenceName"]
    service = step.flight.factory.properties("linkedservices", name)
    if service.get("type") not in _ENDPOINT:
        raise not_supported(f"linked services of type '{service.get('type')}'")
    endpoint = _endpoint(service, step.evaluate(reference.get("parameters") or {}), name)
    return Container(step.flight.plane, f"{endpoint}/{container}", step.stop)


def _scope(name: str, document: Mapping[str, Any], given: Mapping[str, Json], whose: str) -> Scope:
    values = parameter_values(document.get("parameters"), given, whose)
    return {name.lower(): lambda: values}


def _place(
    factory: Factory, reference: Mapping[str, Any], given: Mapping[str, Json], location: Mapping[str, Json]
) -> tuple[str, str]:
    """The account's endpoint and the container's name."""
    name = reference["referenceName"]
    service = factory.properties("linkedservices", name)
    kind, field = _LOCATIONS.get(str(location.get("type")), (None, ""))
    if kind is None:
        raise not_supported(f"locations of type '{location.get('type')}'")
    settings.check(str(location["type"]), location)
    if kind != service.get("type"):
        raise ActivityError(
            "2200",
            f"A location of type '{location['type']}' does not fit linked service '{name}' "
            f"of type '{service.get('type')}'.",
        )
    if not location.get(field):
        raise ActivityError("2200", f"The location has no '{field}'.")
    return _endpoint(service, given, name), str(location[field])


def _endpoint(service: Mapping[str, Any], given: Mapping[str, Json], name: str) -> str:
    properties = service.get("typeProperties") or {}
    for other in _OTHER_IDENTITIES:
        if properties.get(other):
            raise not_supported(
                f"'{other}' in linked service '{name}': runs use the factory's system-assigned identity alone"
            )
    if str(properties.get("authenticationType") or "Msi") != "Msi":
        raise not_supported(f"the authentication '{properties['authenticationType']}' of '{name}'")
    settings.check(str(service["type"]), properties)
    evaluated = evaluate(properties, _scope("linkedService", service, given, f"linked service '{name}'"))
    endpoint = evaluated.get(_ENDPOINT[service["type"]])
    if not endpoint:
        raise ActivityError("2200", f"Linked service '{name}' has no '{_ENDPOINT[service['type']]}'.")
    return str(endpoint).rstrip("/")
