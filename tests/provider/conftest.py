"""A Pulumi project with one FactoryContent, our real plugin, and the local Azure, driven by the real CLI."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import textwrap
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from localcloud.azure.core.ids import NONPRODUCTION, TENANT
from mayfly.clouds.azure import Azure, permissions
from tests.support.azure_in_process import LocalServer, environment, local_server
from tests.support.warm import warm

ROOT = Path(__file__).resolve().parents[2]
GROUP = f"/subscriptions/{NONPRODUCTION}/resourceGroups/qa-7-flights"
FACTORY = f"{GROUP}/providers/Microsoft.DataFactory/factories/qa-7-flights-a1b2c3"

PROGRAM = """
    import json
    from pathlib import Path

    import pulumi
    from mayfly.provider.sdk import FactoryContent, preflight

    settings = json.loads(Path("settings.json").read_text())
    documents = {str(file.relative_to("factory").with_suffix("")): file.read_text()
                 for file in sorted(Path("factory").rglob("*.json"))}
    if settings.get("secret"):
        documents[settings["secret"]] = pulumi.Output.secret(documents[settings["secret"]])
    if settings.get("preflight"):
        pulumi.export("preflight", preflight(settings["preflight"], cloud="azure"))
    content = FactoryContent("content", factory_id=settings["factory"], documents=documents,
                             triggers=settings.get("triggers", "stopped"))
    if settings.get("chained"):
        described = content.etags["linkedService/lake"].apply(
            lambda etag: json.dumps({"properties": {"activities": [], "description": etag}}))
        FactoryContent("second", factory_id=content.id, documents={"pipeline/chained": described})
    pulumi.export("etags", content.etags)
    pulumi.export("known", content.factory_id)
"""


@dataclass
class Project:
    """The project folder, and the cloud it deploys to as the deployer."""

    folder: Path
    server: LocalServer
    cloud: Azure
    environ: dict[str, str]
    _seen: int = 0

    def settings(self, **values: Any) -> None:
        (self.folder / "settings.json").write_text(json.dumps({"factory": FACTORY, **values}))

    def write(self, key: str, document: Any) -> None:
        file = self.folder / "factory" / f"{key}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(document if isinstance(document, str) else json.dumps(document, indent=4))

    def read(self, key: str) -> Any:
        return json.loads((self.folder / "factory" / f"{key}.json").read_text())

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        pulumi = Path(sys.executable).parent / "pulumi"
        return subprocess.Popen(
            [pulumi, *arguments, "--non-interactive", "--color=never"],
            cwd=self.folder,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def try_pulumi(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        process = self.start(*arguments)
        stdout, stderr = process.communicate()
        return subprocess.CompletedProcess(arguments, process.returncode, stdout, stderr)

    def pulumi(self, *arguments: str) -> str:
        done = self.try_pulumi(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def up(self, *flags: str) -> str:
        return self.pulumi("up", "--yes", "--skip-preview", *flags)

    def state(self) -> dict[str, Any]:
        kept = self.folder / "state/.pulumi/stacks/provider-test/dev.json"
        resources = json.loads(kept.read_text())["checkpoint"]["latest"]["resources"]
        return next(dict(found) for found in resources if found["urn"].endswith("::content"))

    def calls(self, *, keep: bool = False) -> list[str]:
        """What the deployer asked of Resource Manager since the last call of this, sign-ins left out."""
        log = self.server.log()
        new, self._seen = log[self._seen :], self._seen if keep else len(log)
        return [
            f"{line['method']} {line['path'].removeprefix(FACTORY).lstrip('/')}"
            for line in new
            if line.get("principal") == "deployer" and "/oauth2/" not in line["path"]
        ]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    with local_server(tmp_path_factory.mktemp("cloud") / "azure") as local, environment(local.environment):
        yield local


def _caller(server: LocalServer, name: str) -> dict[str, str]:
    principal = server.principal(name)
    secret = server.secrets[principal.client_id]
    return {
        **server.environment,
        "ARM_TENANT_ID": TENANT,
        "ARM_CLIENT_ID": principal.client_id,
        "ARM_CLIENT_SECRET": secret,
    }


def _permit(owner: Azure, principal: str) -> None:
    for assignment in permissions.deployer(NONPRODUCTION, []):
        id = f"{assignment.pop('scope')}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}"
        owner.put(id, {"properties": {**assignment, "principalId": principal}})


@pytest.fixture
def project(server: LocalServer, tmp_path: Path) -> Iterator[Project]:
    """A factory, empty; the example's folder beside the program; a stack, not yet deployed."""
    with Azure.from_environment({**_caller(server, "owner")}) as owner:
        if not server.log() or owner.get(GROUP) is None:
            _permit(owner, server.principal("deployer").object_id)
            owner.put(GROUP, {"location": "westeurope"})
        owner.delete(FACTORY)
        owner.put(
            FACTORY, {"location": "westeurope", "identity": {"type": "SystemAssigned"}, "properties": {}}
        )
    who = _caller(server, "deployer")
    with Azure.from_environment(who) as cloud:
        made = Project(tmp_path, server, cloud, _environ(tmp_path, who))
        _fill(made)
        yield made


def _fill(project: Project) -> None:
    manifest = {
        "name": "provider-test",
        "runtime": {"name": "python"},
        "plugins": {"providers": [{"name": "mayfly", "path": str(ROOT / "plugin")}]},
    }
    (project.folder / "Pulumi.yaml").write_text(json.dumps(manifest))
    (project.folder / "__main__.py").write_text(textwrap.dedent(PROGRAM))
    shutil.copytree(ROOT / "examples" / "flights" / "factory", project.folder / "factory")
    project.settings()
    project.pulumi("stack", "init", "dev")
    project.calls()


def _environ(folder: Path, who: dict[str, str]) -> dict[str, str]:
    (folder / "state").mkdir()
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("ARM_", "AZURE_"))},
        **who,
        "PATH": os.pathsep.join([str(warm().programs), str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTHONPATH": str(ROOT),
        "PULUMI_BACKEND_URL": f"file://{folder / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": "a passphrase of this test",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }
