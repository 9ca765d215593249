"""`mayfly local …`: the embedded cloud, for a laptop or CI without an account.

The one place that knows it; it is imported when one of these verbs runs, and not before.
"""

from __future__ import annotations

import json
import os
import secrets
import shlex
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mayfly.cli import project
from mayfly.cli.arguments import Json
from mayfly.cli.output import Output
from mayfly.errors import BadInput, MayflyError, Problem

if TYPE_CHECKING:
    from localcloud import Status

STATE = Path(".mayfly/azure")
"""Below the project: everything the local cloud keeps, and the Pulumi backend that belongs to it."""

app = typer.Typer(
    help="The local cloud: Azure as far as the project needs it, on 127.0.0.1, without an account.",
    no_args_is_help=True,
)


class Principal(StrEnum):
    """Whose credentials a shell gets."""

    OWNER = "owner"
    DEPLOYER = "deployer"


As = Annotated[
    Principal,
    typer.Option("--as", help="Whose credentials: the owner of production, or the least-privilege deployer."),
]
Yes = Annotated[bool, typer.Option("--yes", help="Really: everything in the local cloud goes.")]
Follow = Annotated[
    bool, typer.Option("--follow", "-f", help="Go on showing requests as they come, until Ctrl-C.")
]

REAL_CLOUD = (
    "ARM_CLIENT_CERTIFICATE_PASSWORD",
    "ARM_CLIENT_CERTIFICATE_PATH",
    "ARM_ENVIRONMENT",
    "ARM_OIDC_REQUEST_TOKEN",
    "ARM_OIDC_REQUEST_URL",
    "ARM_OIDC_TOKEN",
    "ARM_OIDC_TOKEN_FILE_PATH",
    "ARM_USE_MSI",
    "ARM_USE_OIDC",
    "AZURE_AUTHORITY_HOST",
    "AZURE_CLIENT_CERTIFICATE_PATH",
    "AZURE_FEDERATED_TOKEN_FILE",
    "PULUMI_CONFIG_PASSPHRASE",
)
"""Variables that would lead a tool past the local cloud; a prepared shell has none of them."""

NO_PROXY = ("NO_PROXY", "no_proxy")
"""Two spellings of one variable; where they differ, each tool takes another, so both get the same."""

ATOMIC = "metadata=skip"
"""Without it Pulumi keeps a second file beside each, written in place: a kill may leave it half, and with it
the whole stack unreadable ("failed to load checkpoint: EOF"). Source: Go CDK, fileblob URL parameters.
"""

FOLLOW_SECONDS = 0.2
"""How often `logs --follow` looks."""


@app.command()
def start(as_json: Json = False) -> None:
    """Start the local cloud, unless it runs; its deployer gets its roles on its own subscription."""
    output, folder = Output(as_json), _folder()
    with output.working("starting the local cloud"), _errors():
        from localcloud import start as start_server

        status = start_server(folder)
        _prepare_backend(folder)
        _admit_deployer(status, [])
    _show(output, status)


@app.command()
def grant(as_json: Json = False) -> None:
    """Let the deployer give the reader role on the sources of all variable groups, as production's owner."""
    from mayfly.cli import deployer

    output, status = Output(as_json), _running()
    containers = deployer.sources(project.root(), os.environ)
    with _errors():
        _admit_deployer(status, containers)
    for container in containers:
        output.text(f"the deployer may give and revoke the reader role on {container}")
    output.document("local grant", {"containers": containers})


@app.command()
def stop(as_json: Json = False) -> None:
    """Stop the local cloud; what is in it stays. Absent is success."""
    output = Output(as_json)
    with _errors():
        from localcloud import stop as stop_server

        ran = stop_server(_folder())
    output.text("the local cloud is stopped" if ran else "the local cloud was not running")
    output.document("local stop", {"stopped": ran})


@app.command()
def status(as_json: Json = False) -> None:
    """Show whether the local cloud runs, and where."""
    _show(Output(as_json), _status())


@app.command()
def reset(yes: Yes = False, as_json: Json = False) -> None:
    """Stop the local cloud and remove everything in it."""
    if not yes:
        raise BadInput(
            [Problem("--yes", "is missing, and everything in the local cloud would go", "give --yes")]
        )
    output, folder = Output(as_json), _folder()
    written = _stack_files(folder)
    with _errors():
        from localcloud import reset as reset_server

        reset_server(folder)
    for file in written:
        file.unlink(missing_ok=True)
    output.text("the local cloud is empty")
    output.document("local reset", {"reset": True})


@app.command()
def logs(follow: Follow = False, as_json: Json = False) -> None:
    """Show the requests that the local cloud answered: who asked what, and the status.

    With --json a JSON object a line, as the log has them, since a log has no end.
    """
    output = Output(as_json)
    for entry in _entries(_folder(), follow):
        output.entry(json.dumps(entry) if as_json else request_line(entry))


@app.command()
def env(principal: As = Principal.DEPLOYER, as_json: Json = False) -> None:
    """Print the variables of a shell that works in the local cloud: eval "$(mayfly local env)"."""
    found = _status()
    if found.arm_url is None:
        raise MayflyError("there is no local cloud yet; `mayfly local start` makes it")
    output, values = Output(as_json), variables(found, principal)
    for name in REAL_CLOUD:
        output.text(f"unset {name}")
    for name, value in values.items():
        output.text(f"export {name}={shlex.quote(value)}")
    output.document("local env", {"variables": values, "unset": REAL_CLOUD})


