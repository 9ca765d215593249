"""Signing in: by azure-identity, and what is refused."""

from __future__ import annotations

import jwt
import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import ClientSecretCredential

from localcloud.azure.core.call import Reply, Request
from localcloud.azure.core.ids import NONPRODUCTION, TENANT
from localcloud.azure.core.tokens import ARM_AUDIENCES, STORAGE_AUDIENCE
from tests.support import raw_https
from tests.support.azure_in_process import LocalCloud, LocalServer


def test_a_token_names_its_audience_and_its_holder(
    server: LocalServer, owner: ClientSecretCredential
) -> None:
    token = owner.get_token("https://storage.azure.com/.default").token
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["aud"] == STORAGE_AUDIENCE
    assert (claims["tid"], claims["oid"]) == (TENANT, server.principal("owner").object_id)


def test_wrong_secret_unknown_client_and_unknown_resource(server: LocalServer) -> None:
    client = server.principal("owner").client_id
    for client_id, secret, scope, code in (
        (client, "wrong", "https://storage.azure.com/.default", "AADSTS7000215"),
        (TENANT, "wrong", "https://storage.azure.com/.default", "AADSTS700016"),
        (client, server.secrets[client], "https://vault.azure.net/.default", "AADSTS500011"),
    ):
        with (
            ClientSecretCredential(
                TENANT, client_id, secret, authority=server.arm_url, disable_instance_discovery=True
            ) as credential,
            pytest.raises(ClientAuthenticationError, match=code),
        ):
            credential.get_token(scope)


def test_metadata_is_what_the_official_clients_read(cloud: LocalCloud) -> None:
    query = {"api-version": "2022-09-01"}
    found = cloud.cloud.dispatch(Request("arm", "GET", "/metadata/endpoints", query)).body
    assert isinstance(found, dict)
    assert found["authentication"]["loginEndpoint"] == found["resourceManager"] == cloud.cloud.arm_url
    assert "https://management.azure.com/" in found["authentication"]["audiences"]


@pytest.mark.parametrize("name", ["organizations", "common"])
def test_discovery_leaves_the_tenant_open_for_all_of_them_and_gives_no_token_there(
    cloud: LocalCloud, name: str
) -> None:
    path = f"/{name}/v2.0/.well-known/openid-configuration"
    found = cloud.cloud.dispatch(Request("arm", "GET", path)).body
    assert isinstance(found, dict)
    assert found["issuer"] == f"{cloud.cloud.arm_url}/{{tenantid}}/v2.0"
    assert found["token_endpoint"] == f"{cloud.cloud.arm_url}/{name}/oauth2/v2.0/token"
    form = b"grant_type=client_credentials"
    assert cloud.cloud.dispatch(Request("arm", "POST", f"/{name}/oauth2/v2.0/token", body=form)).status == 400
    unknown = "/00000000-0000-4000-8000-000000000009/v2.0/.well-known/openid-configuration"
    assert cloud.cloud.dispatch(Request("arm", "GET", unknown)).status == 400


def ask(cloud: LocalCloud, plane: str, token: str | None) -> Reply:
    headers = {} if token is None else {"authorization": token}
    path = f"/subscriptions/{NONPRODUCTION}" if plane == "arm" else "/account/container"
    return cloud.cloud.dispatch(Request(plane, "GET", path, {"api-version": "2022-12-01"}, headers))


def code(reply: Reply) -> str:
    if isinstance(reply.body, dict):
        return str(reply.body["error"]["code"])
    return reply.headers["x-ms-error-code"]


def test_each_plane_takes_only_its_own_audience(cloud: LocalCloud) -> None:
    arm, storage = (f"Bearer {cloud.cloud.identity_token(cloud.principal('owner'), audience)}"
                    for audience in (ARM_AUDIENCES[0], STORAGE_AUDIENCE))  # fmt: skip
    assert ask(cloud, "arm", arm).status == 200
    crossed = ask(cloud, "arm", storage)
    assert (crossed.status, code(crossed)) == (401, "InvalidAuthenticationTokenAudience")
    crossed = ask(cloud, "blob", arm)
    assert (crossed.status, code(crossed)) == (401, "InvalidAuthenticationInfo")


