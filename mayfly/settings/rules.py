"""The rules of single fields: each function returns the value, or raises InvalidValue."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, TypeGuard

from mayfly.naming import times
from mayfly.naming.limits import FACTORY, LIMITS
from mayfly.nearest import choices
from mayfly.settings.invalid import TYPE_WORDS, InvalidValue, shown, text

SUBSCRIPTION = "a subscription's id, 00000000-0000-0000-0000-000000000000 (`az account show --query id`)"
LOCATION = "an Azure region's name, such as westeurope (`az account list-locations --query '[].name'`)"
ACCOUNT_ID = "an account's id, 12 digits (`aws sts get-caller-identity --query Account`)"
REGION = "an AWS region's name, such as eu-west-1; not one of China's, GovCloud's or the isolated partitions"
OWNER = "the team that answers for these environments, one line, at most 256 characters"
FOLDER = "a folder of this repository, such as examples/flights"
MOMENT = "a time with a zone, such as 2026-11-21T04:46:00Z"
DURATION = "a number and a unit, m, h, d or w, such as 7d, at most 366d"
_LINKED_SERVICE = LIMITS[f"{FACTORY}/linkedservices"]
STORE = f"the name of a linked service, {_LINKED_SERVICE.allowed}"
VALUE_NAME = "a letter or _, then letters, digits, _ and -, at most 64 characters: pipelines spell it out"
VALUE = "a text, a number, true or false, a list or a mapping of these"

AS_IS = "as-is"
MERGED = ("typeProperties", "connectVia", "parameters", "description", "annotations", "type", "version")
ANSWER = f"{AS_IS}, or a mapping that is merged over its file's properties: {', '.join(MERGED)}"
OVERRIDDEN = ("pipeline", "dataset", "trigger", "dataflow", "integrationRuntime", "credential")
DOCUMENT_KEY = (
    f"a document's folder and name, such as trigger/daily; a folder is one of {', '.join(OVERRIDDEN)}"
)

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LOCATION = re.compile(r"[a-z][a-z0-9]{1,49}")
_ACCOUNT = re.compile(r"[0-9]{12}")
_REGION = re.compile(r"(?!cn-)[a-z]{2}-[a-z]+-[1-9][0-9]?")
_DURATION = re.compile(r"([1-9][0-9]{0,6})([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
Plain = str | int | float | bool | list[Any] | dict[str, Any]
"""A plain value of a variable group."""

LARGEST_WHOLE = 2**53
"""Up to it doubles have every whole number; Pulumi's property values are doubles (google.protobuf.Value)."""

_VALUE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
_NOT_REPLACED = re.compile(r"\$\([^)]+\)")


def subscription(value: object) -> str:
    """Return a subscription's id in lower case."""
    found = text(value, SUBSCRIPTION).lower()
    if not _GUID.fullmatch(found):
        raise InvalidValue(f"{shown(value)} is not a subscription's id", SUBSCRIPTION)
    return found


def location(value: object) -> str:
    """Return a region's name. Which regions there are is the cloud's to say."""
    found = text(value, LOCATION)
    if not _LOCATION.fullmatch(found):
        raise InvalidValue(f"{shown(value)} is not a region's name", LOCATION)
    return found


def account(value: object) -> str:
    """Return an account's id. Without quotes YAML takes it for a number, which loses nothing here."""
    found = str(value) if type(value) is int else text(value, ACCOUNT_ID)
    if not _ACCOUNT.fullmatch(found):
        raise InvalidValue(f"{shown(value)} is not an account's id", ACCOUNT_ID)
    return found


def region(value: object) -> str:
    """Return a region's name. Which regions there are is the cloud's to say.

    Regions of other partitions than `aws` have four words, but China's; their ARNs begin otherwise.
    """
    found = text(value, REGION)
    if not _REGION.fullmatch(found):
        raise InvalidValue(f"{shown(value)} is not a region's name", REGION)
    return found


def owner(value: object) -> str:
    """Return the owner, fit for a tag."""
    found = text(value, OWNER)
    if len(found) > 256 or not found.isprintable() or not found.strip():
        raise InvalidValue(f"{shown(value)} does not fit a tag", OWNER)
    return found


def folder(value: object) -> str:
    """Return a folder's path relative to the repository; one that leaves it is refused."""
    found = text(value, FOLDER)
    parts = found.split("/")
    if found.startswith(("/", "~")) or "\\" in found or ":" in parts[0] or not found.isprintable():
        raise InvalidValue(f"{shown(value)} is not a path inside this repository", FOLDER)
    if ".." in parts:
        raise InvalidValue(f"{shown(value)} leaves this repository", FOLDER)
    return found


