"""An environment's own role reads production and writes its own bucket, and can do nothing else (point 3).

The operations are all of the SDK's own service models. Each is called with the role's credentials from
outside, and by a function that runs as it. A denial counts only as AWS's own: AccessDenied. That it is the
permission that denies is shown by the controls: the same call gets through for a wider role, and each of the
three layers (the role's policy, the boundary, the statement in production's bucket) still denies when the
others do not.
"""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from botocore.validate import ParamValidator

from tests.support.isolation_aws import documents
from tests.support.isolation_aws.builder import Builder
from tests.support.isolation_aws.callers import Caller, WithCredentials
from tests.support.isolation_aws.disguises import DISGUISES, Disguise, send
from tests.support.isolation_aws.exclusions import (
    EXCLUDED,
    OWN_WRITES,
    READABLE,
    READS,
    REFUSED_TO_ALL,
    SERVED,
    UNJUDGED,
    WRITES,
)
from tests.support.isolation_aws.operations import Operation, discover, every, reads, writes
from tests.support.isolation_aws.outcomes import Outcomes, outcomes
from tests.support.isolation_aws.places import PROBE, Place

ENDPOINT, BOUNDARY = "https://nowhere.invalid", "arn:aws:iam::123456789012:policy/boundary"
NOWHERE = Place("123456789012", "eu-west-1", ENDPOINT, "qa-1", "bucket", "role", "function", BOUNDARY)
SERVED_WRITES = {f"{service}.{name}" for service, names in SERVED.items() for name in names}


@pytest.fixture(params=["from outside", "inside the function"])
def caller(request: pytest.FixtureRequest) -> Caller:
    """The environment's role, as whoever has its credentials and as its function."""
    found: Caller = request.getfixturevalue("me" if request.param == "from outside" else "inside")
    return found


def unjudged(operations: Iterable[Operation]) -> set[str]:
    """Those that the local AWS does not have, and so nothing is shown about."""
    return {operation.key for operation in operations if operation.unjudged}


def not_denied(found: Outcomes) -> dict[str, object]:
    """Whatever was not refused for want of permission."""
    return {key: outcome for key, outcome in found.items() if not outcome.denied}


def test_every_operation_is_called_or_left_out_for_a_reason() -> None:
    called = {operation.key for operation in discover()}
    assert called | set(EXCLUDED) == {operation.key for operation in every()}
    assert not called & set(EXCLUDED)
    assert all({**EXCLUDED, **READS, **WRITES, **UNJUDGED, **REFUSED_TO_ALL}.values())


def test_nothing_is_said_about_operations_that_are_not_there() -> None:
    written = {operation.key for operation in writes()}
    read = {operation.key for operation in reads()}
    assert written >= {*WRITES, *SERVED_WRITES, *OWN_WRITES, *REFUSED_TO_ALL}
    assert read >= {*READS, *READABLE}
    assert written | read >= set(UNJUDGED)


def test_most_is_judged() -> None:
    """The rest is S3 Control's, its access points and jobs, and is for the real cloud to show."""
    judged = [operation for operation in writes() if not operation.unjudged]
    assert len(judged) >= 440
    assert len(SERVED_WRITES) >= 210


def test_what_is_sent_is_what_the_models_ask_for() -> None:
    for operation in discover():
        if shape := operation.model.input_shape:
            report = ParamValidator().validate(operation.call(NOWHERE)["arguments"], shape)
            assert not report.has_errors(), f"{operation}: {report.generate_report()}"


def test_a_write_on_production_is_denied(caller: Caller, production: Place) -> None:
    found = outcomes(writes(), caller, production)
    assert set(not_denied(found)) == unjudged(writes())
    assert {found[key].status for key in unjudged(writes())} == {501}


def test_the_same_write_gets_through_for_a_wider_role(wider: WithCredentials, stand_in: Place) -> None:
    """Without the layers the matrix fails, and on these operations."""
    found = outcomes(writes(), wider, stand_in)
    assert {key for key, outcome in found.items() if outcome.denied} == set(REFUSED_TO_ALL)
    assert {key: found[key] for key in SERVED_WRITES if not found[key].succeeded} == {}


@pytest.mark.parametrize("widened", ["the policy", "the boundary"])
def test_either_layer_denies_alone(
    widened: str, builder: Builder, environment: Place, own_policy: str, production: Place
) -> None:
    policy = documents.EVERYTHING if widened == "the policy" else own_policy
    boundary = environment.boundary if widened == "the policy" else builder.unbounded(environment)
    name = f"{environment.environment}-{widened.replace('the ', 'wide-')}"
    role = builder.owner.assume(builder.role(environment, name, policy, boundary), PROBE)
    found = outcomes(writes(), role, production)
    builder.remove_role(name)
    assert set(not_denied(found)) == unjudged(writes())


def test_productions_own_statement_denies_when_both_layers_are_gone(
    wider: WithCredentials, stand_in: Place, production: Place
) -> None:
    """The widest role under the environments' path does it to the stand-in's bucket, not to production's."""
    asked = [found for found in writes() if found.service == "s3" and found.key not in BESIDE_THE_BUCKET]
    on_production = not_denied(outcomes(asked, wider, production))
    assert on_production == {}
    readable = outcomes([found for found in reads() if found.key in READABLE], wider, production)
    assert all(outcome.succeeded for outcome in readable.values())


BESIDE_THE_BUCKET = {"s3.CreateBucket", "s3.WriteGetObjectResponse"}
"""Writes of S3 that are not on the bucket, and so not its statement's business."""


def test_production_is_read(inside: Caller, production: Place) -> None:
    found = outcomes(reads(), inside, production)
    assert set(not_denied(found)) == READABLE | unjudged(reads())
    assert all(found[key].succeeded for key in READABLE)


def test_whoever_takes_the_role_outside_of_a_function_reads_nothing(
    me: WithCredentials, production: Place
) -> None:
    found = outcomes(reads(), me, production)
    assert set(not_denied(found)) <= unjudged(reads())


def test_another_environment_is_closed(caller: Caller, neighbour: Place) -> None:
    found = outcomes(discover(), caller, neighbour)
    assert set(not_denied(found)) <= unjudged(discover())


def test_its_own_bucket_is_open_and_nothing_else_of_its_own(
    inside: Caller, builder: Builder, environment: Place
) -> None:
    """Its role, its function and its boundary are as closed to it as production's are."""
    builder.furnish_objects(environment)
    found = outcomes(writes(), inside, builder.uploads(environment))
    assert set(not_denied(found)) == OWN_WRITES | unjudged(writes())
    assert all(found[key].succeeded for key in OWN_WRITES)


def test_whoever_takes_the_role_outside_of_a_function_writes_no_object(
    me: WithCredentials, builder: Builder, environment: Place
) -> None:
    found = outcomes(writes(), me, builder.uploads(environment))
    logs = {key for key in OWN_WRITES if key.startswith("logs.")}
    assert set(not_denied(found)) == logs | unjudged(writes())


@pytest.mark.parametrize("disguise", DISGUISES, ids=lambda disguise: disguise.name)
def test_no_disguise_gets_past(disguise: Disguise, me: WithCredentials, production: Place) -> None:
    assert send(disguise, me, production) == 403


def test_a_disguise_is_what_it_says(wider: WithCredentials, stand_in: Place) -> None:
    """Control: the same requests are writes for whom may write."""
    answers = {disguise.name: send(disguise, wider, stand_in) for disguise in DISGUISES}
    assert all(status != 403 for status in answers.values()), answers
