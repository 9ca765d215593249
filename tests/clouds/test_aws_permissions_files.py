"""The policies of a project's fabrics, as files for an account's owner."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mayfly.clouds.aws import permissions
from mayfly.clouds.aws.permissions.__main__ import documents, main
from mayfly.errors import BadInput
from tests.support.checkout import HERE

LAKE = "flights-lake-123456789012"
APPLICATION = """cloud: aws
account: "123456789012"
region: eu-west-1
lifetime: ephemeral
owner: me
workload: examples/flights
variables: copies
scope: application
infrastructure: awsprod
"""


def test_a_fabrics_policies_are_those_of_the_code() -> None:
    found = documents(HERE, ["awsqa"], {})
    deployer = permissions.deployer("123456789012", "eu-west-1", ["awsqa-*"])
    assert found == {
        "mayfly-boundary": permissions.boundary("123456789012", {LAKE: ["flights/"]}),
        **{f"mayfly-deployer-{n}": part for n, part in enumerate(permissions.split(deployer), 1)},
        "mayfly-deployer-sources": permissions.deployer_sources([LAKE]),
        f"bucket-{LAKE}": permissions.production(LAKE, ["flights/"], {"123456789012": ["awsqa-*"]}),
    }


def test_an_applications_sources_are_its_infrastructures(tmp_path: Path) -> None:
    (tmp_path / "examples").symlink_to(HERE / "examples")
    for file in HERE.glob("stacks/*/aws*.yaml"):
        target = tmp_path / file.relative_to(HERE)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(file.read_text())
    (tmp_path / "stacks/fabrics/mine.yaml").write_text(APPLICATION)
    (tmp_path / "stacks/variables/copies.yaml").write_text("sinks:\n  curated: curated\n")
    found = documents(tmp_path, ["mine"], {})
    deployer = "".join(json.dumps(one) for name, one in found.items() if "deployer-" in name)
    assert "function:mine-*" in deployer
    assert "function:*-" not in deployer
    assert "parameter/mayfly/awsprod/" in deployer
    assert found["mayfly-boundary"] == permissions.boundary("123456789012", {LAKE: ["flights/"]})


@pytest.mark.parametrize("wrong", ["qa", "nope"])
def test_another_clouds_fabric_has_none(wrong: str) -> None:
    with pytest.raises(BadInput, match="not all are fabrics on AWS"):
        documents(HERE, ["awsqa", wrong], {})


def test_they_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(HERE)
    assert main([str(tmp_path / "policies"), "awsqa"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert [json.loads(Path(path).read_text()) for path in told] == [*documents(HERE, ["awsqa"], {}).values()]
    assert main([str(tmp_path), "qa"]) == 2
