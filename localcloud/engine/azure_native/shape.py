"""Converts Pulumi's inputs to a request of Resource Manager, and its answer to Pulumi's outputs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from localcloud.engine.azure_native.row import Prop, Row
from localcloud.engine.values import UNKNOWN, Properties


def resource_id(row: Row, inputs: Properties, subscription: str) -> str:
    """Return the path that the inputs name. Raises ValueError for a missing or empty parameter."""
    values = {**inputs, "subscriptionId": subscription}

    def value(match: re.Match[str]) -> str:
        text = str(values.get(match[1], "")).strip("/") if match[1] == "scope" else values.get(match[1])
        if not isinstance(text, str) or not text:
            raise ValueError(f"missing required property '{match[1]}'")
        return text

    return re.sub(r"{(\w+)}", value, row.path)


def parameters(row: Row, resource_id: str) -> Properties:
    """Return the parameters of an id. Raises ValueError for an id of another type."""
    pattern = re.sub(r"{(\w+)}", lambda match: f"(?P<{match[1]}>{_segment(match[1])})", row.path)
    match = re.fullmatch(pattern, resource_id.rstrip("/"), re.IGNORECASE)
    if match is None:
        raise ValueError(f"'{resource_id}' does not match '{row.path}'")
    found = {name: match[name] for name in row.parameters}
    if "scope" in found:
        found["scope"] = "/" + found["scope"]
    return found


def body(row: Row, inputs: Properties) -> dict[str, Any]:
    """Return the body of a PUT. It drops inputs that the row does not name, as the official provider does."""
    content: dict[str, Any] = {}
    for name, prop in row.inputs:
        if name in inputs:
            place = content if prop.top else content.setdefault("properties", {})
            place[prop.api or name] = _to_api(prop, inputs[name])
    return content


def outputs(row: Row, document: Mapping[str, Any]) -> Properties:
    """Return the outputs of a resource."""
    inner = document.get("properties") or {}
    found: Properties = {"azureApiVersion": row.api_version}
    for name, prop in row.props.items():
        value = (document if prop.top else inner).get(prop.api or name)
        if value is not None:
            found[name] = _from_api(prop, value)
    return found


def preview(row: Row, inputs: Properties, known: Properties | None = None) -> Properties:
    """Return the outputs of a preview: the inputs, and unknowns for the rest.

    known: outputs that an update will not change.
    """
    found: Properties = {"azureApiVersion": row.api_version}
    for name, prop in row.props.items():
        if known and name in ("name", "location") and name in known:
            found[name] = known[name]
        elif name in inputs and not prop.output:
            found[name] = _with_unknowns(prop, inputs[name])
        else:
            found[name] = UNKNOWN
    return found


def as_inputs(row: Row, outputs: Properties) -> Properties:
    """Return the outputs that are inputs too, without what only the cloud sets."""
    return {name: _as_input(prop, outputs[name]) for name, prop in row.inputs if name in outputs}


def refreshed(row: Row, inputs: Properties, before: Properties, now: Properties) -> Properties:
    """Return the inputs with changes in the cloud since the last update. before, now: outputs.

    Only changes are taken over, since most outputs are the cloud's own defaults.
    """
    result = dict(inputs)
    old, new = as_inputs(row, before), as_inputs(row, now)
    for name in old.keys() | new.keys():
        if old.get(name) == new.get(name):
            continue
        if name in new:
            result[name] = new[name]
        else:
            result.pop(name, None)
    return result


def _segment(parameter: str) -> str:
    return ".+" if parameter == "scope" else "[^/]+"


def _to_api(prop: Prop, value: Any) -> Any:
    if isinstance(value, list):
        return [_to_api(prop, item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        prop.names.get(name, name): {key: {} for key in item} if name in prop.ids else _to_api(prop, item)
        for name, item in value.items()
    }


def _from_api(prop: Prop, value: Any) -> Any:
    if isinstance(value, list):
        return [_from_api(prop, item) for item in value]
    if not isinstance(value, dict):
        return value
    names = {api: name for name, api in prop.names.items()}
    return {names.get(api, api): _from_api(prop, item) for api, item in value.items() if item is not None}


def _as_input(prop: Prop, value: Any) -> Any:
    if isinstance(value, list):
        return [_as_input(prop, item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: list(item) if name in prop.ids else _as_input(prop, item)
        for name, item in value.items()
        if name not in prop.read_only
    }


def _with_unknowns(prop: Prop, value: Any) -> Any:
    return {**value, **dict.fromkeys(prop.read_only, UNKNOWN)} if isinstance(value, dict) else value
