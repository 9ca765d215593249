"""Our language host, asking for pip as the official one does.

Source: pulumi/pulumi v3.258.0, sdk/python/toolchain/pip.go. Every update begins with a list of what is
installed, and ends there if pip does not give it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from plugin import language_host

CALLS = "TEST_PIP_CALLS"
"""The variable with the file in which the calls are noted, one a line."""


class OfficialHost(language_host.Host):
    """Makes the two calls before it answers."""

    def _required_packages(self) -> bytes:
        pip("--version")
        packages = json.loads(pip("list", "--format", "json"))
        assert all(package["name"] and package["version"] for package in packages)
        return super()._required_packages()


def pip(*arguments: str) -> str:
    """What the environment's own pip prints. Raises CalledProcessError."""
    with Path(os.environ[CALLS]).open("a") as calls:
        calls.write(" ".join(arguments) + "\n")
    command = [f"{sys.prefix}/bin/python", "-m", "pip", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def main() -> None:
    """Serve one CLI."""
    language_host.Host = OfficialHost  # type: ignore[misc]
    language_host.main()
