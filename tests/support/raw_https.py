"""Requests whose bodies never come whole, as no client makes them."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Iterable
from contextlib import closing
from urllib.parse import urlsplit


def status(url: str, ca: str, path: str, parts: Iterable[bytes], length: int | None, **headers: str) -> int:
    """The status that a POST is answered with.

    parts: of the body, which is not ended. length: what its head says of the body; None: it comes in chunks.
    """
    parsed = urlsplit(url)
    trust = ssl.create_default_context(cafile=ca)
    framing = ("Transfer-Encoding", "chunked") if length is None else ("Content-Length", str(length))
    with closing(http.client.HTTPSConnection(parsed.netloc, context=trust, timeout=60)) as connection:
        connection.putrequest("POST", path)
        for name, value in [*headers.items(), framing]:
            connection.putheader(name, value)
        connection.endheaders()
        for part in parts:
            connection.send(part if length is not None else b"%x\r\n%s\r\n" % (len(part), part))
        with connection.getresponse() as answer:
            answer.read()
            return answer.status
