"""A backend in a bucket or a container: how PULUMI_BACKEND_URL is read, and how refusals are told."""

from __future__ import annotations

from typing import Any

import pytest
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError
from botocore.exceptions import EndpointConnectionError

from mayfly.clouds.errors import CloudError
from mayfly.engine import shared_azblob, shared_s3
from mayfly.engine.shared_backend import SharedBackend, address_of, open_backend
from mayfly.errors import MayflyError, NotSignedIn

KEYS = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "nobody-may-see-it"}
SIGNATURE = "sv=2025-01-05&sr=c&sig=nobody%2Fmay%2Bsee%3D"


@pytest.fixture(autouse=True)
def nobodys_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys for AWS, and no settings of whoever runs the tests."""
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {**KEYS, "AWS_CONFIG_FILE": "/nowhere"}.items():
        monkeypatch.setenv(name, value)


def opened(url: str, **environ: str) -> SharedBackend:
    found = open_backend({"PULUMI_BACKEND_URL": url, **environ})
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("url", "name", "prefix", "shown"),
    [
        ("s3://state", "state", "", "s3://state"),
        ("s3://state/", "state", "", "s3://state"),
        ("s3://state/teams/data?region=eu-west-1", "state", "teams/data/", "s3://state/teams/data"),
        ("azblob://state//a%20b/?storage_account=acme", "state", "a b/", "azblob://state/a b"),
        ("s3://who:secret@state/x", "state", "x/", "s3://state/x"),
    ],
)
def test_the_path_is_a_prefix_of_all_keys(url: str, name: str, prefix: str, shown: str) -> None:
    found = address_of({"PULUMI_BACKEND_URL": url})
    assert (found.name, found.prefix, str(found)) == (name, prefix, shown)


@pytest.mark.parametrize(
    "url", ["", "file:///tmp/state", "gs://state", "https://api.pulumi.com", "postgres://x/y"]
)
def test_other_backends_are_not_shared(url: str) -> None:
    assert open_backend({"PULUMI_BACKEND_URL": url} if url else {}) is None


@pytest.mark.parametrize(
    ("url", "option"),
    [
        ("s3://state?region=eu-west-1&role=arn:aws:iam::1:role/x", "'role'"),
        ("azblob://state?account=x", "'account'"),
    ],
)
def test_an_option_that_may_mean_another_place_is_told(url: str, option: str) -> None:
    with pytest.raises(
        MayflyError, match=f"mayfly does not know {option} of PULUMI_BACKEND_URL's options; it"
    ):
        opened(url)


class Sent(Exception):
    """Instead of sending a request."""


def sent(backend: Any) -> Any:
    """The request of a PutObject."""
    caught = []

    def stop(request: Any, **_: Any) -> None:
        caught.append(request)
        raise Sent

    backend._client.meta.events.register("before-send", stop)
    with pytest.raises(Sent):
        backend.put(".mayfly/receipts/x.json", b"{}")
    return caught[0]


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("s3://state?region=eu-west-1", "https://state.s3.eu-west-1.amazonaws.com/"),
        ("s3://state/team?region=eu-west-1&awssdk=v2", "https://state.s3.eu-west-1.amazonaws.com/team/"),
        ("s3://state?region=eu-west-1&endpoint=https://minio:9000", "https://state.minio:9000/"),
        ("s3://state?region=eu-west-1&endpoint=http://127.0.0.1:9", "http://127.0.0.1:9/state/"),
        ("s3://state?region=eu-west-1&endpoint=minio:9000&disableSSL=true&s3ForcePathStyle=true", "http://minio:9000/state/"),
        ("s3://state?region=eu-west-1&endpoint=minio:9000&use_path_style=1", "https://minio:9000/state/"),
    ],
)  # fmt: skip
def test_a_bucket_is_asked_where_pulumi_asks_it(url: str, target: str) -> None:
    request = sent(opened(url))
    assert request.url == f"{target}.mayfly/receipts/x.json"
    assert b"/eu-west-1/s3/aws4_request" in request.headers["Authorization"]


def test_the_region_is_that_of_pulumis_sdk_where_the_address_has_none() -> None:
    """botocore knows AWS_DEFAULT_REGION alone."""
    assert "eu-north-1" in sent(opened("s3://state", AWS_REGION="eu-north-1")).url


def test_a_receipt_is_encrypted_as_states_are() -> None:
    headers = sent(opened("s3://state?region=eu-west-1&ssetype=AWS:KMS&kmskeyid=alias/acme")).headers
    assert headers["x-amz-server-side-encryption"] == b"aws:kms"
    assert headers["x-amz-server-side-encryption-aws-kms-key-id"] == b"alias/acme"


def test_a_profile_of_the_address_is_asked_for_before_the_keys_of_the_shell() -> None:
    with pytest.raises(CloudError, match=r"ProfileNotFound.*\(nobodys\)"):
        opened("s3://state?region=eu-west-1&profile=nobodys")


@pytest.mark.parametrize(
    ("options", "environ", "url"),
    [
        ("storage_account=acme", {}, "https://acme.blob.core.windows.net"),
        ("", {"ACCOUNT": "acme"}, "https://acme.blob.core.windows.net"),
        ("storage_account=acme", {"ACCOUNT": "other", "DOMAIN": "blob.core.usgovcloudapi.net"}, "https://acme.blob.core.usgovcloudapi.net"),
        ("storage_account=acme&domain=127.0.0.1:9&protocol=http", {}, "http://127.0.0.1:9/acme"),
        ("storage_account=acme&domain=azurite:9&localemu=true", {}, "https://azurite:9/acme"),
        ("storage_account=acme&domain=cdn.acme.com", {"IS_CDN": "1"}, "https://cdn.acme.com"),
        ("storage_account=acme&cdn=false", {"IS_CDN": "1"}, "https://acme.blob.core.windows.net"),
    ],
)  # fmt: skip
def test_an_account_is_where_pulumi_has_it(options: str, environ: dict[str, str], url: str) -> None:
    """Source: gocloud.dev, blob/azureblob, NewServiceURL."""
    variables = {f"AZURE_STORAGE_{name}": value for name, value in environ.items()}
    address = address_of({"PULUMI_BACKEND_URL": f"azblob://state?{options}"})
    assert shared_azblob.service_url(address, variables) == url


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("azblob://state", "neither AZURE_STORAGE_ACCOUNT nor storage_account"),
        ("azblob://state?storage_account=acme&protocol=ftp", "'ftp'; it is http or https"),
        ("azblob://state?storage_account=acme&protocol=http", "only supported with HTTPS"),
    ],
)
def test_an_account_that_cannot_be_asked_is_told(url: str, what: str) -> None:
    with pytest.raises(MayflyError, match=what):
        opened(url)


@pytest.mark.parametrize(
    ("variables", "signed_by"),
    [
        ("ACCOUNT KEY SAS_TOKEN CONNECTION_STRING", "SharedKeyCredentialPolicy acme"),
        ("KEY SAS_TOKEN CONNECTION_STRING", "AzureSasCredential"),
        ("KEY CONNECTION_STRING", "SharedKeyCredentialPolicy other"),
        ("ACCOUNT", "DefaultAzureCredential"),
    ],
)
def test_a_container_is_signed_in_to_as_pulumi_does(variables: str, signed_by: str) -> None:
    """Source: gocloud.dev, blob/azureblob, newCredInfoFromEnv."""
    values = {
        "ACCOUNT": "acme",
        "KEY": "a2V5",
        "SAS_TOKEN": SIGNATURE,
        "CONNECTION_STRING": "DefaultEndpointsProtocol=https;AccountName=other;AccountKey=a2V5",
    }
    environ = {f"AZURE_STORAGE_{name}": values[name] for name in variables.split()}
    backend: Any = opened("azblob://state?storage_account=acme", **environ)
    found = backend._client.credential
    assert f"{type(found).__name__} {getattr(found, 'account_name', '')}".strip() == signed_by


def test_a_signature_is_in_no_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is part of the address, and the SDK's errors may name that whole."""
    monkeypatch.setattr(shared_azblob, "ATTEMPTS", 1)
    where = "azblob://state?storage_account=acme&domain=127.0.0.1:1&protocol=http"
    with pytest.raises(
        CloudError, match=r"PUT 127.0.0.1:1/acme/state: ServiceRequestError: .*refused"
    ) as told:
        opened(where, AZURE_STORAGE_SAS_TOKEN=SIGNATURE).put("x", b"{}")
    assert "nobody" not in str(told.value)
    with (
        pytest.raises(CloudError, match=r"/x\?sv=1&sig=\[masked\] \(Caused"),
        shared_azblob._translated("PUT"),
    ):
        raise ServiceRequestError("exceeded with url: /x?sv=1&sig=nobody%2Fmay%2Bsee%3D (Caused by x)")


def test_who_is_not_signed_in_is_told_how() -> None:
    with pytest.raises(NotSignedIn, match="the ARM variables are for Resource Manager alone"):  # noqa: SIM117
        with shared_azblob._translated("PUT"):
            raise ClientAuthenticationError("DefaultAzureCredential failed\nAttempted credentials: …")


def test_a_bucket_that_nobody_answers_for_is_told_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_s3, "ATTEMPTS", 1)
    backend = opened("s3://state?region=eu-west-1&endpoint=http://127.0.0.1:1&s3ForcePathStyle=true")
    with pytest.raises(CloudError, match="ListObjectsV2 s3://state: EndpointConnectionError") as told:
        list(backend.keys(""))
    assert isinstance(told.value.__cause__, EndpointConnectionError)
