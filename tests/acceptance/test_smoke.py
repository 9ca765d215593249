"""The first run on a real account, on the local clouds: every question is asked, and answered as expected."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests.support.checkout import Checkout, copy_project

READ = ["an event trigger", "refusals in the trail"]
"""On AWS, whose workloads have no event triggers; what a trail says is for the reader."""


def asked(project: Checkout, cloud: str, fabric: str, folder: Path) -> list[list[str]]:
    """The rows of the report, without its head."""
    owner, report = folder / "owner.env", folder / "report.md"
    variables = project.environ("owner").items()
    owner.write_text("".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables))
    command = ("python", "-m", "smoke", "--cloud", cloud, "--fabric", fabric)
    ran = project.run(*command, "--owner", str(owner), "--report", str(report), timeout=900)
    text = report.read_text()
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in text.splitlines()
        if line.startswith("| ")
    ]
    assert ran.code == 0, "\n".join(" ".join(row) for row in rows) + ran.stderr
    return rows[1:]


@pytest.mark.parametrize(("cloud", "fabric"), [("azure", "qa"), ("aws", "awsqa")])
def test_a_first_run_asks_everything_and_is_answered(cloud: str, fabric: str, tmp_path: Path) -> None:
    project = copy_project(tmp_path / "checkout")
    project.local("start", "--cloud", cloud)
    try:
        project.run("python", "examples/flights/lake.py", "--cloud", cloud, principal="owner").ok()
        project.local("grant", "--cloud", cloud, principal="owner")
        rows = asked(project, cloud, fabric, tmp_path)
    finally:
        project.local("stop")
    assert [row[1] for row in rows if row[0] != "ok"] == READ[cloud == "azure" :]
    assert len(rows) == 18
