"""Who calls: a credential from the environment variables that azure-native and Terraform read.

Nothing here prints, stores or logs a secret or a token; azure-identity holds them in memory.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mayfly.clouds.azure.endpoints import Endpoints
from mayfly.errors import BadInput, Problem

OIDC_AUDIENCE = "api://AzureADTokenExchange"


def from_environment(environ: Mapping[str, str], endpoints: Endpoints) -> Any:
    """A credential that azure-core accepts.

    A client secret, else an identity token of the pipeline (OIDC), else what DefaultAzureCredential finds:
    `az login`, a managed identity. Raises BadInput when OIDC is asked for and half of it is missing.
    """
    tenant, client, secret = (_value(environ, name) for name in ("TENANT_ID", "CLIENT_ID", "CLIENT_SECRET"))
    options = _options(environ, endpoints)
    if tenant and client and secret:
        from azure.identity import ClientSecretCredential

        return Once(ClientSecretCredential(tenant, client, secret, **options))
    if _wants_oidc(environ):
        return Once(_assertion(environ, tenant, client, options))
    from azure.identity import DefaultAzureCredential

    return Once(DefaultAzureCredential(authority=endpoints.login))


class Once:
    """One sign-in at a time: threads that start together share the first one's token, not eight sign-ins."""

    def __init__(self, credential: Any) -> None:
        self._credential = credential
        self._lock = threading.Lock()

    def get_token(self, *scopes: str, **options: Any) -> Any:
        """A token as azure-core's TokenCredential gives it; cached by azure-identity."""
        with self._lock:
            return self._credential.get_token(*scopes, **options)

    def close(self) -> None:
        """Close the sign-in's own connections."""
        self._credential.close()

    def __repr__(self) -> str:
        return f"Once({type(self._credential).__name__})"


def _value(environ: Mapping[str, str], name: str) -> str:
    return environ.get(f"ARM_{name}") or environ.get(f"AZURE_{name}") or ""


def _options(environ: Mapping[str, str], endpoints: Endpoints) -> dict[str, Any]:
    asked = environ.get("ARM_DISABLE_INSTANCE_DISCOVERY", "").lower() == "true"
    return {"authority": endpoints.login, "disable_instance_discovery": asked or not endpoints.known}


def _wants_oidc(environ: Mapping[str, str]) -> bool:
    asked = environ.get("ARM_USE_OIDC", "").lower() in ("1", "true")
    return asked or bool(environ.get("AZURE_FEDERATED_TOKEN_FILE"))


def _assertion(environ: Mapping[str, str], tenant: str, client: str, options: dict[str, Any]) -> Any:
    from azure.identity import ClientAssertionCredential

    if not tenant or not client:
        fix = "set ARM_TENANT_ID and ARM_CLIENT_ID"
        raise BadInput([Problem("ARM_USE_OIDC", "tenant or client is missing", fix)])
    return ClientAssertionCredential(tenant, client, _identity_token(environ), **options)


def _identity_token(environ: Mapping[str, str]) -> Callable[[], str]:
    """How to get the pipeline's identity token; read anew at each sign-in, since it lives minutes."""
    if file := environ.get("ARM_OIDC_TOKEN_FILE_PATH") or environ.get("AZURE_FEDERATED_TOKEN_FILE"):
        return lambda: Path(file).read_text().strip()
    if token := environ.get("ARM_OIDC_TOKEN"):
        return lambda: token
    url = environ.get("ARM_OIDC_REQUEST_URL") or environ.get("ACTIONS_ID_TOKEN_REQUEST_URL")
    bearer = environ.get("ARM_OIDC_REQUEST_TOKEN") or environ.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN")
    if url and bearer:
        return lambda: _request_token(url, bearer)
    fix = "set ARM_OIDC_TOKEN_FILE_PATH, or run where the pipeline offers ACTIONS_ID_TOKEN_REQUEST_URL"
    raise BadInput([Problem("ARM_USE_OIDC", "there is no identity token", fix)])


def _request_token(url: str, bearer: str) -> str:
    """GitHub's own way to hand out an identity token ("About security hardening with OpenID Connect")."""
    import requests

    headers = {"Authorization": f"Bearer {bearer}"}
    answer = requests.get(url, params={"audience": OIDC_AUDIENCE}, headers=headers, timeout=20)
    answer.raise_for_status()
    return str(answer.json()["value"])
