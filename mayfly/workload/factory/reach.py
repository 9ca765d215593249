"""What in a factory reaches places outside the environment.

Roles limit the factory's identity. They do not limit a linked service with a key, a signed URL or an account
of its own, nor a Web activity, whose URL decides. Nothing is called here: the same function judges files
before they are sent, and later the cloud's own documents.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from mayfly.workload.factory.document_kinds import file, kind_of
from mayfly.workload.factory.references import is_expression, walk

STORE_TYPES = ("AzureBlobStorage", "AzureBlobFS")
"""The types of linked service that a store of the variable group can be."""

COMPUTED = "computed by an expression"
NOT_SAID = "the file does not say where"


@dataclass(frozen=True)
class Reach:
    """One thing that reaches a place outside the environment.

    at: its file and field: `linkedService/warehouse.json`. what: its type. address: a host, or a description
    of it; never a secret. answer: how the variable group answers for it; "" for not at all.
    """

    at: str
    what: str
    address: str
    answer: str = ""

    def __str__(self) -> str:
        allowed = f", allowed by the variable group: {self.answer}" if self.answer else ""
        return f"{self.at} ({self.what}): {self.address}{allowed}"


def reaches(
    documents: Mapping[str, Mapping[str, Any]],
    own: Collection[str] = (),
    answers: Mapping[str, str] | None = None,
) -> list[Reach]:
    """Return every linked service and URL that is not the environment's own, in the order of their keys.

    documents: key (`linkedService/warehouse`) to parsed document, {"properties": …}.
    own: addresses of the accounts behind the environment's stores. A linked service is its own when it names
        one of them and signs in as the factory itself.
    answers: how a variable group answers for linked services, by their keys.
    """
    addresses = {_plain(address) for address in own}
    found = [reach for key, document in sorted(documents.items()) for reach in _of(key, document, addresses)]
    told = {file(key): answer for key, answer in (answers or {}).items()}
    return [replace(reach, answer=told.get(reach.at, "")) for reach in found]


def _of(key: str, document: Mapping[str, Any], own: Collection[str]) -> Iterator[Reach]:
    properties = document.get("properties")
    if not isinstance(properties, dict):
        return
    if kind_of(key) == "linkedService" and not _is_own(properties, own):
        yield Reach(file(key), str(properties.get("type")), address(properties))
    for at, item in walk(properties, "properties"):
        if isinstance(item, dict):
            yield from _activity(f"{file(key)}: {at}", item, own)
            yield from _parameters(f"{file(key)}: {at}", item, own)


def _is_own(properties: Mapping[str, Any], own: Collection[str]) -> bool:
    """Whether it is one of our accounts, used as the factory's own identity: nothing else is in it."""
    inside = properties.get("typeProperties")
    if properties.get("type") not in STORE_TYPES or not isinstance(inside, dict):
        return False
    place = inside.get("serviceEndpoint", inside.get("url"))
    alone = set(inside) <= {"serviceEndpoint", "url", "accountKind"}
    return alone and isinstance(place, str) and _plain(place) in own


def _activity(at: str, item: Mapping[str, Any], own: Collection[str]) -> Iterator[Reach]:
    """An activity with a URL of its own, however deep it lies in others: Web, WebHook, and what comes."""
    inside = item.get("typeProperties")
    if "name" not in item or not isinstance(inside, dict) or "url" not in inside:
        return
    if not (_begins(inside["url"], own) and _signs_in_as_the_factory(inside)):
        yield Reach(f"{at}.typeProperties.url", str(item.get("type")), place(inside["url"]))


def _signs_in_as_the_factory(inside: Mapping[str, Any]) -> bool:
    """Whether a Web activity carries the factory's own token and nothing else."""
    authentication, headers = inside.get("authentication"), inside.get("headers") or {}
    if not isinstance(authentication, dict) or not isinstance(headers, dict):
        return False
    alone = authentication.get("type") == "MSI" and set(authentication) <= {"type", "resource"}
    return alone and not any(str(name).lower() == "authorization" for name in headers)


