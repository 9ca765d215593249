from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mayfly import reaper, settings
from mayfly.errors import BadInput

ROOT = Path(__file__).parents[2]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "stacks", tmp_path / "stacks")
    shutil.copy(ROOT / "Pulumi.yaml", tmp_path)
    return tmp_path


def refused(root: Path, content: str) -> list[str]:
    (root / "stacks" / "reaper-aws.yaml").write_text(content)
    with pytest.raises(BadInput) as caught:
        reaper.load(root, "reaper-aws")
    return [str(problem) for problem in caught.value.problems]


def test_it_sweeps_the_fabrics_of_its_account_and_region(root: Path) -> None:
    other = (root / "stacks/fabrics/awsqa.yaml").read_text().replace("eu-west-1", "eu-central-1")
    (root / "stacks/fabrics/other.yaml").write_text(other)
    wanted = reaper.load(root, "reaper-aws")
    assert [fabric.name for fabric in wanted.fabrics(settings.fabrics(root))] == [
        "awsdev",
        "awsprod",
        "awsqa",
    ]


def test_all_that_is_wrong_is_told_at_once(root: Path) -> None:
    told = refused(root, "account: 12\nregion: eu-west-1\nschedule: daily\nkeep: true\n")
    assert [line.partition(": ")[2].split(":")[0] for line in told] == ["account", "schedule", "keep"]
    assert "rate(1 hours)" in told[1]


def test_one_that_has_nothing_to_sweep_is_refused(root: Path) -> None:
    for name in ("awsdev", "awsqa"):
        (root / "stacks" / "fabrics" / f"{name}.yaml").unlink()
    (told,) = refused(root, (ROOT / "stacks/reaper-aws.yaml").read_text())
    assert "no ephemeral fabric deploys into account 123456789012 in eu-west-1" in told


def test_no_fabric_is_called_reaper(root: Path) -> None:
    shutil.copy(root / "stacks/fabrics/awsqa.yaml", root / "stacks/fabrics/reaper.yaml")
    with pytest.raises(BadInput, match="is the name of the in-cloud reapers' stacks"):
        settings.fabrics(root)
