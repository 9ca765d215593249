"""Pulumi's file backend, as far as the CLI leaves it to us: other backends keep their files to themselves."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit


def folder(environ: Mapping[str, str]) -> Path | None:
    """Where PULUMI_BACKEND_URL keeps everything; None for a backend of another kind."""
    url = urlsplit(environ.get("PULUMI_BACKEND_URL", ""))
    if url.scheme != "file":
        return None
    return Path(unquote(url.netloc + url.path)).expanduser() / ".pulumi"


def shown(environ: Mapping[str, str]) -> str:
    """PULUMI_BACKEND_URL without its options, for people."""
    url = urlsplit(environ.get("PULUMI_BACKEND_URL", ""))
    return f"{url.scheme}://{url.netloc.rpartition('@')[2]}{url.path}" if url.scheme else "Pulumi's own login"


def write_no_tags(environ: Mapping[str, str], project: str, stack: str) -> None:
    """Write the file of a stack's tags, with none in it, as `pulumi stack tag` does.

    `pulumi stack rm` (3.258) deletes that file, and tries for 0.14 s where there is none: half of its time.
    """
    kept = folder(environ)
    if kept is None:
        return
    tags = kept / "stacks" / project / f"{stack}.pulumi-tags"
    # Exclusive, since others may write there too: no file of theirs is changed, and no link is followed.
    # Where it cannot be written, the CLI says so of its own files, or takes its time.
    if tags.with_suffix(".json").exists():
        with suppress(OSError), tags.open("x") as file:
            file.write('{"version":1,"tags":{}}')
