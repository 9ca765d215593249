# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pulumi
import pytest

from mayfly import reaper, sweep
from mayfly.clouds.azure.permissions import JANITOR_DELETES, STORAGE_BLOB_DATA_READER
from mayfly.errors import BadInput
from stacks import program
from tests.components.recorder import Cloud, Recorder, start

ROOT = Path(__file__).parents[2]
SUBSCRIPTION = "6d617966-6c79-4000-8000-0000000000b0"
LAKE = (
    "/subscriptions/6d617966-6c79-4000-8000-0000000000a0/resourceGroups/flights-lake/providers/Microsoft.Storage"
    "/storageAccounts/flightslake/blobServices/default/containers/flights"
)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project's own settings, in Microsoft's own cloud, which nobody asks."""
    monkeypatch.delenv("ARM_METADATA_HOSTNAME", raising=False)
    monkeypatch.setattr(sweep, "sources", lambda root, fabrics: ({one.name: (LAKE,) for one in fabrics}, {}))
    shutil.copytree(ROOT / "stacks", tmp_path / "stacks")
    shutil.copy(ROOT / "Pulumi.yaml", tmp_path)
    return tmp_path


@pulumi.runtime.test
def run(root: Path) -> None:
    program.main(root)


@pytest.fixture
def engine(root: Path) -> Recorder:
    found = start(Cloud(), "reaper-azure")
    run(root)
    return found


def test_it_is_no_environment_and_nothing_of_it_carries_the_marker(engine: Recorder) -> None:
    assert not engine.all("mayfly:azure:Environment")
    tagged = [each for each in engine.registered if "tags" in each.inputs]
    assert {each.type for each in tagged} == {
        "azure-native:resources:ResourceGroup",
        "azure-native:datafactory:Factory",
    }
    assert all(each.inputs["tags"] == {"managed-by": "mayfly", "mayfly-project": "mayfly"} for each in tagged)
    assert engine.one("datafactory:Factory").inputs["factoryName"].startswith("reaper-mayfly-")


def test_a_source_that_is_not_known_makes_no_reaper(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "sources", lambda *_: ({}, {"qa": "MAYFLY_VAR_LAKE is no container"}))
    engine = start(Cloud(), "reaper-azure")
    with pytest.raises(pulumi.RunError, match="sources of qa: MAYFLY_VAR_LAKE is no container"):
        run(root)
    assert not engine.registered


def test_its_roles_look_and_remove_and_never_make(engine: Recorder) -> None:
    defined = (each.inputs for each in engine.all("authorization:RoleDefinition"))
    grants, environments = sorted(defined, key=lambda each: "*/read" in each["permissions"][0]["actions"])
    assert environments["permissions"] == [{"actions": ["*/read", *JANITOR_DELETES]}]
    assert {one.rsplit("/", 1)[-1] for one in grants["permissions"][0]["actions"]} == {"read", "delete"}
    assert environments["roleName"] != "Mayfly Janitor"
    for each in (environments, grants):
        assert each["assignableScopes"][0] == each["scope"]


def test_its_identity_has_these_roles_and_takes_readers_alone(engine: Recorder) -> None:
    assigned = (each.inputs for each in engine.all("authorization:RoleAssignment"))
    here, lake = sorted(assigned, key=lambda each: each["scope"] == LAKE)
    assert (here["scope"], lake["scope"]) == (f"/subscriptions/{SUBSCRIPTION}", LAKE)
    assert STORAGE_BLOB_DATA_READER in lake["condition"]
    names = {each.inputs["roleDefinitionId"] for each in engine.all("authorization:RoleDefinition")}
    assert {each["roleDefinitionId"].rsplit("/", 1)[-1] for each in (here, lake)} == names


def test_its_trigger_starts_when_its_permissions_are_there(engine: Recorder) -> None:
    content = engine.one("FactoryContent")
    assert content.inputs["triggers"] == "running"
    assert {each.urn for each in engine.all("authorization:RoleAssignment")} <= {*content.depends_on}
    trigger = json.loads(content.inputs["documents"]["trigger/hourly"])["properties"]
    assert trigger["typeProperties"]["recurrence"]["interval"] == 1
    texts = " ".join(content.inputs["documents"].values())
    assert "https://management.azure.com/subscriptions/" in texts
    assert "127.0.0.1" not in texts


def test_all_that_is_wrong_is_told_at_once(root: Path) -> None:
    (root / "stacks" / "reaper-azure.yaml").write_text("subscription: mine\nlocation: westeurope\nhours: 0\n")
    with pytest.raises(BadInput) as caught:
        reaper.load_azure(root, "reaper-azure")
    assert [str(one).split(": ")[1] for one in caught.value.problems] == ["subscription", "hours"]


def test_one_that_has_nothing_to_sweep_is_refused(root: Path) -> None:
    for name in ("dev", "qa"):
        (root / "stacks" / "fabrics" / f"{name}.yaml").unlink()
    with pytest.raises(BadInput, match="no ephemeral fabric deploys into subscription"):
        reaper.load_azure(root, "reaper-azure")
