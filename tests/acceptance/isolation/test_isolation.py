"""An environment's own identity reads production and writes its own sink, and can do nothing else (point 4).

The operations are all public methods of the SDKs' clients, found by looking at them. Each write is refused
on production because of the permission and of nothing else: the same write, on what is laid out the same,
succeeds for a principal with a wider role (or is not there, 501, which is only said to who has the role).
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.acceptance.isolation.conftest import Environment, sdk_as
from tests.support.azure_sdk import Sdk
from tests.support.checkout import PRODUCTION, Checkout
from tests.support.isolation.builder import Builder
from tests.support.isolation.exclusions import (
    ABOVE_THE_CONTAINER,
    ASKS,
    BEYOND_THE_READER,
    EXCLUDED,
    REFUSED_TO_ALL,
    SERVED,
    UNSERVED_READS,
    UNSERVED_VARIANTS,
)
from tests.support.isolation.operations import Operation, Unsent, discover, methods
from tests.support.isolation.outcomes import Outcome, outcome
from tests.support.isolation.places import PROBE, Place
from tests.support.request_log import RequestLog

OPERATIONS = discover()
WRITES = [found for found in OPERATIONS if found.writes]
READS = [found for found in OPERATIONS if found.reads and found.is_about_the_place]
DATA_READS = [found for found in READS if found.is_data]
CONTROL_READS = [found for found in READS if not found.is_data]
OWN_WRITES = [found for found in WRITES if found.is_data and found.served]
CHANGING = {"PUT", "PATCH", "DELETE", "POST"}


@pytest.fixture(scope="module")
def me(checkout: Checkout, environment: Environment) -> Sdk:
    """The environment's own identity, asking for production."""
    return sdk_as(checkout, environment.sink.principal, PRODUCTION)


def test_every_method_is_a_write_or_a_read_or_left_out_for_a_reason() -> None:
    found = {method.key for method in methods(Unsent())}
    called = {operation.key for operation in OPERATIONS}
    assert called | set(EXCLUDED) == found
    assert not called & set(EXCLUDED)
    assert all(EXCLUDED.values())
    assert all(operation.is_about_the_place for operation in WRITES if operation.key not in REFUSED_TO_ALL)


def test_nothing_is_said_about_methods_that_are_not_there() -> None:
    written = {operation.key for operation in WRITES}
    data_reads = {operation.key for operation in DATA_READS}
    assert {f"{group}.{name}" for group, names in SERVED.items() for name in names} <= written
    assert set(REFUSED_TO_ALL) <= written
    assert {str(operation) for operation in WRITES} >= UNSERVED_VARIANTS
    assert {operation.key for operation in OPERATIONS} >= set(ASKS)
    assert data_reads >= ABOVE_THE_CONTAINER | BEYOND_THE_READER | UNSERVED_READS


@pytest.mark.parametrize("write", WRITES, ids=str)
def test_a_write_on_production_is_refused(write: Operation, me: Sdk, lake: Place) -> None:
    assert outcome(write, me, lake).not_permitted


@pytest.mark.parametrize("write", WRITES, ids=str)
def test_the_same_write_succeeds_for_a_wider_role(write: Operation, wider: Builder, stand_in: Place) -> None:
    ready = write.served or write.key in REFUSED_TO_ALL
    came = outcome(write, wider.sdk, wider.restore(write, stand_in) if ready else stand_in)
    if write.key in REFUSED_TO_ALL:
        assert came == Outcome(403, REFUSED_TO_ALL[write.key])
    else:
        assert came.succeeded if write.served else came.status == 501


@pytest.mark.parametrize("read", DATA_READS, ids=str)
def test_production_is_read(read: Operation, me: Sdk, lake: Place) -> None:
    came = outcome(read, me, lake)
    if read.key in ABOVE_THE_CONTAINER | BEYOND_THE_READER:
        assert came.not_permitted
    elif read.key in UNSERVED_READS:
        assert came.status == 501
    else:
        assert came.succeeded


@pytest.mark.parametrize("read", CONTROL_READS, ids=str)
def test_resource_manager_shows_the_container_alone(read: Operation, me: Sdk, lake: Place) -> None:
    came = outcome(read, me, lake)
    if read.key == "blob_containers.get":
        assert came.given.id == lake.container_id
    else:
        assert came.status == 403 or came.given == []


@pytest.mark.parametrize("operation", [*WRITES, *READS], ids=str)
def test_another_environment_is_closed(
    operation: Operation, environment: Environment, neighbour: Environment
) -> None:
    came = outcome(operation, environment.me, neighbour.sink)
    assert came.not_permitted or (operation.reads and (came.status == 403 or came.given == []))


@pytest.mark.parametrize("write", OWN_WRITES, ids=str)
def test_its_own_sink_is_open(write: Operation, environment: Environment) -> None:
    builder, place = Builder(environment.me, ""), replace(environment.sink, container=f"{PROBE}-own")
    builder.restore_container(place)
    builder.restore_blobs(place)
    assert outcome(write, environment.me, place).succeeded


def test_nothing_that_was_asked_of_production_was_done(
    checkout: Checkout, environment: Environment, me: Sdk, lake: Place
) -> None:
    log = RequestLog(checkout.state / "requests.jsonl")
    log.mark()
    for write in WRITES:
        outcome(write, me, lake)
    asked = log.entries(name=environment.sink.factory)
    changing = [entry for entry in asked if entry["method"] in CHANGING]
    assert len(changing) >= len(WRITES)
    assert {entry["status"] for entry in changing} == {403}
