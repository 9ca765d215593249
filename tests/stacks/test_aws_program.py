# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

import base64
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pulumi
import pytest

from mayfly.errors import BadInput
from mayfly.workload.functions import published
from stacks import program
from tests.components.recorder import Cloud, start

ROOT = Path(__file__).parents[2]
PREFLIGHT = "mayfly:aws:preflight"
ACCOUNT = "123456789012"
LAKE = f"flights-lake-{ACCOUNT}"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project's own settings with a workload of one function, and nothing of this machine's pipeline."""
    for name in ("GITHUB_ACTIONS", "TF_BUILD"):
        monkeypatch.delenv(name, raising=False)
    for folder in ("stacks/fabrics", "stacks/variables"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(ROOT / "Pulumi.yaml", tmp_path)
    function = tmp_path / "examples" / "flights" / "functions" / "copy"
    function.mkdir(parents=True)
    (function / "handler.py").write_text("def main(event, context):\n    return 1\n")
    (function / "function.yaml").write_text(
        "runtime: python3.12\nhandler: handler.main\nmemory: 512\ntimeout: 60\nlog_retention: 7\n"
        "schedule: rate(1 day)\nlayers: ['arn:aws:lambda:{region}:336392948345:layer:Pandas:16']\n"
    )
    return tmp_path


def cloud(**answer: Any) -> Cloud:
    """A cloud in which the environment can be made, but for what is told."""
    found = Cloud()
    found.answers[PREFLIGHT] = {"problems": [], "group_tags": {}, "quotas": [], **answer}
    return found


@pulumi.runtime.test
def run(root: Path) -> None:
    program.main(root)


def test_a_function_runs_the_folders_sources_and_knows_its_stores(root: Path) -> None:
    engine = start(cloud(), "awsqa-142")
    run(root)
    made = engine.one("lambda/function:Function").inputs
    bucket = engine.one("s3/bucket:Bucket").inputs["bucket"]
    assert made["name"] == "awsqa-142-copy"
    assert made["environment"]["variables"] == {
        "LAKE": f"s3://{LAKE}/flights/",
        "CURATED": f"s3://{bucket}/curated/",
        "YEAR": "2013",
    }
    assert made["layers"] == ["arn:aws:lambda:eu-west-1:336392948345:layer:Pandas:16"]
    content = Path(made["code"].path).read_bytes()
    assert b"return 1" in content
    assert base64.b64decode(made["sourceCodeHash"]) == hashlib.sha256(content).digest()


def test_it_deploys_into_the_fabrics_account_and_region_whatever_the_shells_are(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    engine = start(cloud(), "awsqa-142")
    run(root)
    provider = engine.one("pulumi:providers:aws").inputs
    assert provider["region"] == "eu-west-1"
    assert json.loads(provider["allowedAccountIds"]) == [ACCOUNT]


def test_the_cloud_is_asked_for_all_that_will_be_made(root: Path) -> None:
    asked = cloud()
    engine = start(asked, "awsqa-142")
    run(root)
    ((token, request),) = asked.invoked
    assert token == PREFLIGHT
    assert request == {
        "account": ACCOUNT,
        "region": "eu-west-1",
        "project": "mayfly",
        "environment": "awsqa-142",
        "resource_group": engine.one("resourcegroups/group:Group").inputs["name"],
        "bucket": engine.one("s3/bucket:Bucket").inputs["bucket"],
        "role": next(
            each.inputs["name"] for each in engine.all("iam/role:Role") if "schedule" not in each.name
        ),
        "functions": ["awsqa-142-copy"],
        "sources": {"lake": f"arn:aws:s3:::{LAKE}/flights/"},
        "roles": len(engine.all("iam/role:Role")),
        "code_bytes": sum(path.stat().st_size for path in root.glob("examples/flights/functions/copy/*.py")),
    }


def test_what_the_cloud_finds_wrong_is_told_and_nothing_is_registered(root: Path) -> None:
    wrong = {"where": "sources.lake", "what": "there is no such bucket", "fix": "name one that exists"}
    engine = start(cloud(problems=[wrong]), "awsqa-142")
    with pytest.raises(pulumi.RunError, match=r"sources\.lake: there is no such bucket"):
        run(root)
    assert engine.registered == []


def test_what_a_pipeline_needs_is_exported(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exported: dict[str, Any] = {}
    monkeypatch.setattr(pulumi, "export", exported.__setitem__)
    engine = start(cloud(), "awsqa-142")
    run(root)
    assert list(exported) == [
        "account",
        "region",
        "resource_group",
        "bucket",
        "sinks",
        "functions",
        "role_arn",
        "boundary_arn",
        "variables",
    ]
    bucket = engine.one("s3/bucket:Bucket").inputs["bucket"]
    assert exported["sinks"] == {"curated": f"s3://{bucket}/curated/"}
    assert set(exported["functions"]) == {"copy"}


def test_the_sink_expires_no_sooner_than_the_environment_can_live(root: Path) -> None:
    fabric = root / "stacks/fabrics/awsqa.yaml"
    fabric.write_text(fabric.read_text().replace("longest: 30d", "longest: 193h"))
    engine = start(cloud(), "awsqa-142")
    run(root)
    (rule,) = engine.one("BucketLifecycleConfiguration").inputs["rules"]
    assert rule["expiration"] == {"days": 9}


def test_an_extended_expiry_stays(root: Path) -> None:
    kept = {"mayfly-created-at": "2026-01-01T00:00:00Z", "mayfly-expires-at": "2026-01-31T00:00:00Z"}
    engine = start(cloud(group_tags=kept), "awsqa-142")
    run(root)
    assert kept.items() <= engine.one("resourcegroups/group:Group").inputs["tags"].items()


def test_production_is_protected_runs_its_schedules_and_publishes_what_others_use(root: Path) -> None:
    engine = start(cloud(), "awsprod")
    run(root)
    made = [each for each in engine.registered if not each.type.startswith("pulumi:")]
    assert [each.name for each in made if not each.protect] == []
    assert engine.one("Schedule").inputs["state"] == "ENABLED"
    parameter = engine.one("Parameter").inputs
    assert parameter["name"] == "/mayfly/awsprod/infrastructure"
    said = json.loads(parameter["insecureValue"])
    assert {said["boundary_arn"]} == {
        each.inputs["permissionsBoundary"] for each in engine.all("iam/role:Role")
    }
    assert said["functions"]["copy"]["memory"] == 512
    assert said["sources"] == {"lake": f"arn:aws:s3:::{LAKE}/flights/"}


def test_another_environment_publishes_nothing(root: Path) -> None:
    engine = start(cloud(), "awsqa-142")
    run(root)
    assert engine.all("Parameter") == []


def test_what_is_too_long_to_be_published_is_a_problem_beforehand(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(published, "LONGEST", 100)
    engine = start(cloud(), "awsprod")
    with pytest.raises(pulumi.RunError, match=r"/mayfly/awsprod/infrastructure: .*have fewer") as error:
        run(root)
    assert isinstance(error.value.__cause__, BadInput)
    assert engine.registered == []


def application(root: Path, **changes: Any) -> Cloud:
    """A cloud in which awsprod has published, as the files now say, but for what is told."""
    engine = start(cloud(), "awsprod")
    run(root)
    said = json.loads(engine.one("Parameter").inputs["insecureValue"])
    return cloud(infrastructure=json.dumps({**said, **changes}))


def test_an_application_copies_functions_as_its_infrastructure_runs_them(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exported: dict[str, Any] = {}
    asked = application(root)
    monkeypatch.setattr(pulumi, "export", exported.__setitem__)
    (root / "examples/flights/functions/copy/function.yaml").write_text("memory: 9\n")
    engine = start(asked, "awsdev-feature-1")
    run(root)
    made = engine.one("lambda/function:Function").inputs
    assert (made["name"], made["memorySize"], made["timeout"]) == ("awsdev-feature-1-copy", 512, 60)
    assert made["layers"] == ["arn:aws:lambda:eu-west-1:336392948345:layer:Pandas:16"]
    assert made["environment"]["variables"]["LAKE"] == f"s3://{LAKE}/flights/"
    assert made["loggingConfig"]["logGroup"] == "/mayfly/awsdev-feature-1/copy"
    assert engine.one("cloudwatch/logGroup:LogGroup").inputs["retentionInDays"] == 7
    assert engine.one("iam/role:Role").inputs["path"] == "/mayfly/awsdev-feature-1/"
    assert engine.all("Schedule") == engine.all("Parameter") == []
    assert asked.invoked[-1][1]["infrastructure"] == "awsprod"
    assert exported["infrastructure"] == "awsprod"
    assert exported["variables"]["lake"] == f"arn:aws:s3:::{LAKE}/flights/"


def test_an_application_that_does_not_fit_its_infrastructure_is_refused(root: Path) -> None:
    engine = start(application(root, functions={}), "awsdev-feature-1")
    with pytest.raises(pulumi.RunError, match=r"functions/copy: the infrastructure awsprod has no function"):
        run(root)
    assert engine.registered == []
