"""`mayfly list` on the local Azure: what has a group, and what reads production though it has none."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

import pytest

from localcloud.azure.core.ids import NONPRODUCTION, PRODUCTION
from mayfly import naming
from mayfly.clouds.azure import Azure, grants, groups
from mayfly.clouds.azure.errors import CloudError, Unsigned
from mayfly.listing.azure import everywhere
from tests.teardown.conftest import world as world
from tests.teardown.world import GROUP, OURS, SOURCE, SUBSCRIPTION, World, caller


def test_readers_of_sources_that_belong_to_no_living_environment_are_listed(world: World) -> None:
    """qa-7 went with its group alone, and its grant stayed; qa-8 lives, and tells where the sources are."""
    world.build()
    groups.delete(world.owner, GROUP, "qa-7", sleep=lambda _: None)
    tags = {**OURS, **SOURCE, "mayfly-env": "qa-8"}
    world.owner.put(f"{SUBSCRIPTION}/resourceGroups/qa-8-flights", {"location": "westeurope", "tags": tags})
    theirs = naming.azure.identity("mayfly", "qa-8", NONPRODUCTION)
    world.grant(world.server.principal("qa-8").object_id, grants.description(theirs))
    elsewhere = naming.azure.identity("mayfly", "qa-9", PRODUCTION)
    world.grant(world.server.principal("qa-9").object_id, grants.description(elsewhere))
    found = everywhere(lambda _: world.deployer, [NONPRODUCTION])
    shown = [(row.environment, row.project, row.state, row.group) for row in found.found]
    assert shown == [
        ("qa-8", "mayfly", "Succeeded", "qa-8-flights"),
        ("qa-7", "mayfly", "no group; grants: 1", None),
    ]
    assert world.teardown().run().complete
    assert len(everywhere(lambda _: world.deployer, [NONPRODUCTION]).found) == 1


def test_pain_a_list_is_one_query_a_subscription(world: World) -> None:
    """pulumi#8872, datadog-agent#45134: however many there are; and one for the readers of a source."""
    for number in range(30):
        tags = {**OURS, **SOURCE, "mayfly-env": f"qa-{number}"}
        group = f"{SUBSCRIPTION}/resourceGroups/qa-{number}-flights"
        world.owner.put(group, {"location": "westeurope", "tags": tags}, wait=False)
    before = len(world.requests("GET", "POST"))
    assert len(everywhere(lambda _: world.deployer, [NONPRODUCTION]).found) == 30
    groups_asked, *readers_asked = world.requests("GET", "POST")[before:]
    assert groups_asked == f"GET {SUBSCRIPTION}/resourceGroups"
    assert len(readers_asked) == 1


@pytest.mark.parametrize("description", ["mayfly:", "mayfly:nobody", "mayfly:a/b/c/d"])
def test_what_others_write_into_descriptions_and_tags_ends_no_list(world: World, description: str) -> None:
    """A deployer's, of whatever fabric: nobody saw an environment any more."""
    world.build(tags={**OURS, **SOURCE, "mayfly-source-more": "a/b/c/d"})
    world.grant(world.server.principal("somebody").object_id, description)
    found = everywhere(lambda _: world.deployer, [NONPRODUCTION])
    assert [row.environment for row in found.found] == ["qa-7"]
    assert found.unread == {}


def test_a_source_whose_grants_may_not_be_read_is_told(world: World) -> None:
    world.build()
    nobody = world.server.principal("reader")
    world.role(nobody.object_id, "acdd72a7-3385-48ef-bd42-f606fba81ae7", SUBSCRIPTION)
    with caller(world.server, "reader") as reader:
        found = everywhere(lambda _: reader, [NONPRODUCTION])
    assert [row.environment for row in found.found] == ["qa-7"]
    assert [place.startswith("grants on ") for place in found.unread] == [True]


@pytest.mark.parametrize(("hours", "told"), [(48, "2d ahead of Azure's"), (-1, "1h behind Azure's")])
def test_with_a_clock_that_is_off_nobody_looks_what_is_over(world: World, hours: int, told: str) -> None:
    """All would have expired. A list without decisions is as good as ever."""
    world.build()
    ahead = timedelta(hours=hours)

    class Skewed:
        """The deployer's client on a machine whose clock is off."""

        clock_ahead = ahead

        def __getattr__(self, name: str) -> Any:
            return getattr(world.deployer, name)

    skewed = cast(Azure, Skewed())
    assert len(everywhere(lambda _: skewed, [NONPRODUCTION]).found) == 1
    with pytest.raises(CloudError, match=f"ClockSkewed: this machine's clock is {told}"):
        everywhere(lambda _: skewed, [NONPRODUCTION], closely=())
    assert len(everywhere(lambda _: world.deployer, [NONPRODUCTION], closely=()).found) == 1


ANOTHER = "00000000-0000-0000-0000-0000000000b0"


def test_a_subscription_that_the_tenant_does_not_show_hides_no_other(world: World) -> None:
    """As a fabric's whose file was never changed: 404, SubscriptionNotFound, and no refusal."""
    world.build()
    found = everywhere(lambda _: world.deployer, [ANOTHER, NONPRODUCTION])
    assert [row.environment for row in found.found] == ["qa-7"]
    assert ["SubscriptionNotFound" in why for why in found.unread.values()] == [True]


def test_a_subscription_that_az_knows_no_sign_in_for_hides_no_other(world: World) -> None:
    """`az` signs in for one subscription at a time, and knows those of its own tenants alone."""

    def signed_in(subscription: str) -> Azure:
        if subscription == ANOTHER:
            raise Unsigned(0, "ClientAuthenticationError", f"Subscription '{ANOTHER}' not found")
        return world.deployer

    world.build()
    found = everywhere(signed_in, [ANOTHER, NONPRODUCTION])
    assert [row.environment for row in found.found] == ["qa-7"]
    assert [*found.unread] == [f"subscription {ANOTHER}"]
    with pytest.raises(Unsigned):
        everywhere(signed_in, [ANOTHER])
