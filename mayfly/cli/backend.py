"""The folder of Pulumi's file backend: other backends keep their files to themselves."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit


def folder(environ: Mapping[str, str]) -> Path | None:
    """Where PULUMI_BACKEND_URL keeps everything; None for a backend of another kind."""
    url = urlsplit(environ.get("PULUMI_BACKEND_URL", ""))
    if url.scheme != "file":
        return None
    return Path(unquote(url.netloc + url.path)).expanduser() / ".pulumi"


def remove_backups(environ: Mapping[str, str], project: str, stack: str) -> None:
    """Remove what a stack that is gone has left, as `pulumi stack rm --remove-backups` does."""
    kept = folder(environ)
    if kept is None:
        return
    shutil.rmtree(kept / "backups" / project / stack, ignore_errors=True)
    for path in (kept / "stacks" / project).glob(f"{stack}.json*.bak*"):
        path.unlink(missing_ok=True)
