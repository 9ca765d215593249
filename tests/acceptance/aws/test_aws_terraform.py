"""What we made, as Terraform's own AWS provider sees it: equal to a configuration that another hand wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mayfly.workload import functions
from tests.support import terraform
from tests.support.aws_sdk import AwsSdk, changes
from tests.support.checkout import Checkout, clean_environment
from tests.support.request_log import RequestLog
from tests.support.terraform import Terraform

PUBLISHED = "/mayfly/awsprod/infrastructure"
RESOURCES = 19


@pytest.fixture
def configured(checkout: Checkout, production: dict[str, Any], owner: AwsSdk, tmp_path: Path) -> Terraform:
    """Terraform with awsprod's configuration, as its owner; it has made nothing and knows nothing yet."""
    variables = {
        "bucket": production["bucket"],
        "published": owner.parameters.get_parameter(Name=PUBLISHED)["Parameter"]["Value"],
        "group_tags": owner.group_tags(production["resource_group"]),
        "archives": archives(checkout.root / "examples/flights", tmp_path),
        **roles(owner),
    }
    environ = {**clean_environment(), **checkout.environ("owner")}
    try:
        return terraform.prepared(tmp_path, environ, variables)
    except LookupError as missing:
        pytest.skip(str(missing))


def roles(owner: AwsSdk) -> dict[str, str]:
    """The names of the two roles, which end in a hash."""
    names = [role["RoleName"] for role in owner.iam.list_roles(PathPrefix="/mayfly/awsprod/")["Roles"]]
    schedule = next(name for name in names if name.startswith("awsprod-schedule-"))
    (reader,) = set(names) - {schedule}
    return {"role": reader, "schedule_role": schedule}


def archives(workload: Path, folder: Path) -> dict[str, str]:
    """The functions' zip files, built once more: the same sources give the same file."""
    made = {}
    for name, function in functions.load(workload).functions.items():
        path = folder / f"{name}.zip"
        path.write_bytes(functions.zipped(function))
        made[name] = str(path)
    return made


def test_the_genuine_provider_finds_nothing_to_change(configured: Terraform, log: RequestLog) -> None:
    imported = configured.ended(0, "apply", "-auto-approve")
    assert f"{RESOURCES} imported, 0 added, 0 changed, 0 destroyed" in imported
    assert "No changes." in configured.ended(0, "plan", "-detailed-exitcode")
    assert changes(log) == []
    shown = configured.ended(2, "plan", "-detailed-exitcode", "-refresh=false", "-var", "memory=512")
    assert "0 to add, 1 to change, 0 to destroy" in shown
