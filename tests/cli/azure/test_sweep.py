"""`mayfly sweep` on the local Azure: what is over goes, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from localcloud.azure.core.ids import NONPRODUCTION
from mayfly.cli import sweep as verb
from mayfly.cli.list import everywhere
from mayfly.cli.sweep import sweep
from mayfly.clouds.azure import Azure, CloudError, groups
from mayfly.clouds.concurrent import concurrently
from mayfly.errors import BadInput
from mayfly.naming import stamp, times
from mayfly.sweep import TRIES, Sweep
from tests.support import sweeping
from tests.support.sweeping import ALIVE, DAY, HOUR, KEEP, NOW, OLD
from tests.teardown.world import CONTAINER, GROUP, OURS, SOURCE, SUBSCRIPTION, World

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def as_the_deployer(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    sweeping.sign_in(world.server, "deployer", CONTAINER, monkeypatch)
    project = tmp_path / "project"
    project.mkdir()
    sweeping.enter_project(project, monkeypatch)


@pytest.fixture
def swept(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, dict[str, Any]]]:
    return partial(sweeping.swept, "qa", capsys)


def put(world: World, environment: str, life: dict[str, str], **more: str) -> str:
    """A group with nothing in it."""
    id = f"{SUBSCRIPTION}/resourceGroups/{environment}-flights"
    tags = {**OURS, "mayfly-env": environment, **life, **more}
    world.owner.put(id, {"location": "westeurope", "tags": tags}, wait=False)
    return id


def test_without_execute_nothing_is_removed(world: World, swept: Callable[..., Any]) -> None:
    world.build(tags={**OURS, **SOURCE, **OLD})
    before = world.requests("DELETE", "PUT", "PATCH")
    code, found = swept(execute=False)
    assert (code, found["qa-7"]["cause"], found["qa-7"]["outcome"]) == (0, "expired", None)
    assert world.requests("DELETE", "PUT", "PATCH") == before


def test_what_is_expired_goes_with_its_grants_and_a_receipt(world: World, swept: Callable[..., Any]) -> None:
    world.build(tags={**OURS, **SOURCE, **OLD})
    code, found = swept()
    assert (code, found["qa-7"]["outcome"]) == (0, "gone")
    receipt = json.loads(Path(found["qa-7"]["receipt"]).read_text())
    assert receipt["complete"]
    assert receipt["production_grants"]["by_description"] == 0
    assert groups.get(world.owner, GROUP) is None
    assert swept() == (0, {})


def test_pain_sweeping_unknown_orphans_only_what_is_ours_and_over_goes(
    world: World, swept: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """azure-powershell#29311, bicep#4917: what stays is told with the reason."""
    world.build(
        tags={**OURS, **SOURCE, **ALIVE, times.EXPIRES_AT: stamp(NOW + 2 * HOUR - timedelta(seconds=1))}
    )
    put(world, "qa-1", {**OLD, **KEEP})
    put(world, "qa-2", OLD, **{"mayfly-project": "another"})
    put(world, "qa", OLD, **{"mayfly-fabric": "qa"})
    unmarked = put(world, "qa-3", OLD, **{"managed-by": "terraform"})
    code, found = swept()
    assert code == 0
    assert {name: (one["cause"], one["why"]) for name, one in found.items() if name != "qa-7"} == {
        "qa-1": (None, f"kept until {stamp(NOW + DAY)} by me: a look"),
        "qa-2": (None, "is of the project 'another'"),
        "qa": (None, "is permanent"),
    }
    assert found["qa-7"]["cause"] is None
    assert 6000 < found["qa-7"]["ends_in_seconds"] < 7200
    assert groups.get(world.owner, unmarked) is not None
    sweep(fabric=["qa"])
    shown = capsys.readouterr().out
    assert "warning: qa-7 ends in 1h " in shown  # NOW is when this file was read
    assert "`mayfly extend qa-7 24h` holds it" in shown


def test_pain_a_group_delete_takes_no_foreign_resource_along(world: World, swept: Callable[..., Any]) -> None:
    """pulumi-azure-native#2522, azure-dev#2916."""
    id = put(world, "qa-1", OLD)
    account = {
        "location": "westeurope",
        "kind": "StorageV2",
        "sku": {"name": "Standard_LRS"},
        "properties": {},
    }
    world.owner.put(f"{id}/providers/Microsoft.Storage/storageAccounts/foreign1", account, wait=False)
    code, found = swept()
    assert (code, found["qa-1"]["outcome"]) == (4, "left")
    assert "foreign1 is not ours and would go too" in found["qa-1"]["told"]
    assert groups.get(world.owner, id) is not None
    assert swept(include_foreign=True)[1]["qa-1"]["outcome"] == "gone"


