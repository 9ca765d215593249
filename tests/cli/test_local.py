"""The local cloud by its verbs: one command starts it, and a shell is prepared by another."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import boto3
import pytest

from mayfly.cli.local import environment
from mayfly.clouds.azure import Azure, permissions
from mayfly.clouds.azure.errors import Refused

ROOT = Path(__file__).resolve().parents[2]
STATE = Path(".mayfly")
REAL = ("ARM_", "AZURE_", "AWS_", "PULUMI_", "MAYFLY_")
NOBODY = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(REAL) and not name.lower().endswith("_proxy")
}


def mayfly(folder: Path, *arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
    program = "from mayfly.cli import main; main()"
    environ = {**NOBODY, "PYTHONPATH": str(ROOT), **extra}
    command = [sys.executable, "-c", program, "local", *arguments]
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("a project")
    (folder / "Pulumi.yaml").write_text("name: test\nruntime: python\n")
    started = mayfly(folder, "start", "--json")
    try:
        assert started.returncode == 0, started.stderr
        assert json.loads(started.stdout)["running"]
        yield folder
    finally:
        assert mayfly(folder, "reset", "--yes").returncode == 0
    assert not [*(folder / STATE).iterdir()]


def shell(folder: Path, *arguments: str, **before: str) -> dict[str, str]:
    """The variables of a shell that was prepared."""
    printed = mayfly(folder, "env", *arguments)
    assert printed.returncode == 0, printed.stderr
    script = (
        f"{printed.stdout}\nexec {sys.executable} -c 'import json, os; print(json.dumps(dict(os.environ)))'"
    )
    done = subprocess.run(
        ["/bin/sh", "-c", script], env={**NOBODY, **before}, capture_output=True, check=True
    )
    variables: dict[str, str] = json.loads(done.stdout)
    return variables


def caller(variables: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> Azure:
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.setenv(name, variables[name])
    return Azure.from_environment(variables)


def test_starting_it_twice_is_starting_it_once(project: Path) -> None:
    before, again = mayfly(project, "status", "--json"), mayfly(project, "start", "--json")
    assert json.loads(again.stdout)["clouds"] == json.loads(before.stdout)["clouds"]


def test_a_prepared_shell_is_the_deployers_and_leads_nowhere_else(project: Path) -> None:
    variables = shell(project, ARM_USE_OIDC="true", PULUMI_CONFIG_PASSPHRASE="another's")
    assert not set(environment.REAL_CLOUD) & set(variables)
    assert variables["ARM_CLIENT_ID"] == variables["AZURE_CLIENT_ID"]
    assert variables["ARM_CLIENT_ID"] != shell(project, "--as", "owner")["ARM_CLIENT_ID"]
    assert variables["PATH"].split(os.pathsep)[0] == str(Path(sys.executable).parent)
    assert variables["PULUMI_BACKEND_URL"].startswith(project.as_uri())


def test_a_proxy_is_for_the_world_outside(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A laptop behind a company's proxy: nothing of the local cloud goes there, and its exceptions stay."""
    closed = dict.fromkeys(("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"), "http://127.0.0.1:9")
    again = mayfly(project, "start", **closed)
    assert again.returncode == 0, again.stderr
    printed = json.loads(mayfly(project, "env", "--json", NO_PROXY="corp.example, 10.0.0.1").stdout)
    variables = printed["variables"]
    assert variables["NO_PROXY"] == variables["no_proxy"] == "corp.example,10.0.0.1,127.0.0.1"
    for name, value in closed.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("NO_PROXY", variables["NO_PROXY"])
    monkeypatch.setenv("no_proxy", variables["no_proxy"])
    assert caller(variables, monkeypatch).get(f"/subscriptions/{variables['ARM_SUBSCRIPTION_ID']}")


