"""The server process of the local AWS: `python -m localcloud.aws.server FOLDER`.

It keeps MiniStack, behind its gate, as a child, and has provider servers for the Pulumi engine. It holds the
folder's lock as long as it lives; a second one on the same folder ends at once.
SIGTERM and SIGINT stop it.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
from contextlib import ExitStack, closing

from localcloud import certificates
from localcloud.aws.gate_process import Gate, alone
from localcloud.aws.ids import ACCOUNT, REGION
from localcloud.server import OWNER_ASKED, CannotServe, Engine, Engines, bind, main
from localcloud.statefolder import HOST, Ports, StateFolder

STOP = signal.SIGTERM
logger = logging.getLogger("localcloud")


def _serve(folder: StateFolder, stack: ExitStack) -> None:
    told, tell = _signals()
    kept = folder.ports() or Ports()
    with alone(folder.path) as lock, closing(bind(kept.planes.get("aws", 0))) as listening:
        port = int(listening.getsockname()[1])
        certificates.ensure(folder.path)
        gate = stack.enter_context(Gate.start(folder.path, lock, listening, ACCOUNT, REGION))
    from localcloud.engine import aws  # imports what it needs while MiniStack starts

    gate.until_ready()
    secrets = json.loads(folder.principals.read_text())

    def serve(name: str, its_port: int) -> Engine:
        key, secret = secrets[name]["access_key_id"], secrets[name]["secret_access_key"]
        return aws.serve(f"https://{HOST}:{port}", str(folder.ca), REGION, key, secret, its_port)

    engines = Engines(folder, serve)
    stack.callback(engines.close)
    engines.start()
    folder.keep_ports(Ports({"aws": port}, engines.ports))
    engines.answer()
    logger.info("ready: %s, %s", port, engines.ports)
    gate.on_end(lambda: os.write(tell, bytes([STOP])))
    while os.read(told, 1)[0] == OWNER_ASKED:
        engines.owner_asked()
    if gate.ended:
        raise CannotServe("MiniStack has ended")


def _signals() -> tuple[int, int]:
    """The two ends of a pipe, to read and to write: each signal that comes is one byte in it.

    A handler in Python is not enough: a signal just before the main thread blocks does not wake it.
    """
    told, tell = os.pipe()
    os.set_blocking(tell, False)
    signal.set_wakeup_fd(tell)
    for number in (STOP, signal.SIGINT, OWNER_ASKED):
        signal.signal(number, lambda *_: None)
    return told, tell


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], _serve))
