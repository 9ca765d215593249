"""The same resources by Terraform with its genuine provider, where the machine has both.

    python -m bench.aws.terraform up|code|down NAME     # in a shell of `mayfly local env`

MAYFLY_TERRAFORM_PLUGINS names a mirror of plugins; else one is looked for where administrators put them, and
last by Terraform itself.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.aws.packing import zipped
from bench.aws.same import ACCOUNT, BOUNDARY, EXPIRE_DAYS, Names, functions
from components.aws import policies

CONFIGURATION = Path(__file__).with_name("main.tf")
FOLDER = Path(".mayfly/terraform")
MIRROR = "MAYFLY_TERRAFORM_PLUGINS"
PROVIDER = "*/hashicorp/aws/*/*/terraform-provider-aws_*"
SYSTEM = ("/opt", "/usr/share/terraform", "/usr/local/share/terraform")


def there(root: Path) -> bool:
    """Whether the machine has Terraform and its provider, for a project in this folder."""
    if shutil.which("terraform") is None:
        return False
    folder = root / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy2(CONFIGURATION, folder)
    found = [f"-plugin-dir={mirror}" for mirror in _mirrors()][:1]
    return not _run("init", *found, folder=folder, check=False).returncode


def _mirrors() -> Iterator[Path]:
    if MIRROR in os.environ:
        yield Path(os.environ[MIRROR]).absolute()
    for root in map(Path, SYSTEM):
        for provider in (*root.glob(PROVIDER), *root.glob(f"*/{PROVIDER}")):
            yield provider.parents[5]


def up(names: Names) -> None:
    """Write the variables and the archives, and apply."""
    (FOLDER / "given.auto.tfvars.json").write_text(json.dumps(_variables(names)))
    _run("apply", "-auto-approve")


def down(names: Names) -> None:
    """Destroy."""
    _run("destroy", "-auto-approve")


def _variables(names: Names) -> dict[str, Any]:
    return {
        "account": ACCOUNT, "boundary": BOUNDARY, "bucket": names.bucket, "execution": names.execution,
        "expire_days": EXPIRE_DAYS, "group": names.group, "path": names.path, "query": names.query,
        "role": names.role, "schedule_role": names.schedule_role, "scheduling": names.scheduling,
        "tags": names.tags, "tls": policies.tls_only(names.bucket), "variables": names.variables,
        "trust": {
            "lambda": policies.trust(policies.LAMBDA),
            "scheduler": policies.trust(policies.SCHEDULER, ACCOUNT),
        },
        "functions": {each.name: _function(names, each) for each in functions()},
    }  # fmt: skip


def _function(names: Names, each: Any) -> dict[str, Any]:
    archive = FOLDER / f"{each.name}.zip"
    archive.write_bytes(zipped(each.folder))
    return {
        "name": names.function(each.name), "log_group": names.log_group(each.name),
        "retention": each.retention, "memory": each.memory, "timeout": each.timeout, "layers": each.layers,
        "schedule": each.schedule, "archive": archive.name,
    }  # fmt: skip


def _run(
    verb: str, *options: str, folder: Path = FOLDER, check: bool = True
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        ["terraform", f"-chdir={folder}", verb, "-no-color", "-input=false", *options],
        env={**os.environ, "CHECKPOINT_DISABLE": "1"}, text=True, check=False, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    if check and done.returncode:
        raise SystemExit(f"terraform {verb}: {done.stdout}")
    return done


if __name__ == "__main__":
    {"up": up, "code": up, "down": down}[sys.argv[1]](Names(sys.argv[2]))
