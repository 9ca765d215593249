"""What each field of a `function.yaml` may hold: one function a field, as in `mayfly.settings.rules`.

Source of the limits: AWS Lambda, "Lambda quotas"; CloudWatch Logs, "PutRetentionPolicy".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from mayfly.settings.invalid import TYPE_WORDS, InvalidValue, shown, text

NAME = "a lower-case letter, then lower-case letters, digits and _, at most 40 characters; no hyphen"
HANDLER = "<module>.<function>, such as handler.main for main() in handler.py"
OTHER_HANDLER = "what the runtime calls, such as index.handler for exports.handler in index.js"
PACKAGE = "the path of a .zip file in the function's folder, such as build/function.zip"
IMAGE = "<account>.dkr.ecr.{region}.amazonaws.com/<repository>, with {region} as it stands here, and no tag"
DIGEST = "sha256: and 64 digits of 0-9 and a-f, as the registry told it when the image was pushed"
MEMORY = "a whole number of MB, 128 to 10240"
TIMEOUT = "a whole number of seconds, 1 to 900"
LAYER = "arn:aws:lambda:{region}:<account>:layer:<name>:<version>, with {region} as it stands here"
OTHERWISE = "beside it the same layer with {region}, for all other regions"
LAYERS = f"a list of at most 5, each {LAYER}"
RETENTIONS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip
LOG_RETENTION = f"a number of days, one of {', '.join(map(str, RETENTIONS))}"
SCHEDULE = "cron(0 6 * * ? *), rate(1 hours) or at(2026-11-21T04:46:00); times are UTC"
CRON = "cron(minutes hours day-of-month month day-of-week year), six fields, such as cron(0 6 * * ? *)"
QUEUE = "arn:aws:sqs:{region}:<account>:<name>, with {region} as it stands here"
KEY_PART = "the beginning or the end of keys, at most 1024 characters"
ON = "ObjectCreated or ObjectRemoved"
MOST_LAYERS = 5
MOST_SCHEDULED = 80
"""The role that calls them names each, and a role's policies have 10,240 characters ("IAM quotas")."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_HANDLER = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)+", re.ASCII)
_IMAGE = re.compile(
    r"[0-9]{12}\.dkr\.ecr\.\{region\}\.amazonaws\.com/"
    r"(?=[^:@]{2,256}\Z)[a-z0-9]+([._-][a-z0-9]+)*(/[a-z0-9]+([._-][a-z0-9]+)*)*"
)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_QUEUE = re.compile(r"arn:aws:sqs:\{region\}:[0-9]{12}:[A-Za-z0-9_-]{1,80}(\.fifo)?")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]+")
_LAYER = re.compile(
    r"arn:aws:lambda:(?P<region>[^:]*):[0-9]{12}:layer:(?P<name>[A-Za-z0-9_-]{1,140}):[1-9][0-9]*"
)
OPEN = "{region}"
_RATE = re.compile(r"[1-9][0-9]{0,8} (minutes?|hours?|days?)")
_CRON_VALUE = re.compile(r"[0-9A-Z*?,/#-]+", re.IGNORECASE)
_CRON_FIELDS = (
    ("minutes", 0, 59),
    ("hours", 0, 23),
    ("day-of-month", 1, 31),
    ("month", 1, 12),
    ("day-of-week", 1, 7),
    ("year", 1970, 2199),
)


def is_name(name: str) -> bool:
    """Return whether a folder's name can be a function's.

    It has no hyphen: `<environment>-<function>` can then be read in one way only.
    """
    return _NAME.fullmatch(name) is not None


def handler(value: object) -> str:
    """Return a handler. Whether it is there is asked elsewhere."""
    found = text(value, HANDLER)
    if not _HANDLER.fullmatch(found) or len(found) > 128:
        raise InvalidValue(f"{shown(found)} is not a handler", HANDLER)
    return found


def other_handler(value: object) -> str:
    """Return the handler of a runtime whose files are not looked into."""
    found = text(value, OTHER_HANDLER)
    if not re.fullmatch(r"\S{1,128}", found):
        raise InvalidValue(f"{shown(found)} is not a handler", OTHER_HANDLER)
    return found


def package(value: object) -> str:
    """Return the path of a .zip file. Whether it is there is asked elsewhere."""
    found = text(value, PACKAGE)
    parts = found.split("/")
    if not found.endswith(".zip") or any(part in ("", ".", "..") or part.startswith(".") for part in parts):
        raise InvalidValue(f"{shown(found)} is no path of a .zip file", PACKAGE)
    return found


def image(value: object) -> str:
    """Return a repository of the registry that Lambda takes images from, in the function's own region.

    Source: AWS Lambda, "Create a Lambda function using a container image": Amazon ECR, same region.
    """
    found = text(value, IMAGE)
    if not _IMAGE.fullmatch(found):
        raise InvalidValue(f"{shown(found)} is no repository", IMAGE)
    return found


def queue(value: object) -> str:
    """Return the ARN of a queue of SQS, in the function's own region."""
    found = text(value, QUEUE)
    if not _QUEUE.fullmatch(found):
        raise InvalidValue(f"{shown(found)} is not the ARN of a queue", QUEUE)
    return found


def key_part(value: object) -> str:
    """Return what keys begin or end with."""
    found = text(value, KEY_PART)
    if len(found.encode()) > 1024:
        raise InvalidValue(f"{shown(found)} is too long", KEY_PART)
    return found