def test_a_lock_stops_one_and_the_rest_goes(world: World, swept: Callable[..., Any]) -> None:
    lock = world.lock(put(world, "qa-1", OLD))
    put(world, "qa-2", OLD)
    code, found = swept()
    assert (code, found["qa-1"]["outcome"], found["qa-2"]["outcome"]) == (4, "left", "gone")
    assert "there is a lock on" in found["qa-1"]["told"]
    world.owner.delete(lock)


def test_what_is_half_made_goes_once_it_is_old(world: World, swept: Callable[..., Any]) -> None:
    put(world, "qa-1", ALIVE)
    put(world, "qa-2", {times.CREATED_AT: stamp(NOW), times.EXPIRES_AT: stamp(NOW + DAY)})
    code, found = swept()
    assert (code, found["qa-1"]["cause"], found["qa-1"]["outcome"]) == (0, "half", "gone")
    assert found["qa-1"]["why"] == "half made or half removed: it has no storageAccounts and no factories"
    assert found["qa-2"]["outcome"] is None
    assert swept(grace="0m")[1]["qa-2"]["outcome"] == "gone"


def test_pain_the_close_event_never_came(world: World, swept: Callable[..., Any], tmp_path: Path) -> None:
    """FreiFahren#960, maple#257, phoenix#2299: the ids of open pull requests decide."""
    world.build(tags={**OURS, **SOURCE, **ALIVE})
    open_ids = tmp_path / "open"
    open_ids.write_text("7\n12\n")
    assert swept(open_ids=open_ids)[1]["qa-7"]["cause"] is None
    open_ids.write_text("qa-7\nqa-12\n")
    assert swept(open_ids=open_ids)[1]["qa-7"]["cause"] is None, "whole names are no reason to remove all"
    open_ids.write_text("12\n")
    assert swept(open_ids=open_ids, grace="2d")[1]["qa-7"]["cause"] is None
    assert swept(open_ids=open_ids)[1]["qa-7"]["outcome"] == "gone"


