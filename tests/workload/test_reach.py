"""What of a factory can reach elsewhere: told by place and host, and never with a secret."""

from __future__ import annotations

from typing import Any

import pytest

from mayfly.workload.factory.reach import Reach, reaches

OWN = ["https://qa142.blob.core.windows.net/", "https://qa142.dfs.core.windows.net/"]
SECRET = "S3cr3t-k3y"


def service(type: str, inside: dict[str, Any]) -> dict[str, Any]:
    return {"properties": {"type": type, "typeProperties": inside}}


def reach_of(type: str, inside: dict[str, Any]) -> list[str]:
    return [reach.address for reach in reaches({"linkedService/it": service(type, inside)}, OWN)]


@pytest.mark.parametrize(
    ("type", "inside", "address"),
    [
        ("AzureSqlDatabase", {"server": "tcp:acme.database.windows.net,1433"}, "acme.database.windows.net"),
        (
            "SqlServer",
            {"connectionString": f"Data Source=sql1.acme.example;User ID=me;Password={SECRET}"},
            "sql1.acme.example",
        ),
        (
            "AzureSqlDatabase",
            {
                "connectionString": {
                    "type": "SecureString",
                    "value": f"integrated security=False;Server=tcp:x.example,1433;Password={SECRET}",
                }
            },
            "x.example",
        ),
        (
            "AzureBlobStorage",
            {"connectionString": f"DefaultEndpointsProtocol=https;AccountName=acmelake;AccountKey={SECRET}"},
            "acmelake",
        ),
        (
            "AzureBlobStorage",
            {"sasUri": {"type": "SecureString", "value": f"https://acme.example/lake?sv=1&sig={SECRET}"}},
            "acme.example",
        ),
        ("MongoDb", {"connectionString": f"mongodb+srv://me:{SECRET}@db.example/x"}, "db.example"),
        ("RestService", {"url": f"https://me:{SECRET}@api.example:8443/v1"}, "api.example"),
        ("RestService", {"url": "@{linkedService().base}/v1"}, "computed by an expression"),
        ("RestService", {"url": "https://@{linkedService().host}/v1"}, "computed by an expression"),
        ("RestService", {"url": "https://api.example/@{linkedService().path}"}, "api.example"),
        ("HttpServer", {"url": {"type": "Expression", "value": "@x()"}}, "computed by an expression"),
        ("FileServer", {"host": "\\\\files.example\\share"}, "files.example"),
        ("AzureDatabricks", {"domain": "https://adb-1.azuredatabricks.net"}, "adb-1.azuredatabricks.net"),
        ("AzureKeyVault", {"baseUrl": "https://acme.vault.azure.net/"}, "acme.vault.azure.net"),
        (
            "Oracle",
            {
                "connectionString": {
                    "type": "AzureKeyVaultSecret",
                    "store": {"referenceName": "vault", "type": "LinkedServiceReference"},
                    "secretName": "ora",
                }
            },
            "as a secret of vault says",
        ),
        ("AmazonS3", {"accessKeyId": "AKIA"}, "the file does not say where"),
        ("AzureBlobStorage", {"serviceEndpoint": "https://lake.example"}, "lake.example"),
    ],
)  # fmt: skip
def test_every_other_linked_service_is_told_with_its_host_alone(
    type: str, inside: dict[str, Any], address: str
) -> None:
    assert reach_of(type, inside) == [address]


@pytest.mark.parametrize("url", ["https://QA142.blob.core.windows.net", OWN[0]])
def test_a_store_of_the_environment_used_as_the_factory_itself_is_its_own(url: str) -> None:
    assert reach_of("AzureBlobStorage", {"serviceEndpoint": url, "accountKind": "StorageV2"}) == []
    assert reach_of("AzureBlobFS", {"url": OWN[1]}) == []


@pytest.mark.parametrize(
    "beside", [{"accountKey": SECRET}, {"credential": {"referenceName": "other"}}, {"sasToken": SECRET}]
)
def test_a_store_of_the_environment_used_as_somebody_else_is_not(beside: dict[str, Any]) -> None:
    assert reach_of("AzureBlobFS", {"url": OWN[1], **beside}) == ["qa142.dfs.core.windows.net"]


def web(url: Any, **further: Any) -> dict[str, Any]:
    return {"name": "call", "type": "WebActivity", "typeProperties": {"url": url, **further}}


def nested(kind: str, inside: dict[str, Any]) -> dict[str, Any]:
    branches = {
        "ForEach": {"activities": [inside]},
        "Until": {"activities": [inside]},
        "IfCondition": {"ifFalseActivities": [inside]},
        "Switch": {"cases": [{"value": "a", "activities": [inside]}]},
    }
    return {"name": "outer", "type": kind, "typeProperties": branches[kind]}


@pytest.mark.parametrize("kind", ["ForEach", "Until", "IfCondition", "Switch"])
def test_a_web_activity_is_found_however_deep_it_lies(kind: str) -> None:
    pipeline = {
        "properties": {"activities": [nested(kind, nested("ForEach", web("https://hook.example/a")))]}
    }
    (found,) = reaches({"pipeline/deep": pipeline}, OWN)
    assert (found.what, found.address) == ("WebActivity", "hook.example")
    assert found.at.startswith("pipeline/deep.json: properties.activities[0].typeProperties.")
    assert found.at.endswith(".typeProperties.url")


MSI = {"type": "MSI", "resource": "https://storage.azure.com/"}


@pytest.mark.parametrize(
    ("activity", "own"),
    [
        (web(OWN[0] + "curated/x", authentication=MSI), True),
        (web(OWN[0] + "curated/x"), False),
        (web(OWN[0] + "curated/x", authentication={**MSI, "credential": {"referenceName": "a"}}), False),
        (web(OWN[0] + "curated/x", authentication=MSI, headers={"Authorization": "Bearer x"}), False),
        (web(OWN[0] + f"curated/x?sv=1&sig={SECRET}", authentication=MSI), False),
        (web("https://qa142.blob.core.windows.net.evil.example/x", authentication=MSI), False),
        (web({"type": "Expression", "value": "@pipeline().parameters.url"}, authentication=MSI), False),
    ],
)
def test_a_web_activity_is_our_own_when_it_calls_our_account_as_the_factory(
    activity: dict[str, Any], own: bool
) -> None:
    found = reaches({"pipeline/web": {"properties": {"activities": [activity]}}}, OWN)
    assert (found == []) is own
    assert SECRET not in str(found)


def test_a_url_that_is_handed_on_as_a_parameter_is_told() -> None:
    dataset = {
        "properties": {
            "linkedServiceName": {
                "referenceName": "rest",
                "type": "LinkedServiceReference",
                "parameters": {"base": "https://one.example/", "table": "flights"},
            },
            "parameters": {"other": {"type": "string", "defaultValue": "https://two.example/?sig=x"}},
        }
    }
    assert reaches({"dataset/it": dataset}) == [
        Reach("dataset/it.json: properties.parameters.other.defaultValue", "parameter", "two.example"),
        Reach("dataset/it.json: properties.linkedServiceName.parameters.base", "parameter", "one.example"),
    ]
