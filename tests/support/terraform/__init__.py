"""Terraform with its genuine AWS provider, where the machine has both: a second opinion on what was made."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
MIRROR = "MAYFLY_TERRAFORM_PLUGINS"
"""Names a filesystem mirror, a folder <host>/<namespace>/<type>/<version>/<platform>."""

PROVIDER = "*/hashicorp/aws/*/*/terraform-provider-aws_*"
SYSTEM = ("/opt", "/usr/share/terraform", "/usr/local/share/terraform", "/usr/lib/terraform")
"""Where administrators put mirrors, at once or in a folder of any name."""


@dataclass(frozen=True)
class Terraform:
    """The command, in a folder with a configuration and as a principal."""

    folder: Path
    environ: Mapping[str, str]

    def run(self, verb: str, *options: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Run a verb to its end; standard error is part of what it printed."""
        command = ["terraform", verb, "-no-color", "-input=false", *options]
        return subprocess.run(
            command, cwd=self.folder, env=dict(self.environ), text=True, timeout=timeout, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def ended(self, code: int, verb: str, *options: str) -> str:
        """What a verb printed that had to end with this code."""
        finished = self.run(verb, *options)
        assert finished.returncode == code, f"{verb} ended with {finished.returncode}\n{finished.stdout}"
        return finished.stdout


def prepared(folder: Path, environ: Mapping[str, str], variables: Mapping[str, Any]) -> Terraform:
    """Put this folder's configuration and the variables there. Raises LookupError where Terraform is missing.

    The provider is taken from a mirror where there is one, else from where Terraform itself finds it.
    """
    if shutil.which("terraform") is None:
        raise LookupError("there is no terraform on PATH")
    for path in HERE.glob("*.tf"):
        shutil.copy2(path, folder)
    (folder / "given.auto.tfvars.json").write_text(json.dumps(variables))
    terraform = Terraform(folder, {**environ, **_configuration(folder)})
    try:
        told = terraform.run("init", timeout=60)
    except subprocess.TimeoutExpired:
        raise LookupError("terraform finds its AWS provider nowhere within a minute") from None
    if told.returncode != 0:
        raise LookupError(f"terraform has no AWS provider; {MIRROR} names a mirror: {told.stdout}")
    return terraform


def _configuration(folder: Path) -> dict[str, str]:
    """Variables that point it to the mirror, and keep it from asking for news."""
    quiet, mirror = {"CHECKPOINT_DISABLE": "1"}, next(_mirrors(), None)
    if mirror is None:
        return quiet
    installation = (
        f"provider_installation {{\n  filesystem_mirror {{\n    path = {json.dumps(str(mirror))}\n  }}\n}}"
    )
    (folder / "terraform.rc").write_text(f"{installation}\n")
    return {**quiet, "TF_CLI_CONFIG_FILE": str(folder / "terraform.rc")}


def _mirrors() -> Iterator[Path]:
    """The folders that hold the provider: the one that was named, else what the system has."""
    if MIRROR in os.environ:
        yield Path(os.environ[MIRROR]).absolute()
        return
    for root in map(Path, SYSTEM):
        for provider in (*root.glob(PROVIDER), *root.glob(f"*/{PROVIDER}")):
            yield provider.parents[5]
