"""Who calls: a credential from the environment variables that azure-native reads, chosen in its order.

What is made is made by two: azure-native and us. The same names, in the same order, make them one principal;
`up` compares the two all the same (stacks/azure.py). Source: pulumi-azure-native 3, provider/pkg/provider/
auth_azidentity.go, newSingleMethodAuthCredential and readAuthConfig.

Nothing here prints, stores or logs a secret or a token; azure-identity holds them in memory.
"""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mayfly.clouds.azure.endpoints import Endpoints
from mayfly.errors import BadInput, Problem

OIDC_AUDIENCE = "api://AzureADTokenExchange"
STALE = 300.0
"""Seconds before its end from which on azure-core asks for another token."""

DEFAULT_CREDENTIAL = "ARM_USE_DEFAULT_AZURE_CREDENTIAL"


@dataclass(frozen=True)
class Caller:
    """The principal that we act as. how: the way of signing in, such as "a client secret"."""

    object_id: str
    client_id: str
    tenant_id: str
    how: str


def from_environment(
    environ: Mapping[str, str], endpoints: Endpoints, subscription: str = ""
) -> SharedCredential:
    """A credential for azure-core: the first of certificate, secret, OIDC, managed identity, `az login`.

    subscription: the fabric's (guid), whose tenant `az` signs in to; "" for the one that `az` has chosen.
    Nothing is tried that was not asked for: DefaultAzureCredential takes whatever a machine offers, and a
    runner's managed identity before its `az login`.

    Raises BadInput when a way to sign in is asked for and a part of it is missing; the next is not tried.
    """
    if _asks(environ, DEFAULT_CREDENTIAL):
        what = "DefaultAzureCredential takes whatever identity it finds first"
        fix = "unset it, and sign in with one of: certificate, secret, OIDC, ARM_USE_MSI, `az login`"
        raise BadInput([Problem(DEFAULT_CREDENTIAL, what, fix)])
    from azure import identity

    asked = _asks(environ, "ARM_DISABLE_INSTANCE_DISCOVERY")
    options: dict[str, Any] = {
        "authority": endpoints.login,
        "disable_instance_discovery": asked or not endpoints.known,
    }
    if environ.get("ARM_CLIENT_CERTIFICATE_PATH"):
        return SharedCredential(_certificate(environ, options), "a client certificate")
    if environ.get("ARM_CLIENT_SECRET"):
        who = _principal(environ, "ARM_CLIENT_SECRET")
        secret = identity.ClientSecretCredential(*who, environ["ARM_CLIENT_SECRET"], **options)
        return SharedCredential(secret, "a client secret")
    if _asks(environ, "ARM_USE_OIDC"):
        who = _principal(environ, "ARM_USE_OIDC")
        assertion = identity.ClientAssertionCredential(*who, _identity_token(environ), **options)
        return SharedCredential(assertion, "OIDC")
    if _asks(environ, "ARM_USE_MSI"):
        managed = identity.ManagedIdentityCredential(client_id=environ.get("ARM_CLIENT_ID") or None)
        return SharedCredential(managed, "a managed identity")
    # `az` takes a subscription or a tenant, never both: a subscription stands for its own tenant.
    where: dict[str, Any] = (
        {"subscription": subscription} if subscription else {"tenant_id": environ.get("ARM_TENANT_ID", "")}
    )
    return SharedCredential(identity.AzureCliCredential(**where), "`az login`")


