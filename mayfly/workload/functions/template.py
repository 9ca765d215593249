"""What a SAM template or a `serverless.yml` says of functions, as this project's own files say it.

It is read as far as function, code, handler, runtime, memory, timeout, layers, schedule and event sources go.
All else that stands in it is listed, so that nothing is dropped silently.

Sources: AWS SAM Developer Guide, "AWS::Serverless::Function"; Serverless Framework, "Serverless.yml
reference".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from mayfly import plain_files
from mayfly.errors import BadInput, Problem
from mayfly.settings.unfilled import fill_in

SAM = ("template.yaml", "template.yml")
SERVERLESS = ("serverless.yml", "serverless.yaml")
LARGEST = 1024 * 1024

_FUNCTIONS = ("AWS::Serverless::Function", "AWS::Lambda::Function")
_SAM_DEFAULTS = {"MemorySize": 128, "Timeout": 3}
_SERVERLESS_DEFAULTS = {"memorySize": 1024, "timeout": 6}
_LAYER_REGION = re.compile(r"(arn:aws:lambda:)[^:]+(:)")
_QUEUE_REGION = re.compile(r"(arn:aws:sqs:)[^:]+(:)")


@dataclass(frozen=True)
class FunctionDraft:
    """One function. name: as its folder here is called. code: where it is in the repository, "." for all.

    fields: of its `function.yaml`.
    """

    name: str
    code: str
    fields: Mapping[str, Any]

    @property
    def manifest(self) -> str:
        """The text of its `function.yaml`."""
        return yaml.safe_dump(dict(self.fields), sort_keys=False, width=120)


@dataclass
class TemplateDraft:
    """All functions of a template. left_out: what of it has no place here, with why."""

    file: str
    functions: list[FunctionDraft] = field(default_factory=list)
    left_out: list[Problem] = field(default_factory=list)

    def leave(self, where: str, what: str, fix: str) -> None:
        """Note something that is left out."""
        self.left_out.append(Problem(f"{self.file}: {where}", what, fix))


def find(folder: Path) -> Path | None:
    """The template in a folder; None where it has none."""
    there = (folder / name for name in (*SAM, *SERVERLESS))
    return next((path for path in there if path.is_file()), None)


def read(file: Path) -> TemplateDraft:
    """Return what a template says. Raises BadInput for one that cannot be read, or has no function."""
    document = _document(file)
    draft = TemplateDraft(file.name)
    if file.name in SERVERLESS:
        _serverless(document, draft)
    else:
        _sam(document, draft)
    names = [function.name for function in draft.functions]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise BadInput(
            [Problem(file.name, f"two functions would be called {twice[0]}", "rename one of them")]
        )
    if not draft.functions:
        raise BadInput(
            [Problem(file.name, "has no function", f"one of {', '.join(_FUNCTIONS)}, or functions:")]
        )
    return draft


@dataclass(frozen=True)
class Intrinsic:
    """A tag of CloudFormation, such as `!Ref Bucket`: what it stands for, a template does not say."""

    tag: str
    value: Any

    def __str__(self) -> str:
        return f"!{self.tag} {self.value}"


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's tags."""


