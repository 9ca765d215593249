"""The verbs of `mayfly local`."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import typer

from mayfly.cli import project
from mayfly.cli.arguments import Json
from mayfly.cli.local import backend, clouds, environment, showing
from mayfly.cli.local.clouds import Cloud, Principal
from mayfly.cli.output import Output
from mayfly.errors import BadInput, MayflyError, Problem

app = typer.Typer(
    help="The local clouds: Azure and AWS as far as the project needs them, on 127.0.0.1, without accounts.",
    no_args_is_help=True,
)

Which = Annotated[Cloud | None, typer.Option("--cloud", help="One of them alone; both when left out.")]
As = Annotated[
    Principal,
    typer.Option("--as", help="Whose credentials: the owner of production, or the least-privilege deployer."),
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
"""How often `logs --follow` looks."""


@app.command()
def start(cloud: Which = None, as_json: Json = False) -> None:
    """Start the local clouds, unless they run; the deployer gets its permissions on its own account."""
    output, root = Output(as_json), project.root()
    os.environ.update(dict.fromkeys(environment.NO_PROXY, environment.past_proxies()))
    backend.prepare()

    def one(cloud: Cloud) -> Any:
        status = clouds.start(cloud)
        environment.OF[cloud].admit_deployer(status, root, [])
        return status

    with output.working("starting the local cloud"):
        found = clouds.for_each(one, _chosen(cloud))
    showing.show(output, found)


@app.command()
def grant(cloud: Which = None, as_json: Json = False) -> None:
    """Let environments read the sources of all variable groups, as production's owner says it, once.

    In each local cloud that runs, or in the one that is named.
    """
    output, root = Output(as_json), project.root()
    running, named = clouds.running(cloud), {}
    for cloud in running:
        named[cloud] = environment.OF[cloud].named_sources(root, os.environ)
    for cloud, status in running.items():
        environment.OF[cloud].admit_deployer(status, root, named[cloud])
        for source in named[cloud]:
            output.text(environment.OF[cloud].GRANTED.format(source=source))
    content = {environment.OF[cloud].SOURCES: sources for cloud, sources in named.items()}
    output.document("local grant", content)


@app.command()
def stop(cloud: Which = None, as_json: Json = False) -> None:
    """Stop the local clouds; what is in them stays. Absent is success."""
    output = Output(as_json)
    ran = any(clouds.for_each(clouds.stop, _chosen(cloud)).values())
    output.text("the local cloud is stopped" if ran else "the local cloud was not running")
    output.document("local stop", {"stopped": ran})


@app.command()
def status(cloud: Which = None, as_json: Json = False) -> None:
    """Show which local clouds run, and where."""
    showing.show(Output(as_json), {each: clouds.status(each) for each in _chosen(cloud)})


@app.command()
def reset(cloud: Which = None, yes: Yes = False, as_json: Json = False) -> None:
    """Stop the local clouds and remove everything in them."""
    if not yes:
        raise BadInput(
            [Problem("--yes", "is missing, and everything in the local cloud would go", "give --yes")]
        )
    output = Output(as_json)
    clouds.for_each(clouds.reset, _chosen(cloud))
    if not any(clouds.folder(each).exists() for each in Cloud):
        backend.remove()
    output.text("the local cloud is empty")
    output.document("local reset", {"reset": True})


@app.command()
def logs(cloud: Which = None, follow: Follow = False, as_json: Json = False) -> None:
    """Show the requests that the local clouds answered: who asked what, and the status.

    With --json a JSON object a line, as the log has them, since a log has no end.
    """
    output = Output(as_json)
    for entry in _entries(_chosen(cloud), follow):
        output.entry(entry, showing.request_line(entry))


@app.command()
def env(principal: As = Principal.DEPLOYER, official: Official = False, as_json: Json = False) -> None:
    """Print the variables of a shell that works in the local clouds: eval "$(mayfly local env)"."""
    found = clouds.statuses()
    if not found:
        raise MayflyError("there is no local cloud yet; `mayfly local start` makes it")
    if principal is Principal.OWNER and not official:
        found = clouds.for_each(clouds.serve_owner, [*found])
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


def _entries(chosen: Sequence[Cloud], follow: bool) -> Iterator[Mapping[str, Any]]:
    offsets = dict.fromkeys(chosen, 0)
    while True:
        found = []
        for cloud, offset in offsets.items():
            entries, offsets[cloud] = clouds.log(cloud, offset)
            found += entries
        yield from sorted(found, key=lambda entry: str(entry["time"]))
        if not follow:
            return
        time.sleep(FOLLOW_SECONDS)
