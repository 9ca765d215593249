"""The server process of the local cloud: `python -m localcloud.server FOLDER`.

Resource Manager with login, the blob service, and one provider server for the Pulumi engine per principal. It
holds the folder's lock as long as it lives; a second one on the same folder ends at once. SIGTERM and SIGINT
stop it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
import time
from contextlib import ExitStack, closing
from pathlib import Path

import uvloop

from localcloud.azure import admin, certificates
from localcloud.azure.core.cloud import Cloud
from localcloud.azure.core.ids import NONPRODUCTION, TENANT
from localcloud.azure.http import Servers, bind
from localcloud.azure.services import open_cloud
from localcloud.engine import Credentials, serve
from localcloud.statefolder import HOST, Ports, StateFolder, write_json

DELETE_SECONDS = "MAYFLY_LOCAL_DELETE_SECONDS"
DEFAULT_DELETE_SECONDS = 2.0
PRINCIPALS = ("owner", "deployer")
LOCK_ATTEMPTS = 20
logger = logging.getLogger("localcloud")


class PortTaken(Exception):
    """A port that this folder keeps is used by another process."""


def main(arguments: list[str]) -> int:
    """Run until told to stop. Exit codes: 0 stopped or already running, 1 it cannot run (stderr says why)."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    folder = StateFolder(Path(arguments[0]).resolve())
    for _ in range(LOCK_ATTEMPTS):  # somebody who asks for the status holds the lock for a moment
        with folder.held() as free:
            if free:
                return _run(folder)
        time.sleep(0.02)
    logger.info("another server has this folder")
    return 0


def _run(folder: StateFolder) -> int:
    folder.record.unlink(missing_ok=True)
    try:
        with ExitStack() as stack:
            _serve(folder, stack)
    except (PortTaken, ValueError) as error:
        logger.error("%s", error)
        return 1
    finally:
        folder.record.unlink(missing_ok=True)
    return 0


def _serve(folder: StateFolder, stack: ExitStack) -> None:
    sockets, ports = _bind(folder, stack)
    _, certificate, key = certificates.ensure(folder.path)
    cloud = stack.enter_context(closing(_open(folder, ports)))
    credentials = admin.prepare(cloud.store)
    running = stack.enter_context(ExitStack())
    engines = {name: _engine(folder, ports, name, credentials[name], running) for name in PRINCIPALS}
    ports = Ports(ports.arm, ports.blob, engines)
    folder.keep_ports(ports)
    servers = Servers(cloud, sockets, certificate, key)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_until_stopped(folder, ports, servers, running))


def _bind(folder: StateFolder, stack: ExitStack) -> tuple[dict[str, socket.socket], Ports]:
    kept = folder.ports() or Ports(0, 0)
    sockets: dict[str, socket.socket] = {}
    for plane, port in (("arm", kept.arm), ("blob", kept.blob)):
        try:
            sockets[plane] = stack.enter_context(closing(bind(port)))
        except OSError as error:
            raise _taken(port) from error
    ports = {plane: int(one.getsockname()[1]) for plane, one in sockets.items()}
    return sockets, Ports(ports["arm"], ports["blob"], kept.engines)


def _open(folder: StateFolder, ports: Ports) -> Cloud:
    text = os.environ.get(DELETE_SECONDS, str(DEFAULT_DELETE_SECONDS))
    try:
        delay = float(text)
    except ValueError:
        raise ValueError(f"{DELETE_SECONDS} is {text!r}; it takes a number of seconds") from None
    urls = {"arm_url": f"https://{HOST}:{ports.arm}", "blob_url": f"https://{HOST}:{ports.blob}"}
    return open_cloud(folder.path, delete_delay=delay, **urls)


def _engine(folder: StateFolder, ports: Ports, name: str, secrets: dict[str, str], stack: ExitStack) -> int:
    credentials = Credentials(TENANT, secrets["client_id"], secrets["client_secret"], NONPRODUCTION)
    port = ports.engines.get(name, 0)
    try:
        handle = serve(credentials, f"https://{HOST}:{ports.arm}", str(folder.ca), port)
    except RuntimeError as error:
        raise _taken(port) from error
    stack.callback(handle.stop)
    return handle.port


async def _until_stopped(folder: StateFolder, ports: Ports, servers: Servers, engines: ExitStack) -> None:
    def stop() -> None:
        engines.close()  # First, since the servers wait for the connections that these keep open.
        servers.stop()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    serving = asyncio.create_task(servers.serve())
    while not servers.started and not serving.done():
        await asyncio.sleep(0.01)
    if servers.started:
        record = {"pid": os.getpid(), "arm": ports.arm, "blob": ports.blob, "engines": ports.engines}
        write_json(folder.record, record)
        logger.info("ready: Resource Manager on %d, blob on %d, %s", ports.arm, ports.blob, ports.engines)
    await serving


def _taken(port: int) -> PortTaken:
    return PortTaken(
        f"port {port} of {HOST}, which this local cloud has kept since its first start, is taken by "
        "another process: "
        "end that process, or give up this cloud's state with `mayfly local reset`"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