def _parameters(at: str, item: Mapping[str, Any], own: Collection[str]) -> Iterator[Reach]:
    """URLs that are handed to a dataset, a linked service or a pipeline, or that they take by default."""
    given = item.get("parameters")
    if not isinstance(given, dict):
        return
    for name, value in given.items():
        declared = isinstance(value, dict) and "defaultValue" in value
        text = value["defaultValue"] if declared else _text(value)
        if isinstance(text, str) and _URL.match(text) and not _begins(text, own):
            field = f"{at}.parameters.{name}{'.defaultValue' if declared else ''}"
            yield Reach(field, "parameter", place(text))


_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_HOST = re.compile(r"[\w-][\w.-]*")

_ADDRESSES = (
    "url", "baseUrl", "serviceEndpoint", "functionAppUrl", "domain", "endpoint", "accountEndpoint",
    "serviceUri", "serviceUrl", "siteUrl", "environmentUrl", "batchUri", "sasUri", "server", "host",
    "hostName", "clusterUri", "adlStorageURI", "dataLakeStoreUri", "accountIdentifier", "accountName",
)  # fmt: skip
"""Fields of linked services that say where they lead. Source: the REST API's specification, 2018-06-01."""

_IN_CONNECTION = re.compile(
    r"(?:^|;)\s*(?:server|data source|addr|address|network address|host|hostname|accountname|accountendpoint"
    r"|endpoint|blobendpoint|url)\s*=\s*(?P<value>[^;]+)",
    re.IGNORECASE,
)


def address(properties: Mapping[str, Any]) -> str:
    """Return the host that a linked service connects to, as far as its document says."""
    inside = properties.get("typeProperties")
    if not isinstance(inside, dict):
        return NOT_SAID
    for name in _ADDRESSES:
        if inside.get(name):
            return place(inside[name])
    if inside.get("connectionString"):
        return _of_connection(inside["connectionString"])
    return NOT_SAID


def place(value: Any) -> str:
    """The host of a URL, of a server's name, or of either in a secure string."""
    text = _text(value)
    if text is None:
        return _referred(value)
    known = text.replace("@@{", "").partition("@{")[0] if is_expression(text) else text
    if known != text and not _URL.match(known):
        return COMPUTED
    if is_expression(text) and (text.startswith("@") or "/" not in known.partition("://")[2]):
        return COMPUTED
    return _host(known) or NOT_SAID


def _host(text: str) -> str | None:
    """The host in a text, without user, password, port, path and signature."""
    if _URL.match(text):
        try:
            return urlsplit(text).hostname
        except ValueError:
            return None
    bare = text.removeprefix("tcp:").lstrip("\\").rpartition("@")[2]
    found = _HOST.match(bare)
    return found[0] if found else None


def _of_connection(value: Any) -> str:
    text = _text(value)
    if text is None:
        return _referred(value)
    if text.startswith("@"):
        return COMPUTED
    if _URL.match(text):
        return place(text)
    found = _IN_CONNECTION.search(text)
    return place(found["value"].strip()) if found else NOT_SAID


def _text(value: Any) -> str | None:
    """A text as it stands, in an expression, or in a secure string."""
    if isinstance(value, dict) and value.get("type") in ("Expression", "SecureString"):
        value = value.get("value")
    return value if isinstance(value, str) else None


def _referred(value: Any) -> str:
    vault = value.get("store") if isinstance(value, dict) else None
    if isinstance(vault, dict) and isinstance(vault.get("referenceName"), str):
        return f"as a secret of {vault['referenceName']} says"
    return NOT_SAID


def _begins(value: Any, own: Collection[str]) -> bool:
    """Whether a URL lies in one of our accounts; a signed URL does not count, since it has its own rights."""
    text = _text(value)
    if text is None or "sig=" in text.lower():
        return False
    return any(f"{_plain(text)}/".startswith(f"{address}/") for address in own)


def _plain(address: str) -> str:
    return address.rstrip("/").lower()
