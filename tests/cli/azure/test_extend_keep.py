"""`mayfly extend` and `keep` on the local Azure, as the deployer."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from localcloud.azure.core.ids import TENANT
from mayfly.cli.extend import extend
from mayfly.cli.keep import keep
from mayfly.clouds.azure import groups
from mayfly.errors import BadInput, NotAllowed
from mayfly.naming import stamp, times
from tests.teardown.world import GROUP, OURS, World

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def as_the_deployer(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    principal = world.server.principal("deployer")
    for name in [name for name in os.environ if name.startswith(("ARM_", "AZURE_", "MAYFLY_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ARM_METADATA_HOSTNAME", world.server.environment["ARM_METADATA_HOSTNAME"])
    monkeypatch.setenv("ARM_TENANT_ID", TENANT)
    monkeypatch.setenv("ARM_CLIENT_ID", principal.client_id)
    monkeypatch.setenv("ARM_CLIENT_SECRET", world.server.secrets[principal.client_id])
    monkeypatch.chdir(Path(__file__).resolve().parents[3])


def put(world: World, **more: str) -> None:
    """The group of qa-7, a day old, with a tag of somebody else's."""
    life = {times.CREATED_AT: stamp(NOW - DAY), times.EXPIRES_AT: stamp(NOW + DAY)}
    world.owner.put(GROUP, {"location": "westeurope", "tags": {**OURS, **life, "cost": "42", **more}})


def tags(world: World) -> dict[str, str]:
    group = groups.get(world.owner, GROUP)
    assert group is not None
    return dict(group.tags)


def test_an_extension_writes_one_tag_and_reads_it_back(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    put(world)
    before = tags(world)
    extend("qa-7", "24h")
    assert tags(world) == {**before, times.EXPIRES_AT: stamp(NOW + 2 * DAY)}
    out = capsys.readouterr().out
    assert out.startswith(f"qa-7 expires at {stamp(NOW + 2 * DAY)} (in 1d 23h")
    assert f"at the latest at {stamp(NOW + 29 * DAY)}" in out
    extend("qa-7", stamp(NOW + 3 * DAY))
    extend("qa-7", stamp(NOW + 3 * DAY))
    assert tags(world)[times.EXPIRES_AT] == stamp(NOW + 3 * DAY)


def test_past_the_cap_it_is_refused_and_nothing_is_written(world: World) -> None:
    put(world)
    before = tags(world)
    with pytest.raises(NotAllowed, match="at most 28d more"):
        extend("qa-7", "29d")
    assert tags(world) == before
    assert world.requests("PATCH") == []


def test_a_keep_says_who_and_why_and_ends(world: World) -> None:
    put(world)
    before = tags(world)
    keep("qa-7", until=stamp(NOW + 90 * DAY), why="a bug\nof  August")
    who = world.server.principal("deployer").object_id
    kept = {times.KEPT_UNTIL: stamp(NOW + 90 * DAY), times.KEPT_BY: who, times.KEPT_WHY: "a bug of August"}
    assert tags(world) == {**before, **kept}
    keep("qa-7", release=True)
    assert tags(world) == before
    keep("qa-7", release=True)


def test_all_that_is_wrong_with_a_keep_is_told_at_once() -> None:
    with pytest.raises(BadInput) as refused:
        keep("qa-7", until="2020-01-01T00:00:00Z")
    assert [problem.where for problem in refused.value.problems] == ["--until", "--why"]
    with pytest.raises(BadInput, match="--release"):
        keep("qa-7", why="x", release=True)


@pytest.mark.parametrize("by", ["soon", "-1d", "2026-11-21"])
def test_what_is_neither_a_duration_nor_a_time_is_refused(by: str) -> None:
    with pytest.raises(BadInput, match="BY: got"):
        extend("qa-7", by)


def test_what_is_permanent_absent_or_anothers_is_refused(world: World) -> None:
    with pytest.raises(NotAllowed, match="prod is permanent"):
        extend("prod", "24h")
    with pytest.raises(BadInput, match=r"nothing of the name .qa-7.*mayfly up"):
        extend("qa-7", "24h")
    put(world, **{"mayfly-project": "another"})
    with pytest.raises(NotAllowed, match="does not carry the marker of qa-7"):
        keep("qa-7", until=stamp(NOW + DAY), why="x")
