"""Tokens of principals that have no secret to sign in with, such as a factory's identity."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from azure.core.credentials import AccessToken, TokenCredential

from localcloud.azure.admin import token_for
from tests.support.azure_sdk import Sdk


@dataclass(frozen=True)
class IdentityCredential:
    """A credential of the Azure SDKs that gets its tokens from whoever owns the state folder."""

    state: Path
    object_id: str

    def get_token(
        self, *scopes: str, claims: str | None = None, tenant_id: str | None = None,
        enable_cae: bool = False, **kwargs: Any,
    ) -> AccessToken:  # fmt: skip
        """A token for the one scope, "<audience>/.default"."""
        (scope,) = scopes
        token = token_for(self.state, self.object_id, scope.removesuffix("/.default"))
        return AccessToken(token, int(claims_of(token)["exp"]))


def identity_credential(state_folder: Path, object_id: str) -> TokenCredential:
    """A credential as any principal of the local Azure whose state is in this folder.

    object_id: of a service principal or a managed identity. `get_token` raises LookupError without one.
    """
    return IdentityCredential(state_folder, object_id)


def claims_of(token: str) -> dict[str, Any]:
    """What a JSON web token says, its signature not looked at."""
    payload = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))


class SdkAs(Sdk):
    """The official clients as whoever a credential stands for."""

    def __init__(self, environ: dict[str, str], subscription: str, credential: TokenCredential) -> None:
        super().__init__(environ, subscription)
        self._given = credential

    @cached_property
    def credential(self) -> TokenCredential:
        """The credential that was given."""
        return self._given