def _intrinsic(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> Intrinsic:
    if isinstance(node, yaml.ScalarNode):
        return Intrinsic(tag, loader.construct_scalar(node))
    if isinstance(node, yaml.SequenceNode):
        return Intrinsic(tag, loader.construct_sequence(node, deep=True))
    return Intrinsic(tag, loader.construct_mapping(node, deep=True))  # type: ignore[arg-type]


_Loader.add_multi_constructor("!", _intrinsic)


def _document(file: Path) -> Mapping[str, Any]:
    fix = "a SAM template or a serverless.yml"
    try:
        found = yaml.load(plain_files.read(file, file.parent, LARGEST), _Loader)  # noqa: S506 - a safe one
    except plain_files.NotPlain as refused:
        raise BadInput([Problem(file.name, refused.what, refused.fix)]) from None
    except (OSError, yaml.YAMLError, ValueError, RecursionError) as error:
        raise BadInput([Problem(file.name, f"cannot be read: {' '.join(str(error).split())}", fix)]) from None
    if not isinstance(found, dict):
        raise BadInput([Problem(file.name, "is no mapping", fix)])
    return found


# A SAM template.


def _sam(document: Mapping[str, Any], draft: TemplateDraft) -> None:
    shared = _mapping(_mapping(document.get("Globals")).get("Function"))
    for name, found in _mapping(document.get("Resources")).items():
        resource = _mapping(found)
        if resource.get("Type") in _FUNCTIONS:
            _sam_function(name, {**_SAM_DEFAULTS, **shared, **_mapping(resource.get("Properties"))}, draft)
        else:
            fix = (
                "it belongs to whoever owns it; a bucket that functions write is a sink of the variable group"
            )
            draft.leave(f"Resources.{name}", f"{resource.get('Type')} is not made", fix)


_SAM_READ = frozenset(
    {
        "Code",
        "CodeUri",
        "Events",
        "Handler",
        "ImageUri",
        "Layers",
        "MemorySize",
        "PackageType",
        "Runtime",
        "Timeout",
    }
)


def _sam_function(name: str, properties: Mapping[str, Any], draft: TemplateDraft) -> None:
    where = f"Resources.{name}"
    fields: dict[str, Any] = {}
    if properties.get("PackageType") == "Image":
        fields["image"] = fill_in("the repository of its image, with {region}")
    else:
        fields |= {
            "runtime": properties.get("Runtime"),
            "handler": _handler(properties.get("Handler"), properties.get("Runtime")),
        }
    fields |= _sizes(properties, "MemorySize", "Timeout")
    _layers(properties.get("Layers"), fields, where, draft)
    sources: list[dict[str, Any]] = []
    for key, found in _mapping(properties.get("Events")).items():
        event = _mapping(found)
        if not _sam_event(str(event.get("Type")), _mapping(event.get("Properties")), fields, sources):
            draft.leave(f"{where}.Events.{key}", f"{event.get('Type')} calls it no more", _REPLAY)
    if sources:
        fields["events"] = sources
    code = properties.get("CodeUri", properties.get("Code", "."))
    known = {key: value for key, value in fields.items() if value is not None}
    draft.functions.append(FunctionDraft(_name(name), code if isinstance(code, str) else ".", known))
    for key in sorted(properties.keys() - _SAM_READ):
        draft.leave(
            f"{where}.{key}", "is not taken over", _WHY.get(key, "it has no field in a function.yaml")
        )


_REPLAY = "replay a recorded event: `mayfly run ENV <function> --event FILE`"
_STORES = "stores and plain values are environment variables by their names in the variable group"
_ROLE = "the environment's own role reads its sources and writes its sinks, and nothing else"
_WHY = {"Environment": _STORES, "environment": _STORES, "Policies": _ROLE, "Role": _ROLE, "role": _ROLE}


def _sam_event(
    event_type: str, properties: Mapping[str, Any], fields: dict[str, Any], sources: list[dict[str, Any]]
) -> bool:
    """Add one event source to a function's fields; false for one that has no place there."""
    if event_type in ("Schedule", "ScheduleV2"):
        return _schedule(properties.get("Schedule", properties.get("ScheduleExpression")), fields)
    if event_type == "SQS":
        sources.append({"queue": _queue(properties.get("Queue"))})
        return True
    if event_type == "S3":
        rules = _mapping(_mapping(_mapping(properties.get("Filter")).get("S3Key"))).get("Rules")
        parts = {
            str(_mapping(rule).get("Name")).lower(): _mapping(rule).get("Value") for rule in _listed(rules)
        }
        for on in _listed(properties.get("Events")):
            sources.append(_store(properties.get("Bucket"), str(on), parts))
        return bool(_listed(properties.get("Events")))
    return False


# A serverless.yml.


def _serverless(document: Mapping[str, Any], draft: TemplateDraft) -> None:
    provider = _mapping(document.get("provider"))
    shared = {key: provider[key] for key in ("runtime", "memorySize", "timeout", "layers") if key in provider}
    for name, found in _mapping(document.get("functions")).items():
        _serverless_function(str(name), {**_SERVERLESS_DEFAULTS, **shared, **_mapping(found)}, draft)
    for key in sorted(document.keys() - {"service", "provider", "functions", "frameworkVersion"}):
        draft.leave(str(key), "is not taken over", "it belongs to whoever owns it")
    for key in sorted(provider.keys() - {"name", *shared}):
        why = "the fabric's file says where environments are" if key in ("region", "stage") else _WHY.get(key)
        draft.leave(f"provider.{key}", "is not taken over", why or "it has no field in a function.yaml")


_SERVERLESS_READ = frozenset(
    {"events", "handler", "image", "layers", "memorySize", "name", "runtime", "timeout"}
)


def _serverless_function(name: str, found: Mapping[str, Any], draft: TemplateDraft) -> None:
    where = f"functions.{name}"
    fields: dict[str, Any] = {}
    if "image" in found:
        fields["image"] = fill_in("the repository of its image, with {region}")
    else:
        fields |= {
            "runtime": found.get("runtime"),
            "handler": _handler(found.get("handler"), found.get("runtime")),
        }
    fields |= _sizes(found, "memorySize", "timeout")
    _layers(found.get("layers"), fields, where, draft)
    sources: list[dict[str, Any]] = []
    for number, event in enumerate(_listed(found.get("events"))):
        for event_type, value in _mapping(event).items():
            if not _serverless_event(event_type, value, fields, sources):
                draft.leave(f"{where}.events[{number}]", f"{event_type} calls it no more", _REPLAY)
    if sources:
        fields["events"] = sources
    known = {key: value for key, value in fields.items() if value is not None}
    draft.functions.append(FunctionDraft(_name(name), ".", known))
    for key in sorted(found.keys() - _SERVERLESS_READ):
        draft.leave(
            f"{where}.{key}", "is not taken over", _WHY.get(key, "it has no field in a function.yaml")
        )


def _serverless_event(
    event_type: str, value: Any, fields: dict[str, Any], sources: list[dict[str, Any]]
) -> bool:
    """As `_sam_event`."""
    given = _mapping(value)
    if event_type == "schedule":
        rates = _listed(given.get("rate")) if given else [value]
        return len(rates) == 1 and _schedule(rates[0], fields)
    if event_type == "sqs":
        sources.append({"queue": _queue(given.get("arn") if given else value)})
        return True
    if event_type == "s3":
        parts = {key: part for rule in _listed(given.get("rules")) for key, part in _mapping(rule).items()}
        on = str(given.get("event", "s3:ObjectCreated:*"))
        sources.append(_store(given.get("bucket") if given else value, on, parts))
        return True
    return False


# What both have.


def _schedule(expression: Any, fields: dict[str, Any]) -> bool:
    """The first schedule is the function's; it has room for one."""
    if "schedule" in fields or not isinstance(expression, str):
        return False
    fields["schedule"] = expression
    return True


def _store(bucket: Any, on: str, parts: Mapping[str, Any]) -> dict[str, Any]:
    found = {"store": fill_in(f"the store that is the bucket {bucket}")}
    found |= {key: parts[key] for key in ("prefix", "suffix") if isinstance(parts.get(key), str)}
    return found | ({"on": "ObjectRemoved"} if "ObjectRemoved" in on else {})


def _queue(queue: Any) -> str:
    if isinstance(queue, str) and _QUEUE_REGION.match(queue):
        return _QUEUE_REGION.sub(r"\1{region}\2", queue)
    return fill_in(f"the ARN of the queue {queue}, with {{region}}")


def _layers(found: Any, fields: dict[str, Any], where: str, draft: TemplateDraft) -> None:
    """ARNs with the region left open; a layer of the template itself is what `requirements.txt` is for."""
    arns = [_LAYER_REGION.sub(r"\1{region}\2", layer) for layer in _listed(found) if isinstance(layer, str)]
    if arns:
        fields["layers"] = arns
    for layer in _listed(found):
        if not isinstance(layer, str):
            draft.leave(
                f"{where}.Layers", f"{layer} is not made", "name what it brings in a requirements.txt"
            )


def _sizes(found: Mapping[str, Any], memory: str, timeout: str) -> dict[str, Any]:
    """Memory and timeout, which may be a parameter of the template."""
    given = {"memory": found[memory], "timeout": found[timeout]}
    words = {"memory": "MB of memory", "timeout": "seconds for one call"}
    return {key: value if isinstance(value, int) else fill_in(words[key]) for key, value in given.items()}


def _handler(found: Any, runtime: Any) -> Any:
    """Python's with periods, as modules are named here; a path of other runtimes stays."""
    if not isinstance(found, str):
        return None if found is None else fill_in(f"the handler {found}")
    return found.replace("/", ".") if str(runtime).startswith("python") else found


def _name(name: str) -> str:
    """As a function is called here: LoadFlightsFunction → load_flights."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    plain = re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_")
    return (plain.removesuffix("_function") or plain)[:40]


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
