"""What looks like a secret, and what does not. The secrets are made here, and open nothing."""

from __future__ import annotations

import json
import time
from base64 import b64encode
from hashlib import sha512

import pytest

from mayfly.secrets import looks_secret
from mayfly.settings import load
from tests.settings.conftest import LAKE, Project

KEY = b64encode(sha512(b"a key").digest()).decode()
"""As a storage account's key: 64 bytes."""
PEM = "-----BEGIN {}PRIVATE KEY-----\nMIIEvQ"  # what follows is left out
SIGNATURE = "sv=2024-11-04&ss=b&srt=co&sp=rl&se=2026-12-01T00:00:00Z&sig=" + KEY[:43] + "%3D"
JWT = "eyJhbGciOiJub25lIn0" + ".eyJzdWIiOiJub2JvZHkifQ." + KEY[:20].replace("+", "-").replace("/", "_")
AWS_SECRET = b64encode(sha512(b"another").digest()).decode()[:40]

SECRETS = {
    "a connection string with a key": [
        f"DefaultEndpointsProtocol=https;AccountName=lake;AccountKey={KEY};EndpointSuffix=core.windows.net",
        f"Endpoint=sb://x.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey={KEY[:43]}=",
        f"accountkey = {KEY}",
    ],
    "a shared access signature": [
        f"https://lake.blob.core.windows.net/flights?{SIGNATURE}",
        f"?{SIGNATURE}",
        f"BlobEndpoint=https://lake.blob.core.windows.net;SharedAccessSignature={SIGNATURE}",
        f"SharedAccessSignature sr=x&sig={KEY[:40]}&se=1&skn=Root",
        f"https://prod-1.westeurope.logic.azure.com/workflows/1/triggers/manual/run?sv=1.0&sig={KEY[:40]}",
    ],
    "a presigned address": [
        "https://b.s3.amazonaws.com/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0a1b2c",
    ],
    "a function's key": ["https://x.azurewebsites.net/api/f?code=" + KEY[:54].replace("+", "-") + "=="],
    "an AWS access key": ["AKIA" + "IOSFODNN7EXAMPLE", "key ASIA" + "IOSFODNN7EXAMPLE."],
    "an AWS secret access key": [AWS_SECRET],
    "a private key": [PEM.format(""), PEM.format("RSA "), PEM.format("ENCRYPTED ")],
    "a signed token (JWT)": [JWT, f"token {JWT}"],
    "a token of GitHub": ["ghp_" + "a1" * 18, "ghs_" + "B2" * 18, "github_pat_" + "a1" * 11 + "_x"],
    "a token of Azure DevOps": ["a2" * 38 + "AZDO" + "x9y8", "abcdefghijklmnopqrstuvwxyz234567" + "a2" * 10],
    "an application's secret": ["abc8Q~" + "x1" * 17],
    "a token of Databricks": ["dapi" + "0a" * 16],
    "a token of Pulumi": ["pul-" + "0a" * 20],
    "an authorization header": ["Bearer 0123456789abcdefghij", "Authorization: Basic bm9ib2R5Om5vbmU="],
    "an address with a password": ["postgresql://nobody:none@db:5432/x", "https://x:ghx@example.org/"],
    "a password": [
        "Server=tcp:db,1433;User ID=nobody;Password=hunter2;Encrypt=True",
        "Server=db;uid=nobody;pwd = hunter2",
        '{"user": "nobody", "password": "hunter2"}',
        "client_secret=hunter2",
        "cache.redis.cache.windows.net:6380,password=hunter2,ssl=True",
    ],
    "a storage account's key": [KEY],
}


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind in SECRETS for text in SECRETS[kind]])
def test_a_secret_looks_like_one(kind: str, text: str) -> None:
    assert looks_secret(text) == kind


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2013",
        "europe/2013/01",
        "Data/2013/Flights/Monthly/Curated/V2/Part",
        "0123456789abcdef0123456789abcdef01234567",
        "sha256:" + "0a" * 32,
        "00000000-0000-0000-0000-0000000000b0",
        "arn:aws:s3:::lake/flights/",
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-password-a1b2c3",
        "https://vault.vault.azure.net/secrets/db-password",
        "https://lake.blob.core.windows.net/flights?comp=list&restype=container",
        "https://example.org:8443/a@b",
        "Server=tcp:db,1433;Authentication=Active Directory Managed Identity",
        "Server=db;User ID=nobody;Password=;Encrypt=True",
        "Server=db;Password=**********;Encrypt=True",
        'Server=db;Password="***"',
        "Server=db;Password=@{linkedService().password}",
        "Server=db;Password=$(DB_PASSWORD)",
        "postgresql://nobody:${PASSWORD}@db/x",
        "postgresql://nobody:<password>@db/x",
        "AccountKey=<key>",
        "basic internationalization",
        "the bearer credentials",
        "design=sig",
        "eyJ.a.b",
        "AKIA",
        "abcdefghijklmnopqrstuvwxyz" * 2,
    ],
)
def test_what_is_none_does_not(text: str) -> None:
    assert looks_secret(text) is None


