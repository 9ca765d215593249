"""The server process of the local Azure: `python -m localcloud.azure.server FOLDER`.

Resource Manager with login, the blob service, and provider servers for the Pulumi engine. It
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
from contextlib import ExitStack, closing

import uvloop

from localcloud import certificates
from localcloud.azure import admin
from localcloud.azure.core.cloud import Cloud
from localcloud.azure.core.ids import NONPRODUCTION, TENANT
from localcloud.azure.http import Servers
from localcloud.azure.services import open_cloud
from localcloud.engine.azure_native import Credentials, serve
from localcloud.server import OWNER_ASKED, Engine, Engines, bind, main
from localcloud.statefolder import HOST, Ports, StateFolder

DELETE_SECONDS = "MAYFLY_LOCAL_DELETE_SECONDS"
DEFAULT_DELETE_SECONDS = 2.0
PLANES = ("arm", "blob")
logger = logging.getLogger("localcloud")


def _serve(folder: StateFolder, stack: ExitStack) -> None:
    sockets, ports = _bind(folder, stack)
    _, certificate, key = certificates.ensure(folder.path)
    cloud = stack.enter_context(closing(_open(folder, ports)))
    credentials = admin.prepare(cloud.store)
    engines = Engines(folder, lambda name, port: _engine(folder, ports, credentials[name], port))
    stack.callback(engines.close)
    engines.start()
    folder.keep_ports(Ports(ports.planes, engines.ports))
    servers = Servers(cloud, sockets, certificate, key)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_until_stopped(servers, engines))


def _bind(folder: StateFolder, stack: ExitStack) -> tuple[dict[str, socket.socket], Ports]:
    kept = folder.ports() or Ports()
    sockets = {plane: stack.enter_context(closing(bind(kept.planes.get(plane, 0)))) for plane in PLANES}
    planes = {plane: int(one.getsockname()[1]) for plane, one in sockets.items()}
    return sockets, Ports(planes, kept.engines)


def _open(folder: StateFolder, ports: Ports) -> Cloud:
    text = os.environ.get(DELETE_SECONDS, str(DEFAULT_DELETE_SECONDS))
    try:
        delay = float(text)
    except ValueError:
        raise ValueError(f"{DELETE_SECONDS} is {text!r}; it takes a number of seconds") from None
    urls = {f"{plane}_url": f"https://{HOST}:{port}" for plane, port in ports.planes.items()}
    return open_cloud(folder.path, delete_delay=delay, **urls)


def _engine(folder: StateFolder, ports: Ports, secrets: dict[str, str], port: int) -> Engine:
    credentials = Credentials(TENANT, secrets["client_id"], secrets["client_secret"], NONPRODUCTION)
    return serve(credentials, f"https://{HOST}:{ports.planes['arm']}", str(folder.ca), port)


async def _until_stopped(servers: Servers, engines: Engines) -> None:
    def stop() -> None:
        engines.close()  # First, since the servers wait for the connections that these keep open.
        servers.stop()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    loop.add_signal_handler(OWNER_ASKED, engines.owner_asked)
    serving = asyncio.create_task(servers.serve())
    while not servers.started and not serving.done():
        await asyncio.sleep(0.01)
    if servers.started:
        engines.answer()
        logger.info("ready: %s", engines.ports)
    await serving


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], _serve))
