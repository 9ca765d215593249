"""Secrets that stand in documents in the open: where they are, and the same without them.

Told by place, as Data Factory has places for them (secure strings, headers, keys of linked services), and by
form, wherever a text stands. A value that is computed, or that stands for one (`***`), is none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from mayfly.secrets import looks_secret
from mayfly.workload.factory.references import is_expression

MASK = "[secret]"

# Fields of linked services whose text is a key whatever it looks like, and headers that authorize a call.
# Source: the REST API's specification, 2018-06-01, properties of the type SecretBase.
_FIELDS = re.compile(
    r"(?i)servicePrincipalKey|servicePrincipalCredential|servicePrincipalEmbeddedCert(Password)?|functionKey"
    r"|embeddedCert|pfx|privateKeyContent|passPhrase|workspaceKey|authKey|securityToken|refreshToken|sasUri"
)
_HEADERS = re.compile(r"(?i)(proxy-)?authorization|cookie|.*[-_]?(key|token|secret|password)")
_VALUES = ("value", "defaultValue")


@dataclass(frozen=True)
class OpenSecret:
    """A secret in the open. at: its field. looks_like: "a shared access signature"; never the value."""

    at: str
    looks_like: str


def find_secrets(document: Any) -> list[OpenSecret]:
    """Every secret in a parsed document, in the order of the file."""
    found: list[OpenSecret] = []
    _visit(document, "", "", "", found)
    return found


def masked(value: Any) -> Any:
    """Return the value with `[secret]` in place of every secret, for display."""
    return _visit(value, "", "", "", [])


def masked_text(text: str) -> str:
    """Return a message without words that look like secrets; nothing of it if they cannot be separated."""
    words = "".join(MASK if looks_secret(word) else word for word in re.split(r"(\s+)", text))
    return MASK if looks_secret(words) else words


def _visit(value: Any, at: str, name: str, within: str, found: list[OpenSecret]) -> Any:
    """A value with its secrets masked, which are noted.

    name: what the value is called; a `value` or `defaultValue` is called as what it is the value of.
    within: the name of the object that it stands in.
    """
    if isinstance(value, dict):
        secure = str(value.get("type")).lower() == "securestring"
        return {
            key: _secure(item, _joined(at, key), found)
            if secure and key in _VALUES
            else _visit(item, _joined(at, key), name if key in _VALUES else key, name, found)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_visit(item, f"{at}[{n}]", name, within, found) for n, item in enumerate(value)]
    if isinstance(value, str) and (secret := _secret(value, name, within)):
        found.append(OpenSecret(at, secret))
        return MASK
    return value


def _secure(value: Any, at: str, found: list[OpenSecret]) -> Any:
    if not isinstance(value, str) or not _stands(value):
        return value
    found.append(OpenSecret(at, "a secure string's value"))
    return MASK


def _secret(text: str, name: str, within: str) -> str | None:
    """What a text is, if it is a secret. An expression can hold one, but its name says nothing of it."""
    if is_expression(text):
        return looks_secret(text)
    if _stands(text) and _FIELDS.fullmatch(name):
        return "a credential"
    if _stands(text) and within == "headers" and _HEADERS.fullmatch(name):
        return "a header that authorizes"
    return looks_secret(text, name)


def _stands(text: str) -> bool:
    """Whether a text is a value, and neither empty, nor computed, nor masked already."""
    return bool(text.strip("* ")) and text != MASK and not is_expression(text)


def _joined(at: str, key: str) -> str:
    return f"{at}.{key}" if at else key
