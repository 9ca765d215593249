"""Many small blobs, uploaded as quickly as one machine can."""

from __future__ import annotations

import http.client
import ssl
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

UPLOADS_AT_ONCE = 16


def fill(container: str, token: str, trusted: Path, blobs: int) -> None:
    """Upload `part/000000.bin` and so on.

    container: its address. token: a bearer token of somebody who may write there. trusted: the file of the
    certificate to trust.
    """
    with ThreadPoolExecutor(UPLOADS_AT_ONCE) as pool:
        shares = [range(first, blobs, UPLOADS_AT_ONCE) for first in range(UPLOADS_AT_ONCE)]
        list(pool.map(lambda share: _upload(container, token, trusted, share), shares))


def _upload(container: str, token: str, trusted: Path, numbers: range) -> None:
    """Over one connection; the SDK takes five times as long for each."""
    url = urlsplit(container)
    context = ssl.create_default_context(cafile=str(trusted))
    connection = http.client.HTTPSConnection(str(url.hostname), url.port, context=context)
    headers = {
        "authorization": f"Bearer {token}",
        "x-ms-version": "2025-01-05",
        "x-ms-blob-type": "BlockBlob",
    }
    for number in numbers:
        path = f"{url.path}/part/{number:06}.bin"
        connection.request("PUT", path, body=b"x" * 64, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 201:
            raise RuntimeError(f"{path}: {answer.status} {body[:500]!r}")
    connection.close()
