"""Azure's own command line works unmodified against the local Azure: a second opinion where `az` is there."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from localcloud.azure.core.ids import TENANT
from tests.docs.pages import blocks
from tests.support.checkout import (
    HERE,
    LAKE,
    LAKE_CONTAINER,
    LAKE_GROUP,
    NONPRODUCTION,
    PRODUCTION,
    Checkout,
    Finished,
    finish,
)

LOCAL, PERMISSIONS = HERE / "docs/local-cloud.md", HERE / "docs/permissions.md"
READER, WRITER = "Storage Blob Data Reader", "Storage Blob Data Contributor"
SOMEBODY = "00000000-0000-4000-8000-0000000000f0"
"""A service principal that the directory does not know yet."""

EXAMPLES = {
    "00000000-0000-0000-0000-0000000000a0": PRODUCTION,
    "00000000-0000-0000-0000-0000000000b0": NONPRODUCTION,
    "resourceGroups/lake/": "resourceGroups/flights-lake/",
    "storageAccounts/acmelake": "storageAccounts/flightslake",
}
"""What the pages name, and what stands in its place here."""


@dataclass(frozen=True)
class Az:
    """The command, signed in as a principal of a checkout. folder: where it keeps what it knows."""

    checkout: Checkout
    principal: str
    folder: Path

    def run(self, *words: str) -> Finished:
        """One command to its end."""
        return self.shell(shlex.join(("az", *words)))

    def said(self, *words: str) -> Any:
        """What a command that succeeds prints; nothing is None."""
        return json.loads(self.run(*words).ok().stdout or "null")

    def refused(self, *words: str) -> str:
        """What a command says that is refused."""
        finished = self.run(*words)
        assert finished.code != 0, finished.stdout
        return finished.stderr

    def shell(self, text: str, **variables: str) -> Finished:
        """A piece of shell."""
        script = f"cd {shlex.quote(str(self.folder))}\n{text}"
        process = self.checkout.start(
            "sh", "-ec", script, principal=self.principal, AZURE_CONFIG_DIR=str(self.folder / ".mayfly/az"),
            AZURE_CORE_COLLECT_TELEMETRY="false", **variables,
        )  # fmt: skip
        return finish(process)


def signed_in(checkout: Checkout, principal: str, folder: Path) -> Az:
    """As the documentation says to do it. Skips where there is no `az` that starts."""
    if shutil.which("az") is None:
        pytest.skip("there is no az command on PATH")
    told = subprocess.run(["az", "version"], capture_output=True, text=True, check=False)
    if told.returncode != 0:
        pytest.skip(f"the az command does not start: {told.stderr}")
    az = Az(checkout, principal, folder)
    az.shell(command(LOCAL, "az login")).ok()
    return az


def command(page: Path, words: str) -> str:
    """The block of a page that has these words."""
    (found,) = [block.text for block in blocks(page) if block.language == "sh" and words in block.text]
    return found


@pytest.fixture(scope="module")
def deployer(checkout: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Az:
    return signed_in(checkout, "deployer", tmp_path_factory.mktemp("az"))


@pytest.fixture(scope="module")
def owner(checkout: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Az:
    return signed_in(checkout, "owner", tmp_path_factory.mktemp("az"))


def test_az_registers_the_cloud_signs_in_and_signs_out(checkout: Checkout, tmp_path: Path) -> None:
    az = signed_in(checkout, "deployer", tmp_path)
    environ = checkout.environ("deployer")
    arm = f"https://{environ['ARM_METADATA_HOSTNAME']}"
    cloud = az.said("cloud", "show")
    assert (cloud["name"], cloud["endpoints"]["resourceManager"]) == ("local", arm)
    assert cloud["endpoints"]["activeDirectory"] == arm
    shown = az.said("account", "show")
    assert (shown["id"], shown["tenantId"]) == (NONPRODUCTION, TENANT)
    assert shown["user"] == {"name": environ["ARM_CLIENT_ID"], "type": "servicePrincipal"}
    listed = az.said("account", "list", "--refresh")
    assert {each["id"]: each["name"] for each in listed} == {
        PRODUCTION: "production",
        NONPRODUCTION: "nonproduction",
    }
    regions = {each["name"]: each["displayName"] for each in az.said("account", "list-locations")}
    assert regions["westeurope"] == "West Europe"
    az.run("logout").ok()
    assert "az login" in az.refused("group", "list")
    wrong = ("--username", environ["ARM_CLIENT_ID"], "--password", "wrong", "--tenant", TENANT)
    assert "AADSTS7000215" in az.refused("login", "--service-principal", *wrong)


def test_an_environment_is_made_by_az_login_for_its_own_subscription(deployer: Az) -> None:
    """Whatever subscription is the default one, and without any other credential."""
    root = shlex.quote(str(deployer.checkout.root))
    alone = f"unset ARM_CLIENT_ID ARM_CLIENT_SECRET AZURE_CLIENT_ID AZURE_CLIENT_SECRET\ncd {root}\n"
    deployer.run("account", "set", "--subscription", PRODUCTION).ok()
    try:
        made = deployer.shell(f"{alone} mayfly up qa-az").ok()
    finally:
        deployer.run("account", "set", "--subscription", NONPRODUCTION).ok()
        deployer.shell(f"{alone} mayfly down qa-az").ok()
    client = deployer.checkout.environ("deployer")["ARM_CLIENT_ID"]
    assert f"(client {client}) of tenant {TENANT}, by `az login`" in made.stderr


def test_az_makes_lists_and_deletes_groups_and_accounts(deployer: Az) -> None:
    group, account = "az-1", "az1flights"
    made = deployer.said("group", "create", "--name", group, "--location", "westeurope", "--tags", "a=b")
    assert (made["tags"], made["properties"]["provisioningState"]) == ({"a": "b"}, "Succeeded")
    assert deployer.said("group", "show", "--name", group) == made
    assert made in deployer.said("group", "list", "--tag", "a=b")
    inside = ("--resource-group", group)
    keyless = ("--sku", "Standard_LRS", "--allow-shared-key-access", "false")
    stored = deployer.said("storage", "account", "create", "--name", account, *inside, *keyless)
    assert stored["provisioningState"] == "Succeeded"
    assert deployer.said("storage", "account", "show", "--name", account, *inside)["id"] == stored["id"]
    listed = deployer.said("storage", "account", "list", *inside)
    assert [each["id"] for each in listed] == [stored["id"]]
    assert stored["id"] in {each["id"] for each in deployer.said("storage", "account", "list")}
    deployer.run("group", "delete", "--name", group, "--yes").ok()
    assert deployer.said("group", "exists", "--name", group) is False
    assert "(ResourceGroupNotFound)" in deployer.refused("group", "show", "--name", group)


def test_az_shows_the_deployer_production_and_keeps_what_refuses_it(deployer: Az) -> None:
    there = ("--subscription", PRODUCTION)
    lake = deployer.said("storage", "account", "show", "--ids", LAKE)
    assert (lake["name"], lake["isHnsEnabled"]) == ("flightslake", True)
    assert [each["id"] for each in deployer.said("storage", "account", "list", *there)] == [LAKE]
    group = LAKE_GROUP.rpartition("/")[2]
    told = deployer.refused("group", "delete", "--name", group, "--yes", *there)
    assert "(AuthorizationFailed)" in told
    assert "'Microsoft.Resources/subscriptions/resourceGroups/delete'" in told
    keys = deployer.refused("storage", "account", "keys", "list", "--account-name", "flightslake", *there)
    assert "(AuthorizationFailed)" in keys


def test_az_gives_and_revokes_the_readers_role_and_no_other(deployer: Az) -> None:
    at = ("--scope", LAKE_CONTAINER)
    to = ("--assignee-object-id", SOMEBODY)
    typed = ("--assignee-principal-type", "ServicePrincipal")
    (role,) = deployer.said("role", "definition", "list", "--name", READER)
    assert (role["roleName"], role["roleType"]) == (READER, "BuiltInRole")
    given = deployer.said("role", "assignment", "create", *to, *typed, "--role", READER, *at)
    assert (given["principalId"], given["scope"]) == (SOMEBODY, LAKE_CONTAINER)
    assert given["roleDefinitionId"].endswith(f"/{role['name']}")
    told = deployer.refused("role", "assignment", "create", *to, *typed, "--role", WRITER, *at)
    assert "(AuthorizationFailed)" in told
    assert "'Microsoft.Authorization/roleAssignments/write'" in told
    (found,) = deployer.said("role", "assignment", "list", *to, *at)
    assert (found["id"], found["roleDefinitionName"]) == (given["id"], READER)
    deployer.run("role", "assignment", "delete", *to, "--role", READER, *at).ok()
    assert deployer.said("role", "assignment", "list", *to, *at) == []


def test_az_gives_the_deployers_roles_as_documented(owner: Az) -> None:
    text = next(block.text for block in blocks(PERMISSIONS) if block.marker == "deployer")
    for shown, real in EXAMPLES.items():
        text = text.replace(shown, real)
    documented = json.loads(text)
    plain = command(PERMISSIONS, "az role assignment create").replace("\\\n", "")
    conditioned = ' --condition "$CONDITION" --condition-version 2.0'
    assert conditioned in plain
    for each in documented:
        given = {"OBJECT_ID": SOMEBODY, "SCOPE": each["scope"], "CONDITION": each.get("condition", "")}
        role = each["roleDefinitionId"].rpartition("/")[2]
        written = plain if each.get("condition") else plain.replace(conditioned, "")
        owner.shell(written, ROLE_GUID=role, **given).ok()
    to, found = ("--assignee-object-id", SOMEBODY), []
    for subscription in (PRODUCTION, NONPRODUCTION):
        there = ("--all", "--subscription", subscription)
        found += owner.said("role", "assignment", "list", *to, *there)
    compared = ("scope", "roleDefinitionId", "condition")
    assert sorted(tuple(str(each.get(name)) for name in compared) for each in found) == sorted(
        tuple(str(each.get(name)) for name in compared) for each in documented
    )
    owner.run("role", "assignment", "delete", "--ids", *(each["id"] for each in found)).ok()