def variables(status: Status, principal: str) -> dict[str, str]:
    """What a principal's shell needs: Azure's own variables, as the official provider and SDKs read them,
    and Pulumi's, for a backend and provider servers of its own.
    """
    from localcloud import NONPRODUCTION, TENANT

    credentials = json.loads(status.principals.read_text())[principal]
    azure = {
        "TENANT_ID": TENANT,
        "CLIENT_ID": credentials["client_id"],
        "CLIENT_SECRET": credentials["client_secret"],
    }
    return {
        **{f"{prefix}_{name}": value for prefix in ("ARM", "AZURE") for name, value in azure.items()},
        "ARM_SUBSCRIPTION_ID": NONPRODUCTION,
        "ARM_METADATA_HOSTNAME": str(status.arm_url).removeprefix("https://"),
        "SSL_CERT_FILE": str(status.ca),
        "REQUESTS_CA_BUNDLE": str(status.ca),
        **dict.fromkeys(NO_PROXY, _past_proxies()),
        "PULUMI_BACKEND_URL": f"{_backend(status.folder).as_uri()}?{ATOMIC}",
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(_passphrase(status.folder)),
        "PULUMI_DEBUG_PROVIDERS": f"azure-native:{status.engines[principal]}",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PATH": _path(),
    }


def request_line(entry: Mapping[str, Any]) -> str:
    """One request as a line: when, who, what, and what came of it."""
    who = f"{entry.get('principal') or '-':<12}"
    what = f"{entry['method']:<6}  {entry['plane']}:{entry['path']}"
    inside = " (internal)" if entry.get("internal") else ""
    return f"{entry['time']}  {entry['status']}  {who}  {what}{inside}"


def _folder() -> Path:
    return project.root() / STATE


def _status() -> Status:
    from localcloud import status

    return status(_folder())


def _running() -> Status:
    """The running local cloud. Raises MayflyError when it does not run."""
    found = _status()
    if not found.running:
        raise MayflyError("the local cloud does not run; `mayfly local start` starts it")
    return found


@contextmanager
def _errors() -> Iterator[None]:
    """The local cloud's own errors, as ours."""
    from localcloud import LocalCloudError

    try:
        yield
    except LocalCloudError as error:
        raise MayflyError(str(error)) from error


def _show(output: Output, status: Status) -> None:
    facts = {
        "running": status.running,
        "pid": status.pid,
        "arm": status.arm_url,
        "blob": status.blob_url,
        "engines": status.engines,
        "folder": str(status.folder),
    }
    shown = {name: _as_text(value) for name, value in facts.items() if value not in (None, {})}
    output.table(("local cloud", ""), [*shown.items()])
    output.document("local status", facts)


def _as_text(value: object) -> str:
    """A fact for people: "yes", and "owner 43571, deployer 37563"."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{key} {inner}" for key, inner in value.items())
    return str(value)


def _entries(folder: Path, follow: bool) -> Iterator[Mapping[str, Any]]:
    from localcloud import log

    entries, offset = log(folder)
    yield from entries
    while follow:
        time.sleep(FOLLOW_SECONDS)
        entries, offset = log(folder, offset)
        yield from entries


def _backend(folder: Path) -> Path:
    return folder / "pulumi"


def _stack_files(folder: Path) -> list[Path]:
    """What Pulumi wrote into the project for the stacks of this backend.

    Each holds a salt of the backend's passphrase: with another one, its stack could not be made again.
    """
    stacks = (_backend(folder) / ".pulumi" / "stacks").glob("*/*.json")
    return [project.root() / "stacks" / f"Pulumi.{stack.stem}.yaml" for stack in stacks]


def _passphrase(folder: Path) -> Path:
    return folder / "passphrase"


def _prepare_backend(folder: Path) -> None:
    """A folder for Pulumi's state, and a passphrase for its secrets that nobody else reads."""
    _backend(folder).mkdir(mode=0o700, exist_ok=True)
    path = _passphrase(folder)
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32))


def _past_proxies() -> str:
    """The hosts that this shell reaches without a proxy, and ours: no company's proxy reaches a loopback."""
    from localcloud import HOST

    named = ",".join(os.environ.get(name, "") for name in NO_PROXY).split(",")
    return ",".join(dict.fromkeys([*filter(None, (host.strip() for host in named)), HOST]))


def _path() -> str:
    """PATH with this Python's own programs first, each folder once."""
    first = str(Path(sys.executable).parent)
    rest = [folder for folder in os.environ.get("PATH", os.defpath).split(os.pathsep) if folder != first]
    return os.pathsep.join([first, *rest])


def _admit_deployer(status: Status, containers: Sequence[str]) -> None:
    """As the owner of both subscriptions, through Resource Manager; in an environment of its own."""
    from localcloud import NONPRODUCTION
    from mayfly.cli import deployer
    from mayfly.clouds.azure.client import Azure

    os.environ.update(variables(status, Principal.OWNER))
    object_id = json.loads(status.principals.read_text())[Principal.DEPLOYER]["object_id"]
    with Azure.from_environment(os.environ) as cloud:
        deployer.refuse_absent(cloud, containers)
        deployer.admit(cloud, object_id, NONPRODUCTION, containers)
