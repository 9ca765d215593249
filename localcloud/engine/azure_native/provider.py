"""The resource operations of the provider server, for every row of the table."""

from __future__ import annotations

import threading
from typing import Any

from pulumi.runtime.proto import provider_pb2 as messages

from localcloud.engine.azure_native import diff, naming, shape
from localcloud.engine.azure_native.arm import Arm, ArmError
from localcloud.engine.azure_native.configuration import Connection
from localcloud.engine.azure_native.row import Row
from localcloud.engine.azure_native.table import RESOURCE_GROUP, ROWS
from localcloud.engine.backend import HalfMade
from localcloud.engine.naming import resource_type
from localcloud.engine.paths import changed, replaced
from localcloud.engine.values import UNKNOWN, Properties, decode, encode, has_unknowns


def row_of(urn: str) -> Row:
    """The row of a URN's type."""
    token = resource_type(urn)
    if token not in ROWS:
        raise ValueError(f"the local provider server does not know the resource type {token}")
    return ROWS[token]


def check(at: Connection, request: messages.CheckRequest) -> messages.CheckResponse:
    """Add defaults (name, location) and report missing inputs."""
    row, old, new = row_of(request.urn), decode(request.olds), decode(request.news)
    if row.name not in new:
        new |= naming.name_inputs(row, request, old)
    if "location" in row.props and "location" not in new:
        location = old.get("location") or _default_location(at, new)
        new |= {"location": location} if location else {}
    new.setdefault("azureApiVersion", row.api_version)
    missing = [name for name in (*row.parameters, *sorted(row.required)) if name not in new]
    failures = [messages.CheckFailure(reason=_missing(name)) for name in missing]
    return messages.CheckResponse(inputs=encode(new), failures=failures)


def compare(request: messages.DiffRequest) -> messages.DiffResponse:
    """Compare inputs with inputs, as the official provider does."""
    row = row_of(request.urn)
    old, new = decode(request.old_inputs), decode(request.news)
    found = diff.changes(row, old, new, decode(request.olds))
    needed = replaced(found)
    kinds = messages.PropertyDiff.Kind
    return messages.DiffResponse(
        changes=messages.DiffResponse.DIFF_SOME if found else messages.DiffResponse.DIFF_NONE,
        replaces=needed,
        diffs=changed(found),
        # Two resources cannot bear one name at a time, unless the new one gets a random name of its own.
        deleteBeforeReplace=bool(needed) and not old.get(naming.RANDOM_FLAG, False),
        detailedDiff={
            path: messages.PropertyDiff(kind=kinds.Value(kind), inputDiff=True)
            for path, kind in found.items()
        },
        hasDetailedDiff=True,
    )


def create(at: Connection, request: messages.CreateRequest, stop: threading.Event) -> messages.CreateResponse:
    """Make a resource. Raises ValueError when it exists."""
    row, inputs = row_of(request.urn), decode(request.properties)
    if request.preview:
        return messages.CreateResponse(properties=encode(shape.preview(row, inputs)))
    path = shape.resource_id(row, inputs, at.subscription)
    if row.rest is None and at.arm.get(path, row.api_version) is not None:
        raise ValueError(f"cannot create already existing resource '{path}'")
    document = _write(at.arm, row, path, inputs, stop)
    return messages.CreateResponse(
        id=str(document.get("id", path)), properties=encode(shape.outputs(row, document))
    )


def update(at: Connection, request: messages.UpdateRequest, stop: threading.Event) -> messages.UpdateResponse:
    """Change a resource: a PUT of all its inputs."""
    row, inputs = row_of(request.urn), decode(request.news)
    if request.preview:
        known = shape.preview(row, inputs, known=decode(request.olds))
        return messages.UpdateResponse(properties=encode(known))
    path = shape.resource_id(row, inputs, at.subscription)
    document = _write(at.arm, row, path, inputs, stop)
    return messages.UpdateResponse(properties=encode(shape.outputs(row, document)))


def read(at: Connection, request: messages.ReadRequest) -> messages.ReadResponse:
    """Read a resource; no id when it is absent. The inputs of an import come from the id and the answer."""
    row = row_of(request.urn)
    document = at.arm.get(request.id, row.api_version)
    if document is None:
        return messages.ReadResponse()
    outputs, inputs = shape.outputs(row, document), decode(request.inputs)
    if inputs:
        inputs = shape.refreshed(row, inputs, decode(request.properties), outputs)
    else:
        named = shape.parameters(row, request.id)
        inputs = {**named, **shape.as_inputs(row, outputs), "azureApiVersion": row.api_version}
    return messages.ReadResponse(
        id=str(document.get("id", request.id)), properties=encode(outputs), inputs=encode(inputs)
    )


def delete(at: Connection, request: messages.DeleteRequest, stop: threading.Event) -> None:
    """Remove a resource and wait until it is gone. A singleton is put back to its defaults."""
    row = row_of(request.urn)
    if row.rest is None:
        at.arm.delete(request.id, row.api_version, stop)
        return
    try:
        at.arm.put(request.id, row.api_version, row.rest).wait(stop)
    except ArmError as error:
        if error.status != 404:
            raise


def _write(arm: Arm, row: Row, path: str, inputs: Properties, stop: threading.Event) -> dict[str, Any]:
    """PUT, wait, and read again, since a refresh compares with what a read returns."""
    started = arm.put(path, row.api_version, shape.body(row, inputs))
    try:
        started.wait(stop)
        return arm.get(path, row.api_version) or started.document
    except Exception as error:
        resource_id = str(started.document.get("id", path))
        raise HalfMade(resource_id, inputs, shape.outputs(row, started.document), str(error)) from error


def _missing(name: str) -> str:
    hint = (
        ". Either set it explicitly or configure it with 'pulumi config set azure-native:location <value>'."
    )
    return f"missing required property '{name}'" + (hint if name == "location" else "")


def _default_location(at: Connection, inputs: Properties) -> Any:
    """The configured location, or else that of the resource group."""
    group = inputs.get("resourceGroupName")
    if at.location or group is None:
        return at.location
    if has_unknowns(group):
        return UNKNOWN
    path = shape.resource_id(RESOURCE_GROUP, {"resourceGroupName": group}, at.subscription)
    document = at.arm.get(path, RESOURCE_GROUP.api_version)
    return document and document.get("location")
