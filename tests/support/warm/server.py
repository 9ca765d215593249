"""`python server.py FD`: imports what commands import, and forks for each that the socket FD is asked for."""

from __future__ import annotations

import gc
import json
import os
import pkgutil
import signal
import socket
import sys
import traceback
from functools import cache
from importlib import import_module
from pathlib import Path
from select import select
from typing import Any, NoReturn

SDKS = {
    "pulumi_aws": ("cloudwatch", "iam", "lambda_", "resourcegroups", "s3", "scheduler"),
    "pulumi_azure_native": ("authorization", "datafactory", "resources", "storage"),
}
"""What components import; such a module is loaded when something in it is used."""

LATE = (
    "azure.identity", "botocore.client", "botocore.session", "grpc._channel", "grpc._server",
    "grpc.experimental", "plugin.language_host", "pydantic.type_adapter",
)  # fmt: skip
"""What is imported inside functions, besides `mayfly`."""

SERVICES = (
    "iam", "lambda", "logs", "resource-groups", "resourcegroupstaggingapi", "s3", "scheduler", "ssm", "sts",
)  # fmt: skip
"""Of AWS, whose models are read once."""

THREADED = "mayfly.clones."
"""What imports Arrow, which starts threads, and what forks has to have one alone."""

TASKS = Path("/proc/self/task")

LONGEST = 1 << 18
"""Bytes of a command with its variables."""


def load() -> None:
    """Import it all: the SDKs, and `mayfly` but for what is run by being imported."""
    from botocore import loaders

    import mayfly
    from mayfly.cli.app import application
    from mayfly.clouds.aws import Aws

    for found in pkgutil.walk_packages(mayfly.__path__, "mayfly."):
        if not found.name.endswith("__main__") and not found.name.startswith(THREADED):
            import_module(found.name)
    for name in LATE:
        import_module(name)
    for sdk, modules in SDKS.items():
        for module in modules:
            _ = import_module(f"{sdk}.{module}")._utilities
    application()
    loaders.create_loader = cache(loaders.create_loader)
    keys = {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"}
    with Aws.from_environment(keys, "eu-west-1") as cloud:
        for service in SERVICES:
            make: Any = cloud.client
            make(service)
    if TASKS.exists():  # as on Linux
        assert len([*TASKS.iterdir()]) == 1, "something that was imported has started a thread"
    gc.collect()
    gc.freeze()


def serve(listener: socket.socket) -> None:
    """Fork for each command, and tell its end, until the owner has gone and closed our standard input."""
    wake, woken = os.pipe()
    for end in (wake, woken):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(woken)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    running: dict[socket.socket, int] = {}
    while True:
        waited: list[int | socket.socket] = [0, wake, listener, *running]
        ready, _, _ = select(waited, [], [])
        if wake in ready:
            os.read(wake, 4096)
            _tell_ended(running)
        for asked in running.keys() & set(ready):  # closed by who asked
            os.kill(running[asked], signal.SIGKILL)
            os.waitpid(running.pop(asked), 0)
            asked.close()
        if listener in ready:
            asked, _ = listener.accept()
            running[asked] = _begin(asked, [listener, *running])
        if 0 in ready:
            for pid in running.values():
                os.kill(pid, signal.SIGKILL)
            return


def _begin(asked: socket.socket, mine: list[socket.socket]) -> int:
    text, files, _, _ = socket.recv_fds(asked, LONGEST, 3)
    pid = os.fork()
    if not pid:
        for each in (asked, *mine):
            each.close()
        become(json.loads(text), files)
    for file in files:
        os.close(file)
    return pid


def _tell_ended(running: dict[socket.socket, int]) -> None:
    for asked, pid in [*running.items()]:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            del running[asked]
            with asked:
                asked.send(str(os.waitstatus_to_exitcode(status)).encode())


def become(command: dict[str, Any], files: list[int]) -> NoReturn:
    """Be the command from here on."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for standard, file in enumerate(files):
            os.dup2(file, standard)
            os.close(file)
        os.environ.clear()
        os.environ.update(command["environ"])
        os.chdir(command["folder"])
        os.nice(command["nice"])
        sys.argv = command["words"]
        sys.path.insert(0, str(Path(sys.executable).parent))  # where the command's own script is
        module, _, name = command["main"].partition(":")
        getattr(import_module(module), name)()
        code = 0
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
        if isinstance(leaving.code, str):
            sys.stderr.write(f"{leaving.code}\n")
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    load()
    serve(socket.socket(fileno=int(sys.argv[1])))
