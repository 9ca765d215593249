"""`mayfly sweep` called in a test's own process, in a project folder of its own."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from localcloud.azure.core.ids import TENANT
from mayfly.cli import sweep as verb
from tests.support.azure_in_process import LocalServer
from tests.support.checkout import HERE


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
