"""Each cloud's half of the verbs: whole, and imported when its fabric is meant."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from azure.core.exceptions import ClientAuthenticationError
from botocore.exceptions import NoCredentialsError

from mayfly import registry
from mayfly.cli import list as list_
from mayfly.clouds.aws import errors as aws_errors
from mayfly.clouds.azure import errors as azure_errors
from mayfly.errors import MayflyError, NotAllowed, NotSignedIn
from mayfly.listing import Listed, Listing

ROOT = Path(__file__).resolve().parents[2]

SDKS = {
    "azure": {"azure", "msal", "pulumi_azure_native"},
    "aws": {"boto3", "botocore", "pulumi_aws"},
}


@pytest.mark.parametrize(("cloud", "other"), [("azure", "aws"), ("aws", "azure")])
def test_one_clouds_verbs_load_nothing_of_the_other(cloud: str, other: str) -> None:
    """What each verb imports late, loaded at once: a client, the preflight, the teardown."""
    modules = [
        f"mayfly.entries.{cloud}", f"mayfly.engine.recovery_{cloud}", f"mayfly.clouds.{cloud}.client",
        f"mayfly.clouds.{cloud}.preflight", f"mayfly.teardown.{cloud}", "mayfly.workload.loading",
    ]  # fmt: skip
    loaded = _loaded(f"import {', '.join(modules)}")
    assert not {name for name in loaded if name.startswith(f"mayfly.clouds.{other}")}
    assert not SDKS[other] & {name.partition(".")[0] for name in loaded}


@pytest.mark.parametrize("arguments", [("up", "awsqa-1"), ("down", "awsqa-1"), ("run", "awsqa-1", "flights")])
def test_a_verb_on_aws_signs_in_with_aws_alone(arguments: Sequence[str]) -> None:
    """As far as it comes without credentials."""
    script = (
        "from mayfly.cli.app import main\n"
        f"try: main({[*arguments]!r})\n"
        "except SystemExit as ended: assert ended.code == 1, ended.code"
    )
    loaded = {name.partition(".")[0] for name in _loaded(script)}
    assert "botocore" in loaded
    assert not SDKS["azure"] & loaded


def _loaded(script: str) -> list[str]:
    """The modules that a script loads, in a process that nobody is signed in to."""
    nobody = {
        name: value for name, value in os.environ.items() if not name.startswith(("ARM_", "AWS_", "AZURE_"))
    }
    nobody |= {"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.devnull}
    nobody |= {"AWS_SHARED_CREDENTIALS_FILE": os.devnull, "PULUMI_BACKEND_URL": "file:///nowhere"}
    tell = "import sys; sys.stdout.write('\\n'.join(sys.modules))"
    command = [sys.executable, "-c", f"{script}\n{tell}"]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=nobody, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.split("\n")


FABRICS: Any = [SimpleNamespace(cloud="azure"), SimpleNamespace(cloud="aws"), SimpleNamespace(cloud="azure")]


def listing(monkeypatch: pytest.MonkeyPatch, **answers: Listing | MayflyError) -> Listing:
    """What is listed when the clouds answer so."""

    def of(cloud: str) -> Any:
        def environments(_fabrics: object, _here: bool, _closely: object) -> Listing:
            answer = answers[cloud]
            if isinstance(answer, MayflyError):
                raise answer
            return answer

        return SimpleNamespace(environments=environments)

    with monkeypatch.context() as patched:
        patched.setattr(registry, "of", of)
        return list_.everywhere(FABRICS)


def test_environments_of_all_clouds_are_listed_together(monkeypatch: pytest.MonkeyPatch) -> None:
    found = listing(
        monkeypatch,
        azure=Listing([Listed.of("azure", "qa-1", {}, None, "1")], {"subscription x": "no"}),
        aws=Listing([Listed.of("aws", "awsqa-1", {}, None, "2")]),
    )
    assert [(row.cloud, row.environment) for row in found.found] == [
        ("aws", "awsqa-1"),
        ("azure", "qa-1"),
    ]
    assert found.unread == {"subscription x": "no"}


def test_a_cloud_that_cannot_be_asked_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    found = listing(
        monkeypatch,
        azure=Listing([Listed.of("azure", "qa-1", {}, None, "1")]),
        aws=MayflyError("sign in\nby this"),
    )
    assert len(found.found) == 1
    assert found.unread == {"aws": "sign in\nby this"}
    assert list_.lines(found) == ["aws may not be read, what is there is unknown: sign in"]


def test_a_cloud_that_nobody_is_signed_in_to_is_told_of_shortly(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = listing(monkeypatch, azure=NotSignedIn("an essay"), aws=Listing())
    monkeypatch.setattr(list_, "everywhere", lambda _: found)
    list_.list_environments()
    assert capsys.readouterr().err == "azure: nobody is signed in to it, what is there is unknown\n"
    assert found.unread == {"azure": "an essay"}


def test_each_cloud_tells_that_nobody_is_signed_in() -> None:
    """As the SDKs say it when they have found no credentials; of a sign-in that is refused each tells why."""
    no_token = ClientAuthenticationError("DefaultAzureCredential failed to retrieve a token")
    assert isinstance(azure_errors.from_exception(no_token, ""), NotSignedIn)
    refused = ClientAuthenticationError("AADSTS7000215", response=Mock(status_code=401))
    assert not isinstance(azure_errors.from_exception(refused, ""), NotSignedIn)
    with pytest.raises(NotSignedIn), aws_errors.translated("GetCallerIdentity"):
        raise NoCredentialsError


def test_that_none_can_be_asked_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotAllowed, match="azure"):
        listing(monkeypatch, azure=NotAllowed("azure"), aws=NotAllowed("azure too"))