def digest(value: object) -> str:
    """Return an image's digest."""
    found = text(value, DIGEST)
    if not _DIGEST.fullmatch(found):
        raise InvalidValue(f"got {shown(found)}", DIGEST)
    return found


def memory(value: object) -> int:
    """Return a function's memory in MB."""
    return _between(value, 128, 10_240, MEMORY)


def timeout(value: object) -> int:
    """Return how long a call may take, in seconds."""
    return _between(value, 1, 900, TIMEOUT)


def layer(value: object) -> str:
    """Return a layer's ARN; it has to be in the function's own region, so that is left open.

    What AWS itself publishes has another account or version in some regions: those are named beside it.
    Source: AWS SDK for pandas, "AWS Lambda Managed Layers".
    """
    found = text(value, LAYER)
    matched = _LAYER.fullmatch(found)
    if matched is None:
        raise InvalidValue(f"{shown(found)} is not the ARN of a layer's version", LAYER)
    if matched["region"] != OPEN and not _REGION.fullmatch(matched["region"]):
        raise InvalidValue(f"{shown(matched['region'])} is no region", LAYER)
    return found


def in_region(text: str, region: str) -> str:
    """Return an address with {region} filled in."""
    return text.replace(OPEN, region)


def layers_in(layers: Sequence[str], region: str) -> list[str]:
    """Return the layers' ARNs in a region: one that names the region takes the place of the open one."""
    named = {layer: _LAYER.sub(r"\g<name>", layer) for layer in layers}
    here = {named[layer]: layer for layer in layers if f":lambda:{region}:" in layer}
    everywhere = {named[layer]: layer.replace(OPEN, region) for layer in layers if OPEN in layer}
    return [*{**everywhere, **here}.values()]


def layer_count(layers: Sequence[str]) -> int:
    """Return how many layers ARNs stand for, in any region: each name counts once."""
    return len({_LAYER.sub(r"\g<name>", layer) for layer in layers})


def layers(value: object) -> Sequence[object]:
    """Return the list of layers, each still to be checked."""
    if not isinstance(value, list | tuple):
        what = "is empty" if value is None else f"got {shown(value)}, {TYPE_WORDS.get(type(value), 'a text')}"
        raise InvalidValue(what, LAYERS)
    found = [matched for each in value if isinstance(each, str) and (matched := _LAYER.fullmatch(each))]
    named = [each["name"] for each in found if each["region"] == OPEN]
    if alone := [each for each in found if each["name"] not in named]:
        raise InvalidValue(
            f"{shown(alone[0][0])} is for the region {shown(alone[0]['region'])} alone", OTHERWISE
        )
    if len(named) > MOST_LAYERS:
        raise InvalidValue(f"has {len(named)} layers", f"at most {MOST_LAYERS}")
    return value


def log_retention(value: object) -> int:
    """Return the retention of a log in days; CloudWatch Logs accepts certain numbers only."""
    found = _whole(value, LOG_RETENTION)
    if found not in RETENTIONS:
        near = min(RETENTIONS, key=lambda days: abs(days - found))
        raise InvalidValue(f"got {shown(value)}", f"{LOG_RETENTION}; {near} is the nearest")
    return found


def _between(value: object, least: int, most: int, allowed: str) -> int:
    found = _whole(value, allowed)
    if not least <= found <= most:
        raise InvalidValue(f"got {shown(value)}", allowed)
    return found


def _whole(value: object, allowed: str) -> int:
    if value is None:
        raise InvalidValue("is empty", allowed)
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidValue(f"got {shown(value)}, {TYPE_WORDS.get(type(value), 'no whole number')}", allowed)
    return value


def schedule(value: object) -> str:
    """Return a schedule's expression. EventBridge Scheduler itself checks the finer grammar of cron fields.

    Source: EventBridge Scheduler User Guide, "Schedule types". Raises InvalidValue with the wrong part.
    """
    found = text(value, SCHEDULE)
    matched = re.fullmatch(r"(cron|rate|at)\(([^()]*)\)", found)
    if matched is None:
        raise InvalidValue(f"{shown(found)} is not a schedule", SCHEDULE)
    form, inside = matched.groups()
    if form == "rate" and not _RATE.fullmatch(inside):
        raise InvalidValue(f"{shown(found)} is not a rate", "rate(<number> minutes), hours or days")
    if form == "at":
        try:
            datetime.strptime(inside, "%Y-%m-%dT%H:%M:%S")
        except ValueError:
            raise InvalidValue(f"{shown(found)} is not a time", "at(yyyy-mm-ddThh:mm:ss)") from None
    if form == "cron":
        _check_cron(found, inside.split())
    return found


def _check_cron(found: str, fields: list[str]) -> None:
    if len(fields) != len(_CRON_FIELDS):
        raise InvalidValue(f"{shown(found)} has {len(fields)} fields", CRON)
    for (name, least, most), value in zip(_CRON_FIELDS, fields, strict=True):
        # A number after / or # is a step or a week; it has no bounds of the field.
        numbers = [int(number) for number in re.findall(r"(?<![0-9/#])[0-9]+", value)]
        if not _CRON_VALUE.fullmatch(value) or not all(least <= number <= most for number in numbers):
            raise InvalidValue(
                f"{shown(found)}: the {name} {shown(value)} are unknown", f"{least} to {most}, * or ?"
            )
    if (fields[2] == "?") == (fields[4] == "?"):
        fix = "one of them says when, the other is ?, such as cron(0 6 * * ? *)"
        raise InvalidValue(
            f"{shown(found)}: day-of-month and day-of-week are {fields[2]} and {fields[4]}", fix
        )
