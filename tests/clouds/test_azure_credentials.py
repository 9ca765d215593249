from __future__ import annotations

import base64
import json
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

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


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("AzureCloud", "public"),
        ("AzureUSGovernment", "usgovernment"),
        ("AzureUSGovernmentCloud", "usgovernment"),
        ("usgov", "usgovernment"),
        ("AzureChinaCloud", "china"),
    ],
)
def test_a_cloud_has_the_other_names_that_azure_native_takes(name: str, known: str) -> None:
    """Azure's own tools write them into AZURE_ENVIRONMENT."""
    assert endpoints.discover({"AZURE_ENVIRONMENT": name}) == endpoints.CLOUDS[known]


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


SECRET = {"ARM_CLIENT_SECRET": "hunter2"}
OIDC = {"ARM_USE_OIDC": "true", "ARM_OIDC_TOKEN": "given"}
MSI = {"ARM_USE_MSI": "true"}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A key and a certificate of its own, as a service principal has them."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name, now = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "deployer")]), datetime.now(UTC)
    unsigned = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now)
    format, encoding = serialization.PrivateFormat.PKCS8, serialization.Encoding.PEM
    text = key.private_bytes(encoding, format, serialization.NoEncryption())
    text += unsigned.sign(key, hashes.SHA256()).public_bytes(encoding)
    file = tmp_path_factory.mktemp("certificate") / "deployer.pem"
    file.write_bytes(text)
    return {"ARM_CLIENT_CERTIFICATE_PATH": str(file)}


def test_the_ways_to_sign_in_are_tried_in_azure_natives_order(certificate: dict[str, str]) -> None:
    """With all of them given, each is taken when those before it are taken away."""
    ways = [
        (certificate, "CertificateCredential"),
        (SECRET, "ClientSecretCredential"),
        (OIDC, "ClientAssertionCredential"),
        (MSI, "ManagedIdentityCredential"),
        ({}, "AzureCliCredential"),
    ]
    for first, (_, chosen) in enumerate(ways):
        given = {name: value for way, _ in ways[first:] for name, value in way.items()}
        assert kind({**WHO, **given}) == f"SharedCredential({chosen})"


def test_what_azure_native_does_not_read_signs_nobody_in() -> None:
    """Azure's SDKs read AZURE_…, Terraform ARM_OIDC_REQUEST_…: a second principal would come of it."""
    for given in (
        {"AZURE_TENANT_ID": TENANT, "AZURE_CLIENT_ID": CLIENT, "AZURE_CLIENT_SECRET": "hunter2"},
        {**WHO, "ARM_USE_OIDC": "1", "ARM_OIDC_TOKEN": "given"},
        {**WHO, "AZURE_FEDERATED_TOKEN_FILE": "token"},
        {**WHO, "ARM_USE_MSI": "yes"},
    ):
        assert kind(given) == "SharedCredential(AzureCliCredential)"
    assert endpoints.discover({"AZURE_ENVIRONMENT": "china"}) == endpoints.CLOUDS["china"]
    with pytest.raises(BadInput, match="there is no identity token"):
        kind({**WHO, "ARM_USE_OIDC": "true", "ARM_OIDC_REQUEST_URL": "u", "ARM_OIDC_REQUEST_TOKEN": "t"})


def test_default_azure_credential_is_refused_and_never_used() -> None:
    with pytest.raises(BadInput, match="takes whatever identity it finds first"):
        kind({**WHO, **SECRET, "ARM_USE_DEFAULT_AZURE_CREDENTIAL": "true"})


def test_az_is_asked_for_the_fabrics_subscription(monkeypatch: pytest.MonkeyPatch) -> None:
    """`az` itself refuses a subscription and a tenant together."""
    given: list[dict[str, str]] = []
    monkeypatch.setattr("azure.identity.AzureCliCredential", lambda **options: given.append(options))
    credentials.from_environment(WHO, PUBLIC, "the-fabrics")
    credentials.from_environment(WHO, PUBLIC)
    assert given == [{"subscription": "the-fabrics"}, {"tenant_id": TENANT}]


