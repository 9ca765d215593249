"""The resource operations of the provider server, for every row of the table."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError
from pulumi.runtime.proto import provider_pb2 as messages

from localcloud.engine.aws import diff, naming, shape
from localcloud.engine.aws.cloud import Cloud
from localcloud.engine.aws.configuration import Connection
from localcloud.engine.aws.errors import code, told, unless
from localcloud.engine.aws.row import Change, Row
from localcloud.engine.aws.table import ROWS
from localcloud.engine.backend import HalfMade
from localcloud.engine.naming import resource_type
from localcloud.engine.paths import changed, replaced
from localcloud.engine.values import UNKNOWN, Properties, decode, encode


def row_of(urn: str) -> Row:
    """The row of a URN's type."""
    token = resource_type(urn)
    if token not in ROWS:
        raise ValueError(f"the local provider server does not know the resource type {token}")
    return ROWS[token]


def check(at: Connection, request: messages.CheckRequest) -> messages.CheckResponse:
    """Add defaults (name, region, tags and others) and report missing inputs."""
    row, old, new = row_of(request.urn), decode(request.olds), decode(request.news)
    filled = naming.name_input(row, request, old, new)
    filled |= {name: value for name, value in row.defaults.items() if name not in new}
    if "region" in row.inputs and "region" not in new:
        filled["region"] = at.region
    given = {**new, **filled}
    if at.default_tags and "tags" in row.inputs and given.get("tags") is not UNKNOWN:
        given["tags"] = {**at.default_tags, **(given.get("tags") or {})}
    given[naming.DEFAULTS] = sorted(filled)
    failures = [messages.CheckFailure(property=name, reason=reason) for name, reason in _wrong(row, given)]
    return messages.CheckResponse(inputs=encode(given), failures=failures)


def compare(request: messages.DiffRequest) -> messages.DiffResponse:
    """Compare the inputs with the old inputs and the outputs."""
    row = row_of(request.urn)
    old, new = decode(request.old_inputs), decode(request.news)
    found = diff.changes(row, old, new, decode(request.olds))
    needed = replaced(found)
    kinds = messages.PropertyDiff.Kind
    return messages.DiffResponse(
        changes=messages.DiffResponse.DIFF_SOME if found else messages.DiffResponse.DIFF_NONE,
        replaces=needed,
        diffs=changed(found),
        deleteBeforeReplace=bool(needed) and _keeps_its_name(row, old, new),
        detailedDiff={
            path: messages.PropertyDiff(kind=kinds.Value(kind), inputDiff=True)
            for path, kind in found.items()
        },
        hasDetailedDiff=True,
    )


def create(at: Connection, request: messages.CreateRequest, stop: threading.Event) -> messages.CreateResponse:
    """Make a resource. The cloud refuses one that exists."""
    row, inputs = row_of(request.urn), decode(request.properties)
    if request.preview:
        return messages.CreateResponse(properties=encode(shape.preview(row, inputs)))
    cloud = at.cloud(inputs.get("region"))
    name = inputs.get(row.name.property if row.name else "bucket")
    with _reported(row, "creating", str(name or inputs.get("role") or "")):
        made = row.create(cloud, inputs, stop)
    try:
        with _reported(row, "creating", made):
            row.finish(cloud, made, inputs, stop)
            outputs = _seen(row, cloud, made, inputs)
    except Exception as error:
        raise HalfMade(made, inputs, shape.half_made(row, inputs), str(error)) from error
    return messages.CreateResponse(id=made, properties=encode(outputs))


def update(at: Connection, request: messages.UpdateRequest, stop: threading.Event) -> messages.UpdateResponse:
    """Change what differs."""
    row, state, new = row_of(request.urn), decode(request.olds), decode(request.news)
    old = decode(request.old_inputs)
    if request.preview:
        return messages.UpdateResponse(properties=encode(shape.preview_update(row, old, new, state)))
    cloud = at.cloud(state.get("region"))
    differing = frozenset(changed(diff.changes(row, old, new, state)))
    with _reported(row, "updating", request.id):
        if shape.HALF_MADE in state:
            row.finish(cloud, request.id, new, stop)
            state = _seen(row, cloud, request.id, new)
        row.update(cloud, request.id, Change(old, new, differing, state), stop)
        outputs = _seen(row, cloud, request.id, new)
    return messages.UpdateResponse(properties=encode(outputs))


def read(at: Connection, request: messages.ReadRequest) -> messages.ReadResponse:
    """Read a resource; no id when it is absent. The inputs of an import come from its outputs."""
    row, inputs, before = row_of(request.urn), decode(request.inputs), decode(request.properties)
    found = _found(row, at.cloud(before.get("region")), request.id)
    if found is None:
        return messages.ReadResponse()
    if inputs:
        outputs = shape.outputs(row, before, found)
        inputs = shape.refreshed(row, inputs, before, outputs)
    else:
        outputs = shape.outputs(row, dict(row.defaults), found)
        inputs = shape.imported(row, outputs)
    return messages.ReadResponse(id=request.id, properties=encode(outputs), inputs=encode(inputs))


def delete(at: Connection, request: messages.DeleteRequest, stop: threading.Event) -> None:
    """Remove a resource. Absent is fine."""
    row, state = row_of(request.urn), decode(request.properties)
    with _reported(row, "deleting", request.id), unless(row.absent):
        row.delete(at.cloud(state.get("region")), request.id, state)


def _seen(row: Row, cloud: Cloud, resource_id: str, inputs: Properties) -> Properties:
    """Return the outputs after a change."""
    found = row.read(cloud, resource_id)
    if found is None:
        raise ValueError(f"reading {row.noun} ({resource_id}): couldn't find resource")
    return shape.outputs(row, inputs, found)


def _found(row: Row, cloud: Cloud, resource_id: str) -> Properties | None:
    with _reported(row, "reading", resource_id):
        try:
            return row.read(cloud, resource_id)
        except ClientError as error:
            if code(error) in row.absent:
                return None
            raise


@contextmanager
def _reported(row: Row, verb: str, subject: str) -> Iterator[None]:
    """Name the operation and the resource in errors of AWS."""
    doing = f"{verb} {row.noun} ({subject})"
    try:
        yield
    except ClientError as error:
        raise RuntimeError(told(doing, row.service, error)) from error
    except BotoCoreError as error:
        raise RuntimeError(f"{doing}: {error}") from error


def _wrong(row: Row, given: Properties) -> Iterator[tuple[str, str]]:
    for name in sorted(row.required):
        if name not in given:
            missing = f'The argument "{name}" is required, but no definition was found.'
            yield name, f"Missing required argument. {missing}"
    for name in sorted(row.refused):
        if given.get(name):
            yield name, f"the local provider server does not know {name} of {row.type}"


def _keeps_its_name(row: Row, old: Properties, new: Properties) -> bool:
    """Whether a replacement has the same name, so that the old resource has to go first."""
    if row.name is None:
        return False
    name = row.name.property
    return name in new and name not in new.get(naming.DEFAULTS, []) and old.get(name) == new[name]