@pytest.mark.parametrize("content", [None, "", "\n", "7\nA B\n"])
def test_a_list_of_open_ids_that_cannot_be_meant_is_bad_input(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "open"
    if content is not None:
        file.write_text(content)
    with pytest.raises(BadInput, match="--open-ids"):
        sweep(fabric=["qa"], open_ids=file)


def test_of_a_file_that_is_no_list_of_ids_some_lines_are_told(tmp_path: Path) -> None:
    (tmp_path / "open").write_text("<p>\n" * 5000)
    with pytest.raises(BadInput) as refused:
        sweep(fabric=["qa"], open_ids=tmp_path / "open")
    assert [problem.what for problem in refused.value.problems][-1] == "4990 more lines are no ids"
    assert len(refused.value.problems) == 11


def test_all_that_is_wrong_with_the_options_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        sweep(fabric=["nope"], cloud="gcp", grace="soon", none_open=True)
    assert [problem.where for problem in refused.value.problems] == [
        "--fabric",
        "--cloud",
        "--grace",
        "--none-open",
    ]
    (tmp_path / "open").write_text("")
    with pytest.raises(BadInput, match="got 0 of --fabric"):
        sweep(open_ids=tmp_path / "open", none_open=True)
    with pytest.raises(BadInput, match="none of qa is of the cloud 'aws'"):
        sweep(fabric=["qa"], cloud="aws")


def test_pain_grants_outlive_the_group(world: World, swept: Callable[..., Any]) -> None:
    """bellhop#38, hypershift#8322: qa-7 went with its group alone; qa-8 tells where sources are."""
    world.build()
    groups.delete(world.owner, GROUP, "qa-7", sleep=lambda _: None)
    put(world, "qa-8", ALIVE, **SOURCE)
    young = swept(fabric=["qa"], execute=False)[1]["qa-7"]
    assert (young["cause"], "an `up` may be making it" in young["why"]) == (None, True)
    gone = swept(grace="0m")[1]["qa-7"]
    assert (gone["cause"], gone["outcome"]) == ("lost", "gone")
    receipt = json.loads(Path(gone["receipt"]).read_text())
    assert [thing["type"] for thing in receipt["gone"]] == ["Microsoft.Authorization/roleAssignments"]


def test_grants_are_found_by_the_fabrics_files_where_nothing_lives(
    world: World, swept: Callable[..., Any]
) -> None:
    world.build()
    groups.delete(world.owner, GROUP, "qa-7", sleep=lambda _: None)
    gone = swept(grace="0m")[1]["qa-7"]
    assert (gone["cause"], gone["outcome"]) == ("lost", "gone")
    assert swept(grace="0m") == (0, {})


def test_a_fabric_whose_files_do_not_tell_its_sources_is_told_of(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the next `up` shall live is nothing to a sweep; a lake that is not named leaves grants unseen."""
    monkeypatch.setenv("MAYFLY_TTL", "999d")
    assert sweep(fabric=["qa"], execute=True) == 0
    assert "sources of qa" not in capsys.readouterr().err
    monkeypatch.setenv("MAYFLY_VAR_LAKE", "no container")
    assert sweep(fabric=["qa"], execute=True) == 1
    assert "sources of qa may not be read, what is there is unknown: " in capsys.readouterr().err


def test_a_grant_of_an_identity_that_is_gone_is_told_and_goes_with_its_environment(
    world: World, swept: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    world.build(tags={**OURS, **SOURCE, **ALIVE})
    sweep(fabric=["qa"])
    assert "names an identity" not in capsys.readouterr().err
    stale = world.grant(world.server.principal("earlier").object_id)
    assert swept()[1]["qa-7"]["cause"] is None
    sweep(fabric=["qa"])
    assert f"{stale} names an identity that its environment has no more" in capsys.readouterr().err
    groups.tag(world.deployer, GROUP, OLD)
    assert swept()[1]["qa-7"]["outcome"] == "gone"
    assert world.owner.get(stale) is None


def test_max_removes_the_most_overdue_first(world: World, swept: Callable[..., Any]) -> None:
    for number, days in ((1, 3), (2, 5), (3, 4)):
        put(world, f"qa-{number}", {**OLD, times.EXPIRES_AT: stamp(NOW - days * DAY)})
    code, found = swept(most=2)
    assert (code, {name: one["outcome"] for name, one in found.items()}) == (
        0,
        {"qa-2": "gone", "qa-3": "gone", "qa-1": "waits"},
    )


def test_an_extension_that_was_written_after_the_listing_counts(
    world: World, swept: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    id = put(world, "qa-1", OLD)
    listed = everywhere

    def then_extended(*asked: Any, **options: Any) -> Any:
        found = listed(*asked, **options)
        groups.tag(world.deployer, id, {times.EXPIRES_AT: stamp(NOW + DAY), times.CREATED_AT: stamp(NOW)})
        return found

    monkeypatch.setattr(verb, "everywhere", then_extended)
    code, found = swept()
    assert (code, found["qa-1"]["outcome"], "expires at" in found["qa-1"]["told"]) == (0, "spared", True)
    assert groups.get(world.owner, id) is not None


def test_pain_a_janitor_that_stops_at_the_first_failure(
    world: World, swept: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """sqlmesh#4228, #5802: a failure is kept with the cloud's code and request id, and tried again."""
    for number in (1, 2, 3):
        put(world, f"qa-{number}", OLD)
    get, tried = groups.get, list[str]()

    def failing(cloud: Azure, id: str) -> groups.Group | None:
        if "/qa-2-" in id:
            tried.append(id)
            raise CloudError(500, "InternalServerError", "no luck", "request-42", f"GET {id}")
        return get(cloud, id)

    monkeypatch.setattr(groups, "get", failing)
    monkeypatch.setattr(Sweep, "pause", staticmethod(lambda _seconds: None))
    code, found = swept()
    assert (code, {name: one["outcome"] for name, one in found.items()}) == (
        4,
        {"qa-1": "gone", "qa-2": "failed", "qa-3": "gone"},
    )
    assert found["qa-2"]["error"] == {"code": "InternalServerError", "request_id": "request-42"}
    assert len(tried) == TRIES
    monkeypatch.setattr(groups, "get", get)
    assert swept()[1]["qa-2"]["outcome"] == "gone"


def test_two_sweeps_at_once_do_no_harm(world: World, tmp_path: Path) -> None:
    world.build(tags={**OURS, **SOURCE, **OLD})
    for number in (1, 2, 3):
        put(world, f"qa-{number}", OLD)
    put(world, "qa-9", {**OLD, times.KEPT_UNTIL: stamp(NOW + DAY)})
    ended = concurrently(lambda _: sweep(fabric=["qa"], execute=True), range(3))
    assert ended == [0, 0, 0]
    left = groups.environments(world.owner, NONPRODUCTION)
    assert [group.environment for group in left] == ["qa-9"]
