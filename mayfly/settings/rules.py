"""What each field may hold: one function a kind of field, each returning the value or raising Refused."""

from __future__ import annotations

import math
import re
from datetime import timedelta
from typing import TypeGuard

from mayfly.naming.limits import ACCOUNT, CONTAINER, GROUP, LIMITS
from mayfly.settings.refused import KINDS, Refused, shown, text
from mayfly.settings.sources import SourceAddress

SUBSCRIPTION = "a subscription's id, 00000000-0000-0000-0000-000000000000 (`az account show --query id`)"
LOCATION = "an Azure region's name, such as westeurope (`az account list-locations --query '[].name'`)"
ACCOUNT_ID = "an account's id, 12 digits (`aws sts get-caller-identity --query Account`)"
REGION = "an AWS region's name, such as eu-west-1; not one of China's, GovCloud's or the isolated partitions"
OWNER = "the team that answers for these environments, one line, at most 256 characters"
FOLDER = "a folder of this repository, such as examples/flights"
DURATION = "a number and a unit, m, h, d or w, such as 7d, at most 366d"
STORE = "a letter, then letters, digits, _ and -, at most 64 characters"
VALUE_NAME = "a letter or _, then letters, digits, _ and -, at most 64 characters: pipelines spell it out"
VALUE = "a text, a whole number, a decimal number, true or false"
CONTAINER_ID = (
    "/subscriptions/<id>/resourceGroups/<group>/providers/Microsoft.Storage/storageAccounts/<account>"
    "/blobServices/default/containers/<container>"
)

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LOCATION = re.compile(r"[a-z][a-z0-9]{1,49}")
_ACCOUNT = re.compile(r"[0-9]{12}")
_REGION = re.compile(r"(?!cn-)[a-z]{2}-[a-z]+-[1-9][0-9]?")
_DURATION = re.compile(r"([1-9][0-9]{0,6})([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
LARGEST_WHOLE = 2**53
"""Up to it doubles have every whole number; Pulumi's property values are doubles (google.protobuf.Value)."""

_STORE = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_VALUE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
_ID = re.compile(
    r"/subscriptions/(?P<subscription>[^/]*)/resourceGroups/(?P<group>[^/]*)/providers/Microsoft\.Storage"
    r"/storageAccounts/(?P<account>[^/]*)(?P<rest>/.*)?",
    re.IGNORECASE,
)
_CONTAINER = re.compile(r"/blobServices/default/containers/(?P<container>[^/]*)(?P<path>/.*)?", re.IGNORECASE)
_ADDRESS = re.compile(r"[a-z]+://.+", re.IGNORECASE)
_NOT_REPLACED = re.compile(r"\$\([^)]+\)")


class ContainerId(SourceAddress):
    """The resource id of a container of a storage account, in the cloud's own spelling."""

    __slots__ = ()
    cloud = "azure"

    @property
    def subscription(self) -> str:
        """The subscription it is in."""
        return self.split("/")[2]

    @property
    def group(self) -> str:
        """The resource group it is in."""
        return self.split("/")[4]

    @property
    def account(self) -> str:
        """The storage account's name."""
        return self.split("/")[8]

    @property
    def container(self) -> str:
        """The container's own name."""
        return self.split("/")[12]


def subscription(value: object) -> str:
    """Return a subscription's id in lower case."""
    found = text(value, SUBSCRIPTION).lower()
    if not _GUID.fullmatch(found):
        raise Refused(f"{shown(value)} is not a subscription's id", SUBSCRIPTION)
    return found


def location(value: object) -> str:
    """Return a region's name. Which regions there are is the cloud's to say."""
    found = text(value, LOCATION)
    if not _LOCATION.fullmatch(found):
        raise Refused(f"{shown(value)} is not a region's name", LOCATION)
    return found


def account(value: object) -> str:
    """Return an account's id. Without quotes YAML takes it for a number, which loses nothing here."""
    found = str(value) if type(value) is int else text(value, ACCOUNT_ID)
    if not _ACCOUNT.fullmatch(found):
        raise Refused(f"{shown(value)} is not an account's id", ACCOUNT_ID)
    return found


def region(value: object) -> str:
    """Return a region's name. Which regions there are is the cloud's to say.

    Regions of other partitions than `aws` have four words, but China's; their ARNs begin otherwise.
    """
    found = text(value, REGION)
    if not _REGION.fullmatch(found):
        raise Refused(f"{shown(value)} is not a region's name", REGION)
    return found


def owner(value: object) -> str:
    """Return the owner, fit for a tag."""
    found = text(value, OWNER)
    if len(found) > 256 or not found.isprintable() or not found.strip():
        raise Refused(f"{shown(value)} does not fit a tag", OWNER)
    return found


def folder(value: object) -> str:
    """Return a folder's path relative to the repository; one that leaves it is refused."""
    found = text(value, FOLDER)
    parts = found.split("/")
    if found.startswith(("/", "~")) or "\\" in found or ":" in parts[0] or not found.isprintable():
        raise Refused(f"{shown(value)} is not a path inside this repository", FOLDER)
    if ".." in parts:
        raise Refused(f"{shown(value)} leaves this repository", FOLDER)
    return found


def is_folder(value: object) -> TypeGuard[str]:
    """Return whether `folder` takes it."""
    try:
        folder(value)
    except Refused:
        return False
    return True


def duration(value: object) -> timedelta:
    """Return the time that `7d` or `12h` says."""
    if isinstance(value, timedelta):
        return value
    matched = _DURATION.fullmatch(text(value, DURATION))
    if not matched:
        raise Refused(f"{shown(value)} is not a time", DURATION)
    found = timedelta(**{_UNITS[matched[2]]: int(matched[1])})
    if found > timedelta(days=366):
        raise Refused(f"{shown(value)} is too long", DURATION)
    return found


def store_name(value: object) -> str:
    """Return the name of a store, which is the name of a linked service as well."""
    found = text(value, STORE)
    if not _STORE.fullmatch(found):
        raise Refused(f"{shown(value)} is not a store's name", STORE)
    return found


def value_name(value: object) -> str:
    """Return the name of a plain value, which is the name of a global parameter as well."""
    found = text(value, VALUE_NAME)
    if not _VALUE_NAME.fullmatch(found):
        raise Refused(f"{shown(value)} is not a value's name", VALUE_NAME)
    return found


def plain_value(value: object) -> str | int | float | bool:
    """Return a plain value as it is: what an environment variable and a global parameter can both hold."""
    if isinstance(value, str):
        _printable(value)
    elif isinstance(value, float) and not math.isfinite(value):
        raise Refused(f"got {value}", "a finite number")
    elif isinstance(value, int) and abs(value) > LARGEST_WHOLE:
        fix = "put it in quotes: a pipeline has the number by int(pipeline().globalParameters['NAME'])"
        raise Refused(f"got {shown(value)}: Pulumi keeps whole numbers up to 2^53, digit for digit", fix)
    if isinstance(value, str | int | float):
        return value
    what = "is empty" if value is None else f"got {shown(value)}, {KINDS.get(type(value), 'nothing plain')}"
    if isinstance(value, list | dict):
        raise Refused(what, f"{VALUE}; write it as a text of JSON, which a pipeline reads by json(…)")
    raise Refused(what, f'{VALUE}; "" for an empty text')


def _printable(value: str) -> None:
    if "\0" in value or any(0xD800 <= ord(character) <= 0xDFFF for character in value):
        raise Refused(f"{shown(value)} has a character that no environment variable can hold", VALUE)


def container_name(value: object) -> str:
    """Return the name of a container to make. A path inside one is refused."""
    limit = LIMITS[CONTAINER]
    found = text(value, limit.allowed)
    if "/" in found.strip("/") and limit.allows(found.split("/")[0]):
        raise _path(shown(value), found.split("/")[0])
    if not limit.allows(found):
        raise Refused(f"{shown(value)} is not a container's name", limit.allowed)
    return found


def container_id(value: object) -> ContainerId:
    """Return a container's resource id in the cloud's own spelling. A path inside a container is refused."""
    found = text(value, CONTAINER_ID)
    if _ADDRESS.fullmatch(found):
        raise Refused(f"{shown(value)} is an address, not a resource id", _id_of_address(found))
    matched = _ID.fullmatch(found)
    inside = _CONTAINER.fullmatch(matched["rest"] or "") if matched else None
    if matched is None:
        raise Refused(f"{shown(value)} is not the resource id of a container", CONTAINER_ID)
    if inside is None:
        what = "is the id of a storage account" if not matched["rest"] else "names no container"
        raise Refused(f"{shown(value)} {what}", f"the container is asked for: {CONTAINER_ID}")
    if inside["path"] is not None:
        raise _path(f"{inside['path']!r} after the container {inside['container']!r}", inside["container"])
    return _canonical(matched["subscription"], matched["group"], matched["account"], inside["container"])


def _path(what: str, container: str) -> Refused:
    """Why a path inside a container is none of ours."""
    fix = f"permissions on data stop at the container: name {container!r}, and keep the path in the dataset"
    return Refused(f"{what}: a path inside a container", fix)


def _canonical(in_subscription: str, group: str, account: str, container: str) -> ContainerId:
    for type, name in ((GROUP, group), (ACCOUNT, account), (CONTAINER, container)):
        if not LIMITS[type].allows(name):
            raise Refused(f"{shown(name)} cannot be the name of {_WORDS[type]}", LIMITS[type].allowed)
    return ContainerId(
        f"/subscriptions/{subscription(in_subscription)}/resourceGroups/{group}/providers/Microsoft.Storage"
        f"/storageAccounts/{account}/blobServices/default/containers/{container}"
    )


_WORDS = {GROUP: "a resource group", ACCOUNT: "a storage account", CONTAINER: "a container"}


def _id_of_address(address: str) -> str:
    """The id that belongs to a blob's or a lake's address, as far as the address tells it."""
    scheme, _, rest = address.partition("://")
    host, _, path = rest.partition("/")
    if scheme.lower() in ("abfs", "abfss", "wasb", "wasbs") and "@" in host:
        container, _, host = host.partition("@")
    else:
        container = path.partition("/")[0]
    known = {"<account>": host.partition(".")[0], "<container>": container}
    id = CONTAINER_ID
    for blank, name in known.items():
        id = id.replace(blank, name or blank)
    return f"stores are named by resource id: {id}"


def not_replaced(value: str) -> bool:
    """Return whether it is `$(NAME)` as it stands: Azure DevOps hands that on for what it does not know."""
    return _NOT_REPLACED.fullmatch(value) is not None