def test_secrets_are_nobody_elses(project: Path) -> None:
    for path in (
        project / STATE / file for file in ("passphrase", "azure/principals.json", "aws/principals.json")
    ):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_deployer_has_the_documented_roles_and_no_more(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from localcloud import NONPRODUCTION, PRODUCTION

    owner = caller(shell(project, "--as", "owner"), monkeypatch)
    deployer = json.loads((project / STATE / "azure" / "principals.json").read_text())["deployer"][
        "object_id"
    ]
    held = {
        (item["properties"]["scope"], item["properties"]["roleDefinitionId"].rsplit("/", 1)[-1])
        for subscription in (NONPRODUCTION, PRODUCTION)
        for item in owner.list(
            f"/subscriptions/{subscription}/providers/Microsoft.Authorization/roleAssignments",
            f"principalId eq '{deployer}'",
        )
    }
    wanted = permissions.deployer(NONPRODUCTION, [])
    assert held == {(item["scope"], item["roleDefinitionId"].rsplit("/", 1)[-1]) for item in wanted}


def test_the_deployer_cannot_write_in_production(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from localcloud import PRODUCTION

    deployer = caller(shell(project), monkeypatch)
    with pytest.raises(Refused, match="AuthorizationFailed"):
        deployer.put(f"/subscriptions/{PRODUCTION}/resourceGroups/mine", {"location": "westeurope"})


def test_the_log_shows_who_asked_what(project: Path) -> None:
    lines = mayfly(project, "logs").stdout.splitlines()
    assert any("201  owner" in line and "roleAssignments" in line for line in lines)
    entries = [json.loads(line) for line in mayfly(project, "logs", "--json").stdout.splitlines()]
    assert len(entries) >= len(lines)


def test_the_log_is_of_both_clouds_by_time(project: Path) -> None:
    entries = [json.loads(line) for line in mayfly(project, "logs", "--json").stdout.splitlines()]
    assert {entry.get("plane", entry.get("service")) for entry in entries} >= {"arm", "iam"}
    assert [entry["time"] for entry in entries] == sorted(entry["time"] for entry in entries)
    assert any(
        " owner " in line and "iam:CreatePolicy" in line
        for line in mayfly(project, "logs").stdout.splitlines()
    )


def test_the_log_can_be_followed_until_ctrl_c(project: Path) -> None:
    program = "from mayfly.cli import main; main()"
    following = subprocess.Popen(
        [sys.executable, "-c", program, "local", "logs", "--follow", "--json"],
        cwd=project, env={**NOBODY, "PYTHONPATH": str(ROOT)}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert following.stdout
    assert json.loads(following.stdout.readline())["status"]
    following.send_signal(2)
    _, said = following.communicate(timeout=30)
    assert following.returncode == 130
    assert "Traceback" not in said


def test_a_prepared_shell_reaches_the_local_aws_alone(project: Path) -> None:
    given = shell(project, AWS_PROFILE="real", AWS_SESSION_TOKEN="x", AWS_WEB_IDENTITY_TOKEN_FILE="/x")
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_WEB_IDENTITY_TOKEN_FILE"} & given.keys()
    assert (given["AWS_CONFIG_FILE"], given["AWS_SHARED_CREDENTIALS_FILE"]) == ("/dev/null", "/dev/null")
    client = boto3.client("sts", aws_access_key_id=given["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"], region_name=given["AWS_REGION"],
        endpoint_url=given["AWS_ENDPOINT_URL"], verify=given["AWS_CA_BUNDLE"])  # fmt: skip
    assert client.get_caller_identity()["Arn"] == "arn:aws:iam::123456789012:user/deployer"
    names = [name.partition(":")[0] for name in given["PULUMI_DEBUG_PROVIDERS"].split(",")]
    assert names == ["azure-native", "aws"]


def test_no_single_service_is_reached_elsewhere(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(NOBODY, "AWS_ENDPOINT_URL_S3", "https://s3.amazonaws.com")
    assert "AWS_ENDPOINT_URL_S3" not in shell(project)


def test_for_the_official_plugins(project: Path) -> None:
    printed = mayfly(project, "env", "--official", "--json")
    found = json.loads(printed.stdout)
    assert "PULUMI_DEBUG_PROVIDERS" not in found["variables"]
    assert "PULUMI_DEBUG_PROVIDERS" in found["unset"]
    url = found["variables"]["AWS_ENDPOINT_URL"]
    assert {found["config"][f"aws:endpoints[0].{name}"] for name in ("s3", "iam", "lambda")} == {url}
    assert found["config"]["azure-native:metadataHost"] == found["variables"]["ARM_METADATA_HOSTNAME"]
    assert "PULUMI_DEBUG_PROVIDERS" not in shell(project, "--official", PULUMI_DEBUG_PROVIDERS="aws:1")


def test_one_cloud_alone(tmp_path: Path) -> None:
    """Its variables only; the other's are taken away, so that no real cloud is reached by accident."""
    (tmp_path / "Pulumi.yaml").write_text("name: test\nruntime: python\n")
    try:
        started = json.loads(mayfly(tmp_path, "start", "--cloud", "aws", "--json").stdout)
        assert [*started["clouds"]] == ["aws"]
        given = shell(tmp_path, ARM_CLIENT_ID="real", AZURE_CLIENT_SECRET="real")
        assert not [name for name in given if name.startswith(("ARM_", "AZURE_"))]
        assert given["PULUMI_DEBUG_PROVIDERS"].startswith("aws:")
        assert given["SSL_CERT_FILE"] == given["REQUESTS_CA_BUNDLE"] == given["AWS_CA_BUNDLE"]
        assert json.loads(mayfly(tmp_path, "status", "--json").stdout)["running"] is False
        refused = mayfly(tmp_path, "grant", "--cloud", "azure")
        assert (refused.returncode, "mayfly local start --cloud azure" in refused.stderr) == (1, True)
    finally:
        assert mayfly(tmp_path, "reset", "--yes").returncode == 0


def test_before_it_was_ever_started(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: test\nruntime: python\n")
    refused = mayfly(tmp_path, "env")
    assert refused.returncode == 1
    assert "mayfly local start" in refused.stderr
    assert mayfly(tmp_path, "stop").returncode == 0
    assert json.loads(mayfly(tmp_path, "status", "--json").stdout)["running"] is False
    assert mayfly(tmp_path, "logs").stdout == ""


def test_a_reset_takes_the_stacks_own_files_along_and_no_others(tmp_path: Path) -> None:
    """They hold a salt of the passphrase that goes: the same stack could not be made again."""
    (tmp_path / "Pulumi.yaml").write_text("name: test\nruntime: python\nstackConfigDir: stacks\n")
    try:
        assert mayfly(tmp_path, "start", "--cloud", "azure").returncode == 0
        command = ["pulumi", "stack", "init", "qa-1", "--cwd", str(tmp_path)]
        subprocess.run(command, env=shell(tmp_path), capture_output=True, check=True)
        (tmp_path / "stacks" / "Pulumi.prod.yaml").write_text("secretsprovider: another\n")
        written = {file.name for file in (tmp_path / "stacks").iterdir()}
        assert written == {"Pulumi.qa-1.yaml", "Pulumi.prod.yaml"}
    finally:
        assert mayfly(tmp_path, "reset", "--yes").returncode == 0
    assert [file.name for file in (tmp_path / "stacks").iterdir()] == ["Pulumi.prod.yaml"]
