"""Asks a real account what no local cloud can answer, and writes a report that can be pasted into an issue.

Run it as the deployer, on an account where nothing can be lost; docs/first-run.md walks through it.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from mayfly import settings
from mayfly.errors import BadInput, MayflyError, Problem
from mayfly.settings import EnvironmentSettings
from smoke import commands, report
from smoke.place import Place
from smoke.steps import Smoke

PLACES = {"azure": ("smoke.azure", "AzurePlace"), "aws": ("smoke.aws", "AwsPlace")}
ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    """Ask, and write the report; 1 when an answer is not as expected."""
    parser = argparse.ArgumentParser(prog="scripts/smoke", description=__doc__)
    parser.add_argument("--cloud", choices=sorted(PLACES), required=True)
    parser.add_argument("--fabric", required=True, help="an ephemeral fabric of that cloud")
    parser.add_argument(
        "--owner",
        type=Path,
        required=True,
        metavar="FILE",
        help="variables of the account's owner, as lines of `export NAME=value`: who widens a role by hand",
    )
    parser.add_argument("--report", type=Path, default=Path("smoke-report.md"), metavar="FILE")
    given = parser.parse_args()
    started = datetime.now(UTC)
    try:
        findings = _smoke(given.cloud, given.fabric, given.owner).all()
    except MayflyError as error:  # of the files, or of an owner who cannot be asked: nothing was made
        _say(str(error))
        return error.exit_code
    title = f"Mayfly {version('mayfly')}: a first run on {given.cloud}, fabric {given.fabric}"
    given.report.write_text(report.page(title, started, findings))
    _say(f"report: {given.report}")
    return int(any(finding.ok is False for finding in findings))


def _smoke(cloud: str, name: str, owner: Path) -> Smoke:
    fabric = settings.fabrics(ROOT).get(name)
    if fabric is None or fabric.permanent or fabric.infrastructure is not None or fabric.cloud != cloud:
        what = f"{name!r} is no ephemeral fabric on {cloud} with an environment of its own"
        raise BadInput([Problem("--fabric", what, "such as qa or awsqa")])
    if not owner.is_file():
        raise BadInput([Problem("--owner", f"there is no file {owner}", "see docs/first-run.md")])
    stamp = f"{datetime.now(UTC):%m%d%H%M%S}"
    first, second = f"{name}-smoke-{stamp}", f"{name}-smoke-{stamp}-2"
    # For plain Pulumi as well: what names the workload is in the tags.
    workload = ROOT / fabric.workload
    environ: Mapping[str, str] = {**os.environ, "MAYFLY_WORKLOAD": str(workload)}
    module, place = PLACES[cloud]

    def of(environment: str) -> EnvironmentSettings:
        return settings.load(ROOT, environment, environ)

    made = getattr(import_module(module), place)(
        environ, commands.variables(owner.read_text(), environ), of, first
    )
    two_principals(made)
    return Smoke(commands.Shell(ROOT, environ), made, first, second, workload, _say)


def two_principals(place: Place) -> None:
    """Raise BadInput where the owner's variables sign in the deployer: the shell's own may come first."""
    deployer, owner = place.who()
    if deployer == owner:
        fix = "name the owner's credentials, and `unset` what signs the deployer in: docs/first-run.md"
        raise BadInput([Problem("--owner", f"its variables sign in the deployer, {deployer}", fix)])


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
