"""Asks the Python that forks for a command. By Python's own means: a launcher starts quickly."""

from __future__ import annotations

import json
import socket


def ask(
    path: str, main: str, words: list[str], folder: str, environ: dict[str, str], files: tuple[int, int, int],
    nice: int = 0,
) -> socket.socket:  # fmt: skip
    """Begin a command; what it ends with can be read from the socket. Who closes that before kills it.

    main: the function that it is, as module:name. words: its command line. files: its standard ones.
    """
    command = {"main": main, "words": words, "folder": folder, "environ": environ, "nice": nice}
    asked = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        asked.connect(path)
        socket.send_fds(asked, [json.dumps(command).encode()], files)
    except OSError:
        asked.close()
        raise
    return asked
