"""The policies of a project's fabrics, as files for an account's owner."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

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
        "mayfly-janitor-1": permissions.janitor("123456789012", "eu-west-1", ["awsqa-*"]),
        "mayfly-deployer-sources": permissions.deployer_sources([LAKE]),
        f"bucket-{LAKE}": permissions.production(LAKE, ["flights/"], {"123456789012": ["awsqa-*"]}),
    }


def test_the_bucket_of_the_states_is_all_that_a_janitor_may_be_given_more_of() -> None:
    """Else no `down` and no sweep of it removes a stack, or keeps a receipt beside the states."""
    without, found = (documents(HERE, ["awsqa"], {}, state) for state in ("", "acme-qa-state"))
    arns = ["arn:aws:s3:::acme-qa-state", "arn:aws:s3:::acme-qa-state/*"]
    changed = {name: policy for name, policy in found.items() if policy != without.get(name)}
    assert {*changed} == {"mayfly-janitor-1", "mayfly-states"}
    (never,) = [one for one in found["mayfly-janitor-1"]["Statement"] if one["Effect"] == "Deny"]
    assert never == {
        **{name: value for name, value in _never(without).items() if name != "Resource"},
        "NotResource": arns,
    }
    assert [one["Resource"] for one in found["mayfly-states"]["Statement"]] == arns
    for wrong in ("*", "s3://acme-qa-state", "acme-qa-state/*"):
        with pytest.raises(BadInput, match="is not a bucket's name"):
            documents(HERE, ["awsqa"], {}, wrong)


def _never(documents: dict[str, Any]) -> dict[str, Any]:
    return dict(next(one for one in documents["mayfly-janitor-1"]["Statement"] if one["Effect"] == "Deny"))


def test_nobody_sweeps_a_permanent_fabric() -> None:
    assert [name for name in documents(HERE, ["awsprod"], {}) if "janitor" in name] == []


def test_an_applications_sources_are_its_infrastructures(tmp_path: Path) -> None:
    root = in_a_project(tmp_path, fabrics__mine=APPLICATION, variables__copies="sinks:\n  curated: curated\n")
    found = documents(root, ["mine"], {})
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
    """For people to read, into a folder that is made, and again into one that is there."""
    monkeypatch.chdir(HERE)
    folder, wanted = tmp_path / "new" / "policies", documents(HERE, ["awsqa"], {})
    for _ in range(2):
        assert main([str(folder), "awsqa"]) == 0
        assert capsys.readouterr().out.splitlines() == [f"{folder}/{name}.json" for name in wanted]
    texts = [(folder / f"{name}.json").read_text() for name in wanted]
    assert texts == [json.dumps(document, indent=2) + "\n" for document in wanted.values()]
    assert main([str(tmp_path), "qa"]) == 2
    told = capsys.readouterr().err
    assert told == "FABRIC: qa: not all are fabrics on AWS (of awsdev, awsprod, awsqa)\n"


def test_a_deployer_of_a_permanent_fabric_is_let_to_that_environment_alone() -> None:
    found = documents(HERE, ["awsprod", "awsqa"], {})
    text = json.dumps(found)
    assert "role/mayfly/awsprod/*" in text
    assert "awsprod-*/" not in text
    account = "123456789012"
    assert found[f"bucket-{LAKE}"] == permissions.production(
        LAKE, ["flights/"], {account: ["awsprod", "awsqa-*"]}
    )


def in_a_project(folder: Path, **files: str) -> Path:
    """This project's fabrics on AWS in a folder, with further files in its stacks."""
    (folder / "examples").symlink_to(HERE / "examples")
    for file in HERE.glob("stacks/*/aws*.yaml"):
        target = folder / file.relative_to(HERE)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(file.read_text())
    for name, text in files.items():
        (folder / "stacks" / f"{name.replace('__', '/')}.yaml").write_text(text)
    return folder


def test_fabrics_of_two_regions_are_not_one_deployers(tmp_path: Path) -> None:
    root = in_a_project(tmp_path, fabrics__far=APPLICATION.replace("eu-west-1", "us-east-1"))
    with pytest.raises(BadInput) as told:
        documents(root, ["awsqa", "far"], {})
    assert str(told.value) == (
        "FABRIC: awsqa far are not in one account and region (a run for each account and region)"
    )


def many_prefixes(root: Path, number: int) -> None:
    """As many more sources of the fabric awsqa, each of more than 250 characters in every policy."""
    file = root / "stacks/variables/awsqa.yaml"
    lakes = "".join(f"  store{n}: arn:aws:s3:::lake/{'x' * 250}{n}/\n" for n in range(number))
    file.write_text(file.read_text().replace("sources:\n", f"sources:\n{lakes}"))


def test_what_is_longer_than_aws_takes_is_told_with_what_to_do(tmp_path: Path) -> None:
    """By the policies that have to name every prefix."""
    root = in_a_project(tmp_path)
    many_prefixes(root, 28)
    with pytest.raises(BadInput) as told:
        documents(root, ["awsqa"], {})
    fix = "(fewer or shorter prefixes: name a folder above them, or whole buckets)"
    assert [re.sub(r"has \d+", "has N", str(problem)) for problem in told.value.problems] == [
        f"mayfly-boundary: has N characters, and AWS takes 6144 {fix}",
        f"bucket-lake: has N characters, and AWS takes 20480 {fix}",
    ]


def test_how_it_is_called(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    told = " ".join(capsys.readouterr().out.split())
    usage = "usage: python -m mayfly.clouds.aws.permissions [-h] [--state BUCKET] FOLDER FABRIC [FABRIC ...] "
    assert told.startswith(usage)
    assert "Writes the policies of a project's fabrics as files" in told


def test_quotas_that_are_near_are_told_beside_the_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = in_a_project(tmp_path)
    many_prefixes(root, 10)
    monkeypatch.chdir(root)
    assert main([str(tmp_path / "policies"), "awsqa"]) == 0
    (note,) = capsys.readouterr().err.splitlines()
    assert re.sub(r"has \d+", "has N", note) == "note: mayfly-boundary has N of at most 6144 characters"
