"""The deployer makes roles in the one documented way, and gets at nothing but its own stages (point 3).

Each attempt differs from what it may do in one respect, and is denied; for the account's owner, on what is
laid out the same, it gets through.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.support.isolation_aws import attempts
from tests.support.isolation_aws.attempts import ATTEMPTS
from tests.support.isolation_aws.builder import Builder
from tests.support.isolation_aws.callers import Cloud, WithCredentials
from tests.support.isolation_aws.disguises import MESSAGES, Message, send_message
from tests.support.isolation_aws.operations import Call, reads, writes
from tests.support.isolation_aws.outcomes import Outcome, outcomes
from tests.support.isolation_aws.places import Place

LOOKS = {"s3.GetBucketPolicy", "s3.ListBuckets"}
"""What it may ask S3 about production: whom the lake's owner admits, and the buckets' names."""


@pytest.fixture(scope="module")
def me(deployer: Cloud) -> WithCredentials:
    """The deployer."""
    return deployer.caller


@pytest.fixture(scope="module")
def own(me: WithCredentials, builder: Builder, production: Place) -> Iterator[Place]:
    """An environment of its own: role, function and schedule as it makes them; removed by itself."""
    named = {"environment": "awsqa-own", "bucket": "mf--awsqa-own--probe", "role": "awsqa-own-probe"}
    place = replace(production, **named, function="awsqa-own-flights")
    builder.furnish_bucket(place)
    builder.administrator()
    made = attempts.documented(place)
    assert [came(me, call) for call in made] == [Outcome(200)] * len(made)
    yield place
    removed = list(attempts.removal(place))
    assert [came(me, call) for call in removed] == [Outcome(200)] * len(removed)


@pytest.fixture(scope="module")
def owners(builder: Builder, production: Place) -> Place:
    """What is the owner's to try the same on."""
    return builder.stand_in(production, "laidout")


def came(caller: WithCredentials, call: Call) -> Outcome:
    """What came of one call."""
    (answer,) = caller.answers([call])
    return Outcome(*answer)


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_it_is_denied(attempt: str, me: WithCredentials, own: Place, production: Place) -> None:
    call = ATTEMPTS[attempt](own, production)
    assert came(me, call).denied, call


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_the_same_gets_through_for_the_owner(attempt: str, owner: Cloud, owners: Place) -> None:
    assert not came(owner.caller, ATTEMPTS[attempt](owners, owners)).denied


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.name)
def test_no_disguise_gets_past(message: Message, me: WithCredentials, own: Place, production: Place) -> None:
    assert send_message(message, me, own, production) in (400, 403)


def test_it_writes_nothing_in_production(me: WithCredentials, production: Place) -> None:
    found = outcomes(writes(), me, production)
    unjudged = {operation.key for operation in writes() if operation.unjudged}
    assert {key for key, outcome in found.items() if not outcome.denied} == unjudged


def test_it_reads_nothing_of_productions_data(me: WithCredentials, production: Place) -> None:
    asked = [operation for operation in reads() if operation.service == "s3" and not operation.unjudged]
    found = outcomes(asked, me, production)
    assert {key for key, outcome in found.items() if not outcome.denied} == LOOKS
