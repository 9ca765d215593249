"""The verbs of `mayfly local`."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mayfly.cli import project
from mayfly.cli.arguments import Json
from mayfly.cli.local import azure, clouds, environment
from mayfly.cli.local.clouds import Cloud, Principal
from mayfly.cli.output import Output
from mayfly.errors import BadInput, MayflyError, Problem

if TYPE_CHECKING:
    from localcloud import Status

app = typer.Typer(no_args_is_help=True)

Which = Annotated[Cloud | None, typer.Option("--cloud", help="One of them alone; both when left out.")]
As = Annotated[
    Principal,
    typer.Option(
        "--as", help="Whose credentials: production's owner, the least-privilege deployer, or the janitor."
    ),
]
Official = Annotated[
    bool,
    typer.Option("--official", help="For Pulumi's own plugins, with the configuration they need besides."),
]
Yes = Annotated[bool, typer.Option("--yes", help="Really: everything in the local cloud goes.")]
Follow = Annotated[
    bool, typer.Option("--follow", "-f", help="Go on showing requests as they come, until Ctrl-C.")
]

FOLLOW_SECONDS = 0.2
"""The pause between two polls of `logs --follow`."""


@app.command()
def start(cloud: Which = None, as_json: Json = False) -> None:
    """Start the local clouds, unless they run; the deployer gets its permissions on its own account."""
    output, root = Output(as_json), project.root()
    os.environ.update(dict.fromkeys(environment.NO_PROXY, environment.past_proxies()))
    clouds.prepare_backend()

    import localcloud

    def start_one(cloud: Cloud) -> Status:
        status = localcloud.start(clouds.folder(cloud), cloud)
        environment.OF[cloud].admit_deployer(status, root, [])
        return status

    with output.working("starting the local cloud"):
        found = clouds.on_each(start_one, _chosen(cloud))
    _show(output, found)


Make = Annotated[
    bool,
    typer.Option(
        "--make", help="Make the accounts and containers that are not there first, empty: on Azure alone."
    ),
]


@app.command()
def grant(cloud: Which = None, make: Make = False, as_json: Json = False) -> None:
    """Let environments read the sources of all variable groups, as production's owner says it, once.

    In each local cloud that runs, or in the one that is named.
    """
    output, root = Output(as_json), project.root()
    running = clouds.running(cloud)
    named = {cloud: named_sources(root, os.environ, cloud) for cloud in running}
    for cloud, status in running.items():
        if make and cloud is Cloud.AZURE:
            azure.make_sources(status, named[cloud])
        environment.OF[cloud].admit_deployer(status, root, named[cloud])
        for source in named[cloud]:
            output.text(environment.OF[cloud].GRANTED.format(source=source))
    content = {environment.OF[cloud].SOURCES: sources for cloud, sources in named.items()}
    output.document("local grant", content)


@app.command()
def stop(cloud: Which = None, as_json: Json = False) -> None:
    """Stop the local clouds; what is in them stays. Absent is success."""
    import localcloud

    output = Output(as_json)
    stopped = clouds.on_each(lambda each: localcloud.stop(clouds.folder(each)), _chosen(cloud))
    ran = any(stopped.values())
    output.text("the local cloud is stopped" if ran else "the local cloud was not running")
    output.document("local stop", {"stopped": ran})


@app.command()
def status(cloud: Which = None, as_json: Json = False) -> None:
    """Show which local clouds run, and where."""
    import localcloud

    _show(Output(as_json), {each: localcloud.status(clouds.folder(each)) for each in _chosen(cloud)})


@app.command()
def reset(cloud: Which = None, yes: Yes = False, as_json: Json = False) -> None:
    """Stop the local clouds and remove everything in them."""
    import localcloud

    if not yes:
        raise BadInput(
            [Problem("--yes", "is missing, and everything in the local cloud would go", "give --yes")]
        )
    output = Output(as_json)
    clouds.on_each(lambda each: localcloud.reset(clouds.folder(each)), _chosen(cloud))
    if not any(clouds.folder(each).exists() for each in Cloud):
        clouds.remove_backend()
    output.text("the local cloud is empty")
    output.document("local reset", {"reset": True})


@app.command()
def logs(cloud: Which = None, follow: Follow = False, as_json: Json = False) -> None:
    """Show the requests that the local clouds answered: who asked what, and the status.

    With --json a JSON object a line, as the log has them, since a log has no end.
    """
    import localcloud

    output, offsets = Output(as_json), dict.fromkeys(_chosen(cloud), 0)
    while True:
        found: list[Mapping[str, Any]] = []
        for each, offset in offsets.items():
            entries, offsets[each] = localcloud.log(clouds.folder(each), offset)
            found += entries
        for entry in sorted(found, key=lambda entry: str(entry["time"])):
            output.entry(entry, request_line(entry))
        if not follow:
            return
        time.sleep(FOLLOW_SECONDS)


@app.command()
def env(principal: As = Principal.DEPLOYER, official: Official = False, as_json: Json = False) -> None:
    """Print the variables of a shell that works in the local clouds: eval "$(mayfly local env)"."""
    import localcloud

    found = clouds.statuses()
    if not found:
        raise MayflyError("there is no local cloud yet; `mayfly local start` makes it")
    if principal is Principal.OWNER and not official:
        found = clouds.on_each(lambda each: localcloud.serve_owner(clouds.folder(each)), [*found])
    output, values = Output(as_json), environment.variables(found, principal, official=official)
    unset = environment.unset(values)
    for name in unset:
        output.exact(f"unset {name}")
    for name, value in values.items():
        output.exact(f"export {name}={shlex.quote(value)}")
    configuration = environment.configuration(found, principal) if official else {}
    for key, value in configuration.items():
        output.exact(f"# pulumi config set --path {shlex.quote(key)} {shlex.quote(value)}")
    document = {"variables": values, "unset": unset, **({"config": configuration} if official else {})}
    output.document("local env", document)


def _chosen(cloud: Cloud | None) -> list[Cloud]:
    return [cloud] if cloud else [*Cloud]


def named_sources(root: Path, environ: Mapping[str, str], cloud: str) -> list[str]:
    """Return every source in the variable groups of a cloud's fabrics. Raises BadInput.

    Applications have no sources of their own.
    """
    from mayfly import settings

    fabrics = [fabric for fabric in settings.fabrics(root).values() if fabric.cloud == cloud]
    own = [fabric for fabric in fabrics if fabric.infrastructure is None]
    names = [fabric.name if fabric.permanent else f"{fabric.name}-1" for fabric in own]
    groups = [settings.load(root, name, project.without_workload(environ)).variables for name in names]
    return sorted({source for group in groups for source in group.granted.values()})


def _show(output: Output, found: Mapping[Cloud, Status]) -> None:
    """Show the address of each cloud. `running` of the document: whether all of them run."""
    facts: dict[str, dict[str, Any]] = {}
    for cloud, status in found.items():
        urls = {"arm": status.arm_url, "blob": status.blob_url, "endpoint": status.aws_url}
        facts[str(cloud)] = {
            "running": status.running,
            "pid": status.pid,
            **{plane: url for plane, url in urls.items() if url},
            "engines": {name: port for name, port in status.engines.items() if name in status.serving},
            "folder": str(status.folder),
        }
        known = {name: value for name, value in facts[str(cloud)].items() if value not in (None, {})}
        output.table((f"local {cloud}", ""), [(name, _as_text(value)) for name, value in known.items()])
    running = all(status.running for status in found.values())
    output.document("local status", {"running": running, "clouds": facts})


def _as_text(value: object) -> str:
    """A fact for people: "yes", or "owner 43571, deployer 37563"."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{key} {inner}" for key, inner in value.items())
    return str(value)


def request_line(entry: Mapping[str, Any]) -> str:
    """Return one request as a line: time, status, principal and call.

    On Azure the address names the call; on AWS the operation does.
    """
    who = f"{entry.get('principal') or '-':<12}"
    what = (
        f"{entry['plane']}:{entry['path']}"
        if "plane" in entry
        else (f"{entry['service'] or 'aws'}:{entry['operation'] or '-'} {entry['path']}")
    )
    inside = " (internal)" if entry.get("internal") else ""
    return f"{entry['time']}  {entry['status']}  {who}  {entry['method']:<6}  {what}{inside}"
