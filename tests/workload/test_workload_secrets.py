"""Secrets in documents are found by place and form, named by field, and masked."""

from __future__ import annotations

from typing import Any

import pytest

from mayfly.workload.factory.secrets import MASK, OpenSecret, find_secrets, masked, masked_text

SIGNATURE = "sv=2024-01-01&sig=" + "aB3" * 14 + "%3D"
KEY = "Zm9v" * 21 + "Zg=="


def service(**inside: Any) -> dict[str, Any]:
    return {"name": "it", "properties": {"type": "X", "typeProperties": inside}}


@pytest.mark.parametrize(
    ("inside", "field"),
    [
        ({"sasUri": f"https://acme.blob.core.windows.net/lake?{SIGNATURE}"}, "sasUri"),
        (
            {"connectionString": f"DefaultEndpointsProtocol=https;AccountName=a;AccountKey={KEY}"},
            "connectionString",
        ),
        ({"connectionString": "Server=sql.acme;User ID=me;Password=hunter22"}, "connectionString"),
        ({"accountKey": {"type": "SecureString", "value": "hunter22"}}, "accountKey.value"),
        ({"servicePrincipalKey": "hunter22"}, "servicePrincipalKey"),
        ({"functionKey": "hunter22"}, "functionKey"),
        ({"password": "hunter22"}, "password"),
        ({"headers": {"Authorization": "ApiKey hunter22"}}, "headers.Authorization"),
        ({"headers": {"x-api-key": "hunter22"}}, "headers.x-api-key"),
        ({"url": f"@concat('https://acme.example?{SIGNATURE}')"}, "url"),
    ],
)
def test_a_secret_is_found_and_named_by_its_field(inside: dict[str, Any], field: str) -> None:
    document = service(**inside)
    (found,) = find_secrets(document)
    assert found.at == f"properties.typeProperties.{field}"
    shown = str(masked(document)) + str(found)
    assert MASK in shown
    assert "hunter22" not in shown
    assert KEY not in shown
    assert SIGNATURE not in shown


def test_a_parameter_with_a_secret_as_its_default_is_found() -> None:
    document = {"properties": {"parameters": {"password": {"type": "string", "defaultValue": "hunter22"}}}}
    assert find_secrets(document) == [OpenSecret("properties.parameters.password.defaultValue", "a password")]


@pytest.mark.parametrize(
    "inside",
    [
        {"accountKey": {"type": "SecureString", "value": "**********"}},
        {"password": {"type": "SecureString", "value": "@{linkedService().password}"}},
        {"password": "@{linkedService().password}"},
        {
            "password": {
                "type": "AzureKeyVaultSecret",
                "secretName": "sql-password",
                "store": {"referenceName": "vault", "type": "LinkedServiceReference"},
            }
        },
        {
            "headers": {
                "Content-Type": "application/json",
                "Authorization": "@{concat('Bearer ', variables('t'))}",
            }
        },
        {"serviceEndpoint": "https://acme.blob.core.windows.net/", "accountKind": "StorageV2"},
        {"connectionString": "Server=sql.acme;Database=flights;Encrypt=True"},
        {"folderPath": "month=01", "partitionKey": "month", "keyColumns": ["id"]},
    ],
)
def test_what_is_computed_kept_elsewhere_or_masked_is_none(inside: dict[str, Any]) -> None:
    document = service(**inside)
    assert find_secrets(document) == []
    assert masked(document) == document


def test_a_message_loses_the_words_that_look_like_secrets() -> None:
    said = masked_text(f"Cannot reach https://acme.example/lake?{SIGNATURE} (code 403)")
    assert said == f"Cannot reach {MASK} (code 403)"
    assert masked_text("Authorization: Basic aGk6aHVudGVyMjI=") == MASK
    assert masked_text("BlobNotFound: flights/2013.csv") == "BlobNotFound: flights/2013.csv"
