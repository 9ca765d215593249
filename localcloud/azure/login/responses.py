"""What a client asks before it has a token. These paths alone are answered to anybody."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from localcloud.azure.core.call import Principal, Reply
from localcloud.azure.core.cloud import Call, Cloud
from localcloud.azure.core.ids import TENANT
from localcloud.azure.core.tokens import LIFETIME

SHARED = frozenset({"common", "organizations"})
"""Names in a tenant's place. Clients ask for their discovery, the `az` command when it signs out; Entra
answers with an issuer whose tenant is left open, and gives no token of an application there.
"""


def register(cloud: Cloud) -> None:
    """Add the login endpoint."""
    cloud.add_operation("GET", "/metadata/endpoints", metadata, public=True)
    for version in ("/v2.0", ""):
        discovery = "/{tenant}" + version + "/.well-known/openid-configuration"
        cloud.add_operation("GET", discovery, openid_configuration, public=True)
        cloud.add_operation("POST", "/{tenant}/oauth2" + version + "/token", token, public=True)


def metadata(call: Call) -> Reply:
    """Where this cloud's endpoints are, as the official clients ask for it (ARM_METADATA_HOSTNAME)."""
    arm, blob = call.cloud.arm_url, call.cloud.blob_url
    return Reply(
        200,
        {
            "name": "MayflyLocal",
            "portal": arm,
            "resourceManager": arm,
            "authentication": {
                "loginEndpoint": arm,
                "audiences": ["https://management.core.windows.net/", "https://management.azure.com/"],
                "tenant": "common",
                "identityProvider": "AAD",
            },
            "suffixes": {"storage": blob.partition("://")[2]},
            "graph": arm,
            "graphAudience": arm,
            "microsoftGraphResourceId": arm,
        },
    )


def openid_configuration(call: Call) -> Reply:
    """OpenID discovery of a tenant, or of all."""
    tenant = call.params["tenant"]
    base = f"{call.cloud.arm_url}/{tenant}"
    shared = tenant.lower() in SHARED
    if not shared and not _known(tenant):
        return _refuse(400, "invalid_tenant", 90002, f"Tenant '{tenant}' not found.")
    return Reply(
        200,
        {
            "issuer": f"{call.cloud.arm_url}/{{tenantid}}/v2.0" if shared else f"{base}/v2.0",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "jwks_uri": f"{base}/discovery/v2.0/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            "response_types_supported": ["token"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["HS256"],
            "tenant_region_scope": None,
        },
    )


def token(call: Call) -> Reply:
    """A token for a service principal: grant_type client_credentials with a secret."""
    form = dict(parse_qsl(call.request.body.decode("utf-8", "replace")))
    if not _known(call.params["tenant"]):
        return _refuse(400, "invalid_tenant", 90002, f"Tenant '{call.params['tenant']}' not found.")
    if form.get("grant_type") != "client_credentials":
        text = f"The grant type '{form.get('grant_type', '')}' is not implemented by the local Azure."
        return _refuse(400, "unsupported_grant_type", 70003, text)
    if "client_assertion" in form:
        text = "Federated credentials are not implemented by the local Azure: sign in with a secret."
        return _refuse(401, "invalid_client", 700211, text)
    principal = call.cloud.principals.by_client(form.get("client_id", ""))
    if principal is None:
        text = f"Application with identifier '{form.get('client_id', '')}' was not found in the directory."
        return _refuse(400, "unauthorized_client", 700016, text)
    if not call.cloud.principals.secret_matches(principal.client_id, form.get("client_secret", "")):
        text = f"Invalid client secret provided for app '{principal.client_id}'."
        return _refuse(401, "invalid_client", 7000215, text)
    return _issue(call, principal, form)


def _issue(call: Call, principal: Principal, form: dict[str, str]) -> Reply:
    asked = form.get("resource") or form.get("scope", "").removesuffix("/.default")
    audience = call.cloud.tokens.audience(asked)
    if audience is None:
        return _refuse(
            400, "invalid_resource", 500011, f"The resource principal named '{asked}' was not found."
        )
    minted = call.cloud.tokens.mint(principal, audience)
    body = {
        "token_type": "Bearer",
        "expires_in": LIFETIME,
        "ext_expires_in": LIFETIME,
        "access_token": minted,
    }
    return Reply(200, body, {"cache-control": "no-store"})


def _known(tenant: str) -> bool:
    return tenant.lower() == TENANT


def _refuse(status: int, error: str, code: int, text: str) -> Reply:
    moment = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    trace = str(uuid.uuid4())
    body = {
        "error": error,
        "error_description": f"AADSTS{code}: {text} Trace ID: {trace} Timestamp: {moment}",
        "error_codes": [code],
        "timestamp": moment,
        "trace_id": trace,
        "correlation_id": trace,
    }
    return Reply(status, body)