@pytest.mark.parametrize(
    "name", ["password", "db_password", "dbPassword", "DB_PASSWORD", "DBPassword", "api-key"]
)
def test_what_is_called_a_password_is_one(name: str) -> None:
    assert looks_secret("hunter2", name) == "a password"
    for stands_for_one in ("", "***", "$(PASSWORD)", "@{linkedService().password}", "<password>"):
        assert looks_secret(stands_for_one, name) is None


@pytest.mark.parametrize("name", ["password_length_text", "secret_name", "passwordless", "key", "year"])
def test_other_names_say_nothing(name: str) -> None:
    assert looks_secret("hunter2", name) is None


@pytest.mark.parametrize(
    "part",
    [
        "a",
        "password",
        "password =",
        "eyJ",
        "eyJaaaaaaaaaa.",
        "://",
        "://a:",
        "sig=",
        "AKIA",
        "-----BEGIN ",
        "Bearer ",
        " ",
        "\n",
    ],
)
def test_no_text_takes_long(part: str) -> None:
    before = time.process_time()
    looks_secret(part * (400_000 // len(part)), part * 1_000)
    assert time.process_time() - before < 2


ONE_OF_EACH = [texts[0] for texts in SECRETS.values()]


@pytest.mark.parametrize("secret", ONE_OF_EACH)
@pytest.mark.parametrize(
    "variable", ["MAYFLY_VAR_TEXT", "MAYFLY_VAR_WHOLE", "MAYFLY_VAR_CURATED", "MAYFLY_VAR_LAKE"]
)
def test_a_variable_of_the_pipeline_is_no_place_for_secrets(
    project: Project, variable: str, secret: str
) -> None:
    project.variables(
        "qa", f"values: {{text: a, whole: 1}}\nsinks: {{curated: raw}}\nsources: {{lake: {LAKE}}}\n"
    )
    (problem,) = project.problems("qa-1", **{variable: secret})
    assert (problem.where, problem.what[:11]) == (variable, "looks like ")
    assert "for all to read" in problem.fix
    assert secret[-12:] not in str(problem)


@pytest.mark.parametrize("secret", ONE_OF_EACH)
def test_a_variable_groups_file_is_no_place_for_secrets(project: Project, secret: str) -> None:
    project.variables("qa", f"values:\n  year: 2013\n  text: {json.dumps(secret)}\n")
    (problem,) = project.problems("qa-1")
    assert problem.where == "stacks/variables/qa.yaml:3: values.text"
    assert problem.what.startswith("looks like ")
    assert secret[-12:] not in str(problem)


def test_what_a_value_is_called_counts(project: Project) -> None:
    project.variables("qa", "values: {db_password: '', password_policy: strict}\n")
    assert load(project.root, "qa-1", {}).variables.values["password_policy"] == "strict"
    (problem,) = project.problems("qa-1", MAYFLY_VAR_DB_PASSWORD="hunter2")
    assert problem.what == "looks like a password"


@pytest.mark.parametrize("section", ["sources", "sinks"])
@pytest.mark.parametrize("secret", ONE_OF_EACH)
def test_no_message_repeats_a_secret(project: Project, section: str, secret: str) -> None:
    project.variables("qa", f"{section}:\n  lake: {json.dumps(secret)}\n")
    assert secret[-12:] not in "\n".join(map(str, project.problems("qa-1")))