def test_a_managed_identity_may_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[dict[str, str]] = []
    monkeypatch.setattr("azure.identity.ManagedIdentityCredential", lambda **options: given.append(options))
    credentials.from_environment({**MSI, "ARM_CLIENT_ID": CLIENT}, PUBLIC)
    credentials.from_environment(MSI, PUBLIC)
    assert given == [{"client_id": CLIENT}, {"client_id": None}]


def test_a_token_that_is_given_comes_before_one_in_a_file_and_that_before_one_to_ask_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_text("in a file\n")
    asked: list[str] = []

    def request(url: str, bearer: str, audience: str) -> str:
        asked.append(audience)
        return f"{bearer} at {url}"

    monkeypatch.setattr(credentials, "_request_token", request)
    github = {"ACTIONS_ID_TOKEN_REQUEST_URL": "https://x", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "asked for"}
    file = {**github, "ARM_OIDC_TOKEN_FILE_PATH": str(tmp_path / "token")}
    assert credentials._identity_token({**file, "ARM_OIDC_TOKEN": "given"})() == "given"
    assert credentials._identity_token(file)() == "in a file"
    assert credentials._identity_token(github)() == "asked for at https://x"
    credentials._identity_token({**github, "ARM_OIDC_AUDIENCE": "api://own"})()
    assert asked == ["api://AzureADTokenExchange", "api://own"]


def test_an_identity_token_is_read_anew_each_time(tmp_path: Path) -> None:
    file = tmp_path / "token"
    read = credentials._identity_token({"ARM_OIDC_TOKEN_FILE_PATH": str(file)})
    for token in ("first", "second"):
        file.write_text(f"{token}\n")
        assert read() == token


@pytest.mark.parametrize("way", [SECRET, OIDC, {"ARM_CLIENT_CERTIFICATE_PATH": "x.pem"}])
def test_half_of_an_identity_is_bad_input_and_the_next_way_is_not_tried(way: dict[str, str]) -> None:
    with pytest.raises(BadInput) as caught:
        credentials.from_environment({**way, **MSI}, PUBLIC)
    assert [problem.where for problem in caught.value.problems] == ["ARM_TENANT_ID", "ARM_CLIENT_ID"]
    assert "hunter2" not in str(caught.value)


def test_a_certificate_that_cannot_be_read_is_bad_input() -> None:
    with pytest.raises(BadInput, match=r"x\.pem cannot be used"):
        credentials.from_environment({**WHO, "ARM_CLIENT_CERTIFICATE_PATH": "x.pem"}, PUBLIC)


class Signed:
    """A credential that counts how often it is asked."""

    def __init__(self, lifetime: float = 3600, claims: dict[str, str] | None = None) -> None:
        self.asked = 0
        self._lifetime = lifetime
        self._claims = {"oid": "an-object", "tid": TENANT, "appid": CLIENT} if claims is None else claims

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        self.asked += 1
        content = base64.urlsafe_b64encode(json.dumps(self._claims).encode()).rstrip(b"=").decode()
        return AccessToken(f"head.{content}.signature", int(time.time() + self._lifetime))


def test_a_token_tells_who_it_is_for() -> None:
    credential = credentials.SharedCredential(Signed(), "a client secret")
    assert vars(credential.caller("scope")) == {
        "object_id": "an-object",
        "client_id": CLIENT,
        "tenant_id": TENANT,
        "how": "a client secret",
    }
    with pytest.raises(ValueError, match="whose it is"):
        credentials.SharedCredential(Signed(claims={"tid": TENANT}), "").caller("scope")


@pytest.mark.parametrize(("lifetime", "asked"), [(3600, 1), (200, 2)])
def test_a_token_is_asked_for_once_and_anew_before_it_ends(lifetime: float, asked: int) -> None:
    """`az` is a process for each; azure-core asks anew in a token's last five minutes."""
    signed = Signed(lifetime)
    credential = credentials.SharedCredential(signed, "")
    assert [credential.get_token("scope").token for _ in range(2)]
    assert signed.asked == asked


def test_nothing_heavy_is_imported_before_the_first_call() -> None:
    code = (
        "import sys; import mayfly.provider.sdk, mayfly.clouds.azure, mayfly.clouds.azure.preflight;"
        "sys.exit(str([name for name in sys.modules if name.split('.')[0] in ('azure', 'msal', 'requests')]))"
        " if any(name.split('.')[0] in ('azure', 'msal', 'requests') for name in sys.modules) else None"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
