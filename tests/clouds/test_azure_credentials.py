from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mayfly.clouds.azure import credentials, endpoints
from mayfly.clouds.azure.errors import CloudError
from mayfly.errors import BadInput

TENANT = "6d617966-6c79-4000-8000-000000000001"
CLIENT = "6d617966-6c79-4000-8000-000000000002"
WHO = {"ARM_TENANT_ID": TENANT, "ARM_CLIENT_ID": CLIENT}
PUBLIC = endpoints.CLOUDS["public"]


def kind(environ: dict[str, str]) -> str:
    made = credentials.from_environment(environ, PUBLIC)
    made.close()
    return repr(made)


def test_the_public_cloud_is_the_default_and_others_are_named() -> None:
    assert endpoints.discover({}).scope == "https://management.azure.com/.default"
    assert endpoints.discover({"ARM_ENVIRONMENT": "usgovernment"}).login == "https://login.microsoftonline.us"
    with pytest.raises(BadInput, match="one of public, usgovernment, china"):
        endpoints.discover({"ARM_ENVIRONMENT": "moon"})


def test_a_metadata_host_that_does_not_answer_is_told() -> None:
    with pytest.raises(CloudError, match=r"127\.0\.0\.1:1 does not describe a cloud"):
        endpoints.discover({"ARM_METADATA_HOSTNAME": "127.0.0.1:1"})


def test_a_shell_of_a_local_cloud_that_is_gone_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """After `mayfly local reset`: the certificate that the shell trusts went with it."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ca.pem"))
    with pytest.raises(CloudError, match=r"(?s)ca\.pem.*mayfly local start"):
        endpoints.discover({"ARM_METADATA_HOSTNAME": "127.0.0.1:1"})


@pytest.mark.parametrize("prefix", ["ARM", "AZURE"])
def test_a_client_secret_comes_first_and_does_not_show(prefix: str) -> None:
    names = {
        f"{prefix}_TENANT_ID": TENANT,
        f"{prefix}_CLIENT_ID": CLIENT,
        f"{prefix}_CLIENT_SECRET": "hunter2",
    }
    assert kind(names) == "Once(ClientSecretCredential)"


@pytest.mark.parametrize(
    "found",
    [
        {"ARM_USE_OIDC": "true", "ARM_OIDC_TOKEN": "t"},
        {
            "ARM_USE_OIDC": "1",
            "ACTIONS_ID_TOKEN_REQUEST_URL": "https://x",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "t",
        },
        {"ARM_USE_OIDC": "true", "ARM_OIDC_TOKEN_FILE_PATH": "token"},
        {"AZURE_FEDERATED_TOKEN_FILE": "token"},
    ],
)
def test_a_pipelines_identity_token_signs_in(found: dict[str, str]) -> None:
    assert kind({**WHO, **found}) == "Once(ClientAssertionCredential)"


def test_an_identity_token_is_read_anew_each_time(tmp_path: Path) -> None:
    file = tmp_path / "token"
    read = credentials._identity_token({"AZURE_FEDERATED_TOKEN_FILE": str(file)})
    for token in ("first", "second"):
        file.write_text(f"{token}\n")
        assert read() == token


@pytest.mark.parametrize("environ", [{"ARM_USE_OIDC": "true"}, {**WHO, "ARM_USE_OIDC": "true"}])
def test_half_of_an_identity_is_bad_input(environ: dict[str, str]) -> None:
    with pytest.raises(BadInput, match="ARM_USE_OIDC"):
        credentials.from_environment(environ, PUBLIC)


def test_without_any_of_it_the_machines_own_sign_in_is_used() -> None:
    assert kind({}) == "Once(DefaultAzureCredential)"


def test_the_credential_asks_for_one_token_at_a_time() -> None:
    class Slow:
        asked = 0

        def get_token(self, *scopes: str, **options: Any) -> str:
            self.asked += 1
            return scopes[0]

    slow = Slow()
    assert credentials.Once(slow).get_token("scope") == "scope"
    assert slow.asked == 1


def test_nothing_heavy_is_imported_before_the_first_call() -> None:
    code = (
        "import sys; import mayfly.provider.sdk, mayfly.clouds.azure, mayfly.clouds.azure.preflight;"
        "sys.exit(str([name for name in sys.modules if name.split('.')[0] in ('azure', 'msal', 'requests')]))"
        " if any(name.split('.')[0] in ('azure', 'msal', 'requests') for name in sys.modules) else None"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
