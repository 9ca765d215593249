"""Bearer tokens: JSON web tokens signed with a key of the state folder, and each plane's audience."""

from __future__ import annotations

import os
import secrets
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import jwt

from localcloud.azure.core.call import Principal, Request
from localcloud.azure.core.errors import CloudError
from localcloud.azure.core.ids import TENANT
from localcloud.azure.core.principals import Principals

ARM_AUDIENCES = ("https://management.azure.com", "https://management.core.windows.net")
STORAGE_AUDIENCE = "https://storage.azure.com"
LIFETIME = 3600
ALGORITHM = "HS256"


class Tokens:
    """Mints and checks tokens. `issuer`: the login endpoint, such as https://127.0.0.1:PORT."""

    def __init__(self, folder: Path, issuer: str, principals: Principals) -> None:
        self._key = signing_key(folder)
        self._issuer = f"{issuer}/{TENANT}/v2.0"
        self._principals = principals
        self._arm_audiences = (*ARM_AUDIENCES, issuer)
        self._checked: dict[str, dict[str, Any]] = {}

    def audience(self, resource: str) -> str | None:
        """The audience a token for `resource` carries, as it is written; None when nobody answers to it."""
        known = (*self._arm_audiences, STORAGE_AUDIENCE)
        return resource if resource.rstrip("/") in known else None

    def mint(self, principal: Principal, audience: str, lifetime: int = LIFETIME) -> str:
        """A token for `principal`; lifetime in seconds."""
        now = int(time.time())
        claims = {
            "aud": audience,
            "iss": self._issuer,
            "tid": TENANT,
            "iat": now,
            "nbf": now,
            "exp": now + lifetime,
            "oid": principal.object_id,
            "sub": principal.object_id,
            "appid": principal.client_id,
            "ver": "1.0",
        }
        return jwt.encode(claims, self._key, algorithm=ALGORITHM)

    def caller(self, request: Request) -> Principal:
        """Who sent the request; 401 in the words of the plane when it cannot be told."""
        refusal = ArmRefusal() if request.plane == "arm" else BlobRefusal()
        token = _bearer(request, refusal)
        claims = self._claims(token, refusal)
        allowed = self._arm_audiences if request.plane == "arm" else (STORAGE_AUDIENCE,)
        if str(claims["aud"]).rstrip("/") not in allowed:
            raise refusal.audience(str(claims["aud"]), allowed)
        principal = self._principals.get(claims["oid"])
        if principal is None:
            raise refusal.invalid("The principal of the access token does not exist.")
        return principal

    def _claims(self, token: str, refusal: ArmRefusal | BlobRefusal) -> dict[str, Any]:
        claims = self._checked.get(token)
        if claims is None:
            claims = self._decode(token, refusal)
            if len(self._checked) > 1000:
                self._checked.clear()
            self._checked[token] = claims
        if claims["exp"] <= time.time():
            raise refusal.expired()
        return claims

    def _decode(self, token: str, refusal: ArmRefusal | BlobRefusal) -> dict[str, Any]:
        options: Any = {"verify_aud": False, "require": ["aud", "exp", "iss", "oid"]}
        try:
            return jwt.decode(token, self._key, [ALGORITHM], options=options, issuer=self._issuer)
        except jwt.ExpiredSignatureError:
            raise refusal.expired() from None
        except jwt.InvalidTokenError as error:
            raise refusal.invalid(f"The access token is invalid: {error}.") from None


class ArmRefusal:
    """How Resource Manager refuses a caller."""

    def missing(self) -> CloudError:
        """No Authorization header, or not a bearer token."""
        return _arm("AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.")

    def invalid(self, why: str) -> CloudError:
        """A token that nobody here signed."""
        return _arm("InvalidAuthenticationToken", why)

    def expired(self) -> CloudError:
        """A token past its time."""
        return _arm(
            "ExpiredAuthenticationToken", "The access token expiry UTC time is earlier than current UTC time."
        )

    def audience(self, got: str, allowed: tuple[str, ...]) -> CloudError:
        """A token for somebody else, such as storage."""
        names = ",".join(f"'{name}/'" for name in allowed)
        text = f"The access token has been obtained for wrong audience or resource '{got}'. "
        return _arm(
            "InvalidAuthenticationTokenAudience",
            f"{text}It should exactly match with one of the allowed audiences {names}.",
        )


class BlobRefusal:
    """How the blob service refuses a caller."""

    def missing(self) -> CloudError:
        """No Authorization header."""
        text = (
            "Server failed to authenticate the request. Please refer to the information in the "
            "www-authenticate header."
        )
        challenge = (
            f"Bearer authorization_uri=https://login.microsoftonline.com/{TENANT}/oauth2/authorize "
            f"resource_id={STORAGE_AUDIENCE}"
        )
        return CloudError(401, "NoAuthenticationInformation", text, {"www-authenticate": challenge})

    def invalid(self, why: str) -> CloudError:
        """A token that nobody here signed."""
        text = f"Server failed to authenticate the request. {why}"
        return CloudError(401, "InvalidAuthenticationInfo", text, {"www-authenticate": "Bearer"})

    def expired(self) -> CloudError:
        """A token past its time."""
        return self.invalid("Lifetime validation failed. The token is expired.")

    def audience(self, got: str, allowed: tuple[str, ...]) -> CloudError:
        """A token for somebody else, such as Resource Manager."""
        return self.invalid(f"Audience validation failed: '{got}' is not '{allowed[0]}'.")


def _arm(code: str, message: str) -> CloudError:
    return CloudError(
        401,
        code,
        message,
        {"www-authenticate": f'Bearer authorization_uri="{TENANT}", error="invalid_token"'},
    )


def _bearer(request: Request, refusal: ArmRefusal | BlobRefusal) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return token.strip()
    if request.plane == "blob" and (scheme.lower().startswith("sharedkey") or "sig" in request.query):
        raise CloudError(
            403,
            "KeyBasedAuthenticationNotPermitted",
            "Key based authentication is not permitted on this storage account.",
        )
    raise refusal.missing()


def signing_key(folder: Path) -> str:
    """The key of this state folder, made on first use, readable by its owner alone."""
    path = folder / "token.key"
    if not path.exists():
        draft = folder / f"token.key.{secrets.token_hex(4)}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
        with suppress(FileExistsError):  # another process was first: its key holds
            os.link(draft, path)
        draft.unlink()
    return path.read_text()