def test_tokens_that_are_none(cloud: LocalCloud) -> None:
    owner = cloud.principal("owner")
    expired = cloud.cloud.tokens.mint(owner, ARM_AUDIENCES[0], lifetime=-10)
    claims = jwt.decode(expired, options={"verify_signature": False}) | {"exp": 4102444800}
    forged = jwt.encode(claims, "some other key of thirty-two bytes", algorithm="HS256")
    for plane, token, expected in (
        ("arm", None, "AuthenticationFailed"),
        ("arm", "Basic abc", "AuthenticationFailed"),
        ("arm", "Bearer abc", "InvalidAuthenticationToken"),
        ("arm", f"Bearer {forged}", "InvalidAuthenticationToken"),
        ("arm", f"Bearer {expired}", "ExpiredAuthenticationToken"),
        ("blob", None, "NoAuthenticationInformation"),
    ):
        reply = ask(cloud, plane, token)
        assert (reply.status, code(reply)) == (401, expected)
    shared_key = ask(cloud, "blob", "SharedKey account:c2lnbmF0dXJl")
    assert (shared_key.status, code(shared_key)) == (403, "KeyBasedAuthenticationNotPermitted")


def test_a_principal_that_is_gone_has_no_valid_token(cloud: LocalCloud) -> None:
    ghost = cloud.principal("ghost")
    token = cloud.cloud.identity_token(ghost, ARM_AUDIENCES[0])
    cloud.cloud.principals.delete(ghost.object_id)
    assert code(ask(cloud, "arm", f"Bearer {token}")) == "InvalidAuthenticationToken"


LIMIT = 64 << 10
LOGIN = f"/{TENANT}/oauth2/v2.0/token"
UPLOAD = "/account/container/blob"


@pytest.mark.parametrize(("plane", "path"), [("arm", LOGIN), ("arm", "/subscriptions"), ("blob", UPLOAD)])
@pytest.mark.parametrize("token", [None, "Bearer forged"])
@pytest.mark.parametrize(
    ("parts", "length"),
    [([], 1 << 40), ([b"x" * LIMIT, b"x"], None), ([b"x" * (LIMIT + 1)], LIMIT + 2)],
    ids=["announced", "chunks", "one byte too many"],
)
def test_a_strangers_body_is_bounded(
    server: LocalServer, plane: str, path: str, token: str | None, parts: list[bytes], length: int | None
) -> None:
    """Answered although the body never ends: what is over the limit is not waited for, nor kept."""
    headers = {} if token is None else {"Authorization": token}
    url = server.arm_url if plane == "arm" else server.blob_url
    assert raw_https.status(url, str(server.ca), path, parts, length, **headers) == 413
    assert server.log()[-1]["status"] == 413


@pytest.mark.parametrize("path", [LOGIN, "/subscriptions"])
def test_a_strangers_small_body_is_read_to_its_end(server: LocalServer, path: str) -> None:
    small = raw_https.status(server.arm_url, str(server.ca), path, [b"x" * LIMIT], LIMIT)
    assert small == (400 if path == LOGIN else 401)


def test_the_body_of_whoever_has_a_token_may_be_large(
    server: LocalServer, owner: ClientSecretCredential
) -> None:
    """The control: the same size, from somebody who is known."""
    token = owner.get_token("https://storage.azure.com/.default").token
    headers = {"Authorization": f"Bearer {token}", "x-ms-version": "2021-12-02"}
    whole = [b"x" * 10 * LIMIT]
    assert raw_https.status(server.blob_url, str(server.ca), UPLOAD, whole, 10 * LIMIT, **headers) != 413
    assert server.log()[-1]["received"] == 10 * LIMIT
