"""The server process of the local AWS: `python -m localcloud.aws.server FOLDER`.

It keeps MiniStack, behind its gate, as a child, and serves one provider server for the Pulumi engine per
principal. It holds the folder's lock as long as it lives; a second one on the same folder ends at once.
SIGTERM and SIGINT stop it.
"""

from __future__ import annotations

import json
import logging
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack, closing

from localcloud import certificates
from localcloud.aws.gate_process import Gate, alone
from localcloud.aws.ids import ACCOUNT, REGION
from localcloud.server import PRINCIPALS, CannotServe, bind, main, taken
from localcloud.statefolder import HOST, Ports, StateFolder

logger = logging.getLogger("localcloud")


def _serve(folder: StateFolder, stack: ExitStack) -> None:
    told = _told_to_stop()
    kept = folder.ports() or Ports()
    with alone(folder.path) as lock, closing(bind(kept.planes.get("aws", 0))) as listening:
        port = int(listening.getsockname()[1])
        certificates.ensure(folder.path)
        gate = stack.enter_context(Gate.start(folder.path, lock, listening, ACCOUNT, REGION))
    serve_engine = _engine()  # imports what it needs while MiniStack starts
    gate.until_ready()
    secrets = json.loads(folder.principals.read_text())
    engines: dict[str, int] = {}
    for name in PRINCIPALS:
        url, wanted = f"https://{HOST}:{port}", kept.engines.get(name, 0)
        engines[name] = serve_engine(stack, url, str(folder.ca), secrets[name], wanted)
    ports = Ports({"aws": port}, engines)
    folder.keep_ports(ports)
    folder.answer(ports)
    logger.info("ready: %s, %s", ports.planes, ports.engines)
    gate.on_end(told.set)
    told.wait()
    if gate.ended:
        raise CannotServe("MiniStack has ended")


def _told_to_stop() -> threading.Event:
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    return told


def _engine() -> Callable[[ExitStack, str, str, dict[str, str], int], int]:
    from localcloud.engine import aws

    def serve(stack: ExitStack, url: str, ca: str, secrets: dict[str, str], port: int) -> int:
        key, secret = secrets["access_key_id"], secrets["secret_access_key"]
        try:
            handle = aws.serve(url, ca, REGION, key, secret, port)
        except RuntimeError as error:
            raise taken(port) from error
        stack.callback(handle.stop)
        return int(handle.port)

    return serve


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], _serve))
