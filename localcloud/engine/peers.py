"""A provider server takes calls of its own user alone.

It acts with its user's credentials and, as Pulumi's protocol has it, asks nobody who he is; it listens on
loopback, which every user of the machine reaches. Linux tells whose a connection is, so there each call of
another user is refused. Other systems do not: there, other users of the machine have to be trusted.

Two rooms that import nothing of each other hold this text, `localcloud/engine` and `mayfly/provider`; a test
keeps it the same in both.
"""

from __future__ import annotations

import os
import socket
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import grpc

HOST = "127.0.0.1"
CALLS = ("unary_unary", "unary_stream", "stream_unary", "stream_stream")

# The kernel is asked for one connection by both of its ends: a table of all of them takes it 10 ms.
# Source: sock_diag(7); Linux, include/uapi/linux/inet_diag.h, netlink.h and net/tcp_states.h.
SOCK_DIAG = 4
BY_FAMILY = 20
HEADER = struct.Struct("=IHHII")
ENDS = struct.Struct("!HH16s16s")
ESTABLISHED = 1
"""Its client still has it open. Of a connection that is closed, the kernel says user 0, whoever it was."""


UNKNOWN = "the kernel does not say whose this is: a sandbox without sock_diag, such as gVisor, will not do"
"""What a refusal adds where the user is not known."""


class OwnUserAlone(grpc.ServerInterceptor):  # type: ignore[misc]  # grpc has no type information
    """Refuses calls of other users with PERMISSION_DENIED.

    port: where the server listens on 127.0.0.1; to be set before it starts. user: whose calls are taken.
    """

    def __init__(self) -> None:
        self.port = 0
        self.user = os.geteuid()

    def intercept_service(self, continuation: Callable[[Any], Any], handler_call_details: Any) -> Any:
        """The method's handler, which asks first who calls: gRPC knows the caller only then."""
        handler = continuation(handler_call_details)
        if handler is None or not sys.platform.startswith("linux"):
            return handler
        return handler._replace(**{call: self._asking(getattr(handler, call)) for call in CALLS})

    def _asking(self, behaviour: Callable[[Any, Any], Any] | None) -> Callable[[Any, Any], Any] | None:
        if behaviour is None:
            return None

        def ask(request: Any, context: grpc.ServicerContext) -> Any:
            # At every call: what an address says holds as long as the connection is open, and no longer.
            caller = user_of(context.peer(), self.port)
            if caller != self.user:
                unknown = f", and {UNKNOWN}" if caller is None else ""
                refusal = f"takes calls of user {self.user} alone{unknown}"
                context.abort(grpc.StatusCode.PERMISSION_DENIED, refusal)
            return behaviour(request, context)

        return ask


def kernel(question: bytes) -> bytes:
    """What the kernel says of a connection. Raises OSError where it is not to be asked."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, SOCK_DIAG) as asking:
        asking.send(question)
        return asking.recv(8192)


def user_of(peer: str, port: int, ask: Callable[[bytes], bytes] = kernel) -> int | None:
    """The id of the user who has the other end of a connection open; None where that is not known.

    peer: the other end, as gRPC names it: `ipv4:127.0.0.1:40000`. port: this end's, on 127.0.0.1.
    ask: gives the kernel's answer.
    """
    family, _, address = peer.partition(":")
    host, _, its_port = address.rpartition(":")
    if family != "ipv4" or not its_port.isdecimal():
        return None
    ends = ENDS.pack(int(its_port), port, socket.inet_aton(host), socket.inet_aton(HOST))
    with suppress(OSError, struct.error):
        return _user(ask(_question(ends)), int(its_port), port)
    return None


def _question(ends: bytes) -> bytes:
    any_state, any_device, no_cookie = 0xFFFFFFFF, 0, (0xFFFFFFFF, 0xFFFFFFFF)
    wanted = struct.pack("=BBBxI", socket.AF_INET, socket.IPPROTO_TCP, 0, any_state)
    body = wanted + ends + struct.pack("=III", any_device, *no_cookie)
    just_this = 1  # NLM_F_REQUEST, without NLM_F_DUMP
    return HEADER.pack(HEADER.size + len(body), BY_FAMILY, just_this, 1, 0) + body


def _user(answer: bytes, its_port: int, port: int) -> int | None:
    """The user in an answer, which is of an IPv6 socket where that holds the IPv4 connection."""
    message = HEADER.unpack_from(answer)[1]
    state, *ports = struct.unpack_from("!xBxxHH", answer, HEADER.size)
    # Where there is no such connection, the kernel gives a socket that listens there, or an error.
    if message != BY_FAMILY or state != ESTABLISHED or ports != [its_port, port]:
        return None
    user = struct.unpack_from("=IIII", answer, HEADER.size + 4 + ENDS.size + 12)[3]
    return int(user)
