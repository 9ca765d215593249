"""`mayfly sweep` called in a test's own process, in a project folder of its own."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from localcloud.azure.core.ids import TENANT
from mayfly.cli import sweep as verb
from mayfly.naming import stamp, times
from tests.support.azure_in_process import LocalServer
from tests.support.checkout import HERE

NOW = datetime.now(UTC).replace(microsecond=0)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OLD = {times.CREATED_AT: stamp(NOW - 9 * DAY), times.EXPIRES_AT: stamp(NOW - 2 * DAY)}
ALIVE = {times.CREATED_AT: stamp(NOW - DAY), times.EXPIRES_AT: stamp(NOW + 6 * DAY)}
KEEP = {times.KEPT_UNTIL: stamp(NOW + DAY), times.KEPT_BY: "me", times.KEPT_WHY: "a look"}
"""Lives, as a group's tags tell them."""


def enter_project(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder with the project's settings, for the receipts. There is no state backend."""
    for name in ("Pulumi.yaml", "stacks", "examples"):
        (folder / name).symlink_to(HERE / name)
    monkeypatch.chdir(folder)
    monkeypatch.setattr(verb, "_stacks", lambda _: ({}, ""))


def sign_in(server: LocalServer, name: str, lake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be a principal of a local Azure, with no variable of another's. lake: the id of a container."""
    principal = server.principal(name)
    for each in [each for each in os.environ if each.startswith(("ARM_", "AZURE_", "MAYFLY_", "PULUMI_"))]:
        monkeypatch.delenv(each)
    monkeypatch.setenv("ARM_METADATA_HOSTNAME", server.environment["ARM_METADATA_HOSTNAME"])
    monkeypatch.setenv("ARM_TENANT_ID", TENANT)
    monkeypatch.setenv("ARM_CLIENT_ID", principal.client_id)
    monkeypatch.setenv("ARM_CLIENT_SECRET", server.secrets[principal.client_id])
    monkeypatch.setenv("MAYFLY_VAR_LAKE", lake)


def swept(
    fabric: str, capsys: pytest.CaptureFixture[str], /, **options: Any
) -> tuple[int, dict[str, dict[str, Any]]]:
    """Sweep a fabric, or what the options say; the exit code, and each environment of the document."""
    capsys.readouterr()
    code = verb.sweep(**{"fabric": [fabric], "execute": True, "as_json": True, **options})
    document = json.loads(capsys.readouterr().out)
    return code, {one["environment"]: one for one in document["environments"]}
