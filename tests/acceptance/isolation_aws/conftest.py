"""A local AWS, two environments in it, production with something of everything, and what stands in for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.support.checkout import Checkout, copy_project
from tests.support.isolation_aws import documents
from tests.support.isolation_aws.builder import Builder
from tests.support.isolation_aws.callers import Cloud, InFunction, WithCredentials
from tests.support.isolation_aws.picture import changes, picture
from tests.support.isolation_aws.places import PROBE, Place

LAKE = "flights-lake-123456789012"
"""Production's bucket, as stacks/variables names it."""


@pytest.fixture(scope="package")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """A new user's checkout with a local AWS; the lake's owner has made it, and admitted the deployer."""
    project = copy_project(tmp_path_factory.mktemp("isolation"))
    project.local("start", "--cloud", "aws")
    try:
        owner = Cloud(project.environ("owner"))
        Builder(owner).furnish_bucket(_production(owner))
        project.local("grant", principal="owner")
        yield project
    finally:
        project.local("stop")


@pytest.fixture(scope="package")
def owner(checkout: Checkout) -> Cloud:
    """The account's owner."""
    return Cloud(checkout.environ("owner"))


@pytest.fixture(scope="package")
def deployer(checkout: Checkout) -> Cloud:
    """The deployer of a pipeline."""
    return Cloud(checkout.environ("deployer"))


@pytest.fixture(scope="package")
def builder(owner: Cloud) -> Builder:
    """The owner, making things."""
    return Builder(owner)


def _production(owner: Cloud) -> Place:
    account = str(owner.client("sts").get_caller_identity()["Account"])
    boundary = f"arn:aws:iam::{account}:policy/mayfly-boundary"
    role, function = "awsprod-flights-probe", "awsprod-flights"
    return Place(account, owner.region, owner.endpoint, "awsprod", LAKE, role, function, boundary)


@pytest.fixture(scope="package")
def production(owner: Cloud, builder: Builder) -> Iterator[Place]:
    """Production, with something of each kind beside its lake; after all that was tried it is as it was."""
    place = builder.uploads(_production(owner))
    builder.furnish(place)
    before = picture(owner, place)
    yield place
    assert changes(before, picture(owner, place)) == {}


@pytest.fixture(scope="package")
def environment(checkout: Checkout, builder: Builder) -> Iterator[Place]:
    """The environment that must not get out."""
    yield from _environment(checkout, builder, "awsqa-iso")


@pytest.fixture(scope="package")
def neighbour(checkout: Checkout, builder: Builder) -> Iterator[Place]:
    """Another environment, with objects in its bucket."""
    yield from _environment(checkout, builder, "awsqa-iso2")


def _environment(checkout: Checkout, builder: Builder, name: str) -> Iterator[Place]:
    checkout.run("mayfly", "up", name).ok()
    outputs = checkout.outputs(name)
    place = _place(outputs, name, builder.owner.endpoint)
    builder.furnish_objects(place)
    builder.furnish_logs(place)
    yield builder.uploads(place)
    checkout.run("mayfly", "down", name).ok()


def _place(outputs: dict[str, Any], name: str, endpoint: str) -> Place:
    role = outputs["role_arn"].rpartition("/")[2]
    function = outputs["functions"]["flights"].rpartition(":")[2]
    account, region, bucket = (outputs[output] for output in ("account", "region", "bucket"))
    return Place(account, region, endpoint, name, bucket, role, function, outputs["boundary_arn"])


@pytest.fixture(scope="package")
def me(builder: Builder, environment: Place) -> WithCredentials:
    """The environment's own role, which its owner let the account take."""
    builder.let_in(environment)
    return builder.owner.assume(environment.role_arn, PROBE)


@pytest.fixture(scope="package")
def inside(builder: Builder, environment: Place) -> Iterator[InFunction]:
    """A function with the environment's own role."""
    yield builder.function(environment, environment.probe, environment.role_arn)
    builder.remove_function(environment.probe)


@pytest.fixture(scope="package")
def stand_in(builder: Builder, production: Place) -> Place:
    """What is laid out as production, for the control to be let loose on; its boundary bounds nothing."""
    return builder.stand_in(production, "awsqa-standin")


@pytest.fixture(scope="package")
def wider(builder: Builder, stand_in: Place) -> WithCredentials:
    """A role of the same making that may do everything, its boundary too. One call follows the other."""
    arn = builder.role(stand_in, "awsqa-standin-wider", documents.EVERYTHING, builder.unbounded(stand_in))
    return replace(builder.owner.assume(arn, PROBE), at_once=1)


@pytest.fixture(scope="package")
def own_policy(owner: Cloud, environment: Place) -> str:
    """What the environment's own role may do, as it was deployed."""
    iam = owner.client("iam")
    (name,) = iam.list_role_policies(RoleName=environment.role)["PolicyNames"]
    found = iam.get_role_policy(RoleName=environment.role, PolicyName=name)["PolicyDocument"]
    return json.dumps(found)