class SharedCredential:
    """One sign-in at a time: threads that start together share the first one's token, not eight sign-ins.

    The token is kept, since not every credential of azure-identity does: each one of `az` is a process.
    """

    def __init__(self, credential: Any, how: str) -> None:
        self._credential = credential
        self._how = how
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, ...], Any] = {}

    def get_token(self, *scopes: str, **options: Any) -> Any:
        """A token as azure-core's TokenCredential gives it."""
        with self._lock:
            token = self._kept.get(scopes)
            if options.get("claims") or token is None or token.expires_on - time.time() <= STALE:
                token = self._kept[scopes] = self._credential.get_token(*scopes, **options)
            return token

    def caller(self, scope: str) -> Caller:
        """Who a token for this scope is for. Raises ValueError for one that does not tell it.

        The token is the cloud's to check, and is only looked into, as azure-native does.
        """
        claims = _claims(self.get_token(scope).token)
        # `appid` in tokens of version 1, `azp` in those of version 2; for a user it is the tool's.
        client = claims.get("appid") or claims.get("azp") or ""
        return Caller(claims["oid"], client, claims["tid"], self._how)

    def close(self) -> None:
        """Close the sign-in's own connections."""
        self._credential.close()

    def __repr__(self) -> str:
        return f"SharedCredential({type(self._credential).__name__})"


def _claims(token: str) -> dict[str, Any]:
    """The claims of a JSON Web Token. Raises ValueError for an invalid token, or one without a principal."""
    parts = token.split(".")
    if len(parts) != 3:
        raise ValueError("the access token is no JSON Web Token")
    claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    if not isinstance(claims, dict) or not all(isinstance(claims.get(name), str) for name in ("oid", "tid")):
        raise ValueError("the access token does not say whose it is")
    return claims


def _asks(environ: Mapping[str, str], name: str) -> bool:
    """Whether a switch is on. azure-native knows "true" and nothing else."""
    return environ.get(name) == "true"


def _principal(environ: Mapping[str, str], switch: str) -> tuple[str, str]:
    """Tenant and client of a service principal. Raises BadInput with each that is missing."""
    names = ("ARM_TENANT_ID", "ARM_CLIENT_ID")
    missing = [name for name in names if not environ.get(name)]
    if missing:
        fix = f"set it, or unset {switch}"
        raise BadInput([Problem(name, f"is missing, and {switch} is set", fix) for name in missing])
    return environ["ARM_TENANT_ID"], environ["ARM_CLIENT_ID"]


def _certificate(environ: Mapping[str, str], options: dict[str, Any]) -> Any:
    from azure.identity import CertificateCredential

    switch = "ARM_CLIENT_CERTIFICATE_PATH"
    path, password = environ[switch], environ.get("ARM_CLIENT_CERTIFICATE_PASSWORD") or None
    who = _principal(environ, switch)
    try:
        return CertificateCredential(*who, path, password=password, **options)
    except (OSError, TypeError, ValueError) as error:  # TypeError: a password for a key that has none
        fix = "name a PEM or PKCS#12 file with its key, and its password"
        raise BadInput([Problem(switch, f"{path} cannot be used: {error}", fix)]) from error


def _identity_token(environ: Mapping[str, str]) -> Callable[[], str]:
    """How to get the pipeline's identity token: given, else in a file, else asked for.

    The latter two anew at each sign-in, since it lives minutes.
    """
    if token := environ.get("ARM_OIDC_TOKEN"):
        return lambda: token
    if file := environ.get("ARM_OIDC_TOKEN_FILE_PATH"):
        return lambda: Path(file).read_text().strip()
    url, bearer = (environ.get(f"ACTIONS_ID_TOKEN_REQUEST_{name}") for name in ("URL", "TOKEN"))
    if url and bearer:
        audience = environ.get("ARM_OIDC_AUDIENCE") or OIDC_AUDIENCE
        return lambda: _request_token(url, bearer, audience)
    fix = (
        "set ARM_OIDC_TOKEN or ARM_OIDC_TOKEN_FILE_PATH, or run where the pipeline offers"
        " ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN (on GitHub: `id-token: write`)"
    )
    raise BadInput([Problem("ARM_USE_OIDC", "there is no identity token", fix)])


def _request_token(url: str, bearer: str, audience: str) -> str:
    """GitHub's own way to hand out an identity token ("About security hardening with OpenID Connect")."""
    import requests

    headers = {"Authorization": f"Bearer {bearer}"}
    answer = requests.get(url, params={"audience": audience}, headers=headers, timeout=20)
    answer.raise_for_status()
    return str(answer.json()["value"])
