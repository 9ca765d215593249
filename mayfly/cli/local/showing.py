"""How the local clouds and their requests are shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mayfly.cli.local.clouds import Cloud
from mayfly.cli.output import Output

if TYPE_CHECKING:
    from localcloud import Status


def show(output: Output, found: Mapping[Cloud, Status]) -> None:
    """Where each is. `running` of the document: whether all of them do."""
    facts = {str(cloud): _facts(status) for cloud, status in found.items()}
    for cloud, each in facts.items():
        shown = {name: _as_text(value) for name, value in each.items() if value not in (None, {})}
        output.table((f"local {cloud}", ""), [*shown.items()])
    running = all(status.running for status in found.values())
    output.document("local status", {"running": running, "clouds": facts})


def _facts(status: Status) -> dict[str, Any]:
    return {
        "running": status.running,
        "pid": status.pid,
        **{plane: url for plane, url in _urls(status).items() if url},
        "engines": {name: port for name, port in status.engines.items() if name in status.serving},
        "folder": str(status.folder),
    }


def _urls(status: Status) -> dict[str, str | None]:
    return {"arm": status.arm_url, "blob": status.blob_url, "endpoint": status.aws_url}


def _as_text(value: object) -> str:
    """A fact for people: "yes", and "owner 43571, deployer 37563"."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{key} {inner}" for key, inner in value.items())
    return str(value)


def request_line(entry: Mapping[str, Any]) -> str:
    """One request as a line: when, who, what, and what came of it."""
    who = f"{entry.get('principal') or '-':<12}"
    inside = " (internal)" if entry.get("internal") else ""
    return f"{entry['time']}  {entry['status']}  {who}  {entry['method']:<6}  {_what(entry)}{inside}"


def _what(entry: Mapping[str, Any]) -> str:
    """Azure is asked by address alone; on AWS the operation says more than the path."""
    if "plane" in entry:
        return f"{entry['plane']}:{entry['path']}"
    return f"{entry['service'] or 'aws'}:{entry['operation'] or '-'} {entry['path']}"