def is_folder(value: object) -> TypeGuard[str]:
    """Return whether `folder` takes it."""
    try:
        folder(value)
    except InvalidValue:
        return False
    return True


def duration(value: object) -> timedelta:
    """Return the time that `7d` or `12h` says."""
    if isinstance(value, timedelta):
        return value
    matched = _DURATION.fullmatch(text(value, DURATION))
    if not matched:
        raise InvalidValue(f"{shown(value)} is not a time", DURATION)
    found = timedelta(**{_UNITS[matched[2]]: int(matched[1])})
    if found > timedelta(days=366):
        raise InvalidValue(f"{shown(value)} is too long", DURATION)
    return found


def in_words(time: timedelta) -> str:
    """Write a duration in its largest two units: `6d 23h`, `45m`. Less than a minute is `0m`."""
    minutes = max(0, int(time.total_seconds() // 60))
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    parts = [(days, "d"), (hours, "h"), (minutes, "m")]
    first = next((place for place, (number, _) in enumerate(parts) if number), 2)
    return " ".join(f"{number}{unit}" for number, unit in parts[first : first + 2] if number) or "0m"


def moment(value: object) -> datetime:
    """Return the time that an RFC 3339 text says, in UTC."""
    given = text(value, MOMENT)
    try:
        return times.read_tag(given)
    except ValueError:
        raise InvalidValue(f"{shown(value)} is not a time", MOMENT) from None


def store_name(value: object) -> str:
    """Return the name of a store, which is the name of a linked service as well."""
    found = text(value, STORE)
    if not _LINKED_SERVICE.allows(found) or found != found.strip() or not found.isprintable():
        raise InvalidValue(f"{shown(value)} is not a store's name", STORE)
    return found


def value_name(value: object) -> str:
    """Return the name of a plain value, which is the name of a global parameter as well."""
    found = text(value, VALUE_NAME)
    if not _VALUE_NAME.fullmatch(found):
        raise InvalidValue(f"{shown(value)} is not a value's name", VALUE_NAME)
    return found


def answer(value: object) -> str | Mapping[str, Any]:
    """Return what is said of a linked service: that it stays as it is, or what is merged over it."""
    if value == AS_IS:
        return AS_IS
    if not isinstance(value, dict) or not value:
        what = "is empty" if not value else f"got {shown(value)}"
        raise InvalidValue(what, ANSWER)
    if other := next((name for name in value if name not in MERGED), None):
        raise InvalidValue(f"{other!r} is no property of a linked service", choices(str(other), MERGED))
    return value


def document_key(value: object) -> str:
    """Return the key of a document that a variable group may change."""
    found = text(value, DOCUMENT_KEY)
    folder, _, name = found.partition("/")
    if folder == "linkedService":
        raise InvalidValue("is a linked service", "answer for it under linked_services")
    if folder not in OVERRIDDEN or not name or "/" in name:
        raise InvalidValue(f"{shown(value)} is no document", DOCUMENT_KEY)
    return found


def plain_value(value: object) -> Plain:
    """Return a plain value as it is: what an environment variable and a global parameter can both hold.

    A list and a mapping are JSON in an environment variable; null stands in one of them only.
    """
    if isinstance(value, str):
        if "\0" in value or any(0xD800 <= ord(character) <= 0xDFFF for character in value):
            raise InvalidValue(f"{shown(value)} has a character that no environment variable can hold", VALUE)
    elif isinstance(value, float) and not math.isfinite(value):
        raise InvalidValue(f"got {value}", "a finite number")
    elif isinstance(value, int) and abs(value) > LARGEST_WHOLE:
        fix = "put it in quotes: a pipeline has the number by int(pipeline().globalParameters['NAME'])"
        raise InvalidValue(f"got {shown(value)}: Pulumi keeps whole numbers up to 2^53, digit for digit", fix)
    if isinstance(value, str | int | float):
        return value
    if isinstance(value, list | dict):
        for inner in value if isinstance(value, list) else (*value, *value.values()):
            if inner is not None:
                plain_value(inner)
        return value
    what = (
        "is empty" if value is None else f"got {shown(value)}, {TYPE_WORDS.get(type(value), 'nothing plain')}"
    )
    raise InvalidValue(what, f'{VALUE}; "" for an empty text')


def not_replaced(value: str) -> bool:
    """Return whether it is a literal `$(NAME)`: Azure DevOps passes that on for an unknown variable."""
    return _NOT_REPLACED.fullmatch(value) is not None
