"""The folder of Pulumi's file backend: other backends keep their files to themselves."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit


def folder(environ: Mapping[str, str]) -> Path | None:
    """Where PULUMI_BACKEND_URL keeps everything; None for a backend of another kind."""
    url = urlsplit(environ.get("PULUMI_BACKEND_URL", ""))
    if url.scheme != "file":
        return None
    return Path(unquote(url.netloc + url.path)).expanduser() / ".pulumi"
