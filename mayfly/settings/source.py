"""Where an environment comes from: repository and commit. Never a secret, and no person's address."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

UNKNOWN = "unknown"
_SECONDS = 5


@dataclass(frozen=True)
class Source:
    """Where an environment comes from; what cannot be told is "unknown".

    repository: its address, without credentials. commit: its hash.
    """

    repository: str = UNKNOWN
    commit: str = UNKNOWN


def find(root: Path, environ: Mapping[str, str]) -> Source:
    """Tell where an environment comes from.

    From GitHub's variables (GITHUB_*) or Azure DevOps' (BUILD_*) in a pipeline, else from git in `root`.
    """
    if environ.get("GITHUB_ACTIONS") and environ.get("GITHUB_REPOSITORY"):
        return _github(environ)
    if environ.get("TF_BUILD"):
        return _azure_devops(environ)
    return _git(root)


def _github(environ: Mapping[str, str]) -> Source:
    server = environ.get("GITHUB_SERVER_URL") or "https://github.com"
    return Source(
        repository=without_credentials(f"{server.rstrip('/')}/{environ['GITHUB_REPOSITORY']}"),
        commit=environ.get("GITHUB_SHA") or UNKNOWN,
    )


def _azure_devops(environ: Mapping[str, str]) -> Source:
    return Source(
        repository=without_credentials(environ.get("BUILD_REPOSITORY_URI", "")),
        commit=environ.get("BUILD_SOURCEVERSION") or UNKNOWN,
    )


def _git(root: Path) -> Source:
    program = shutil.which("git")
    if program is None:
        return Source()
    origin = _run(program, root, "config", "--get", "remote.origin.url")
    return Source(
        repository=without_credentials(next(iter(origin), "")),
        commit=next(iter(_run(program, root, "rev-parse", "--verify", "HEAD")), UNKNOWN),
    )


def _run(program: str, root: Path, *arguments: str) -> list[str]:
    """The lines that git prints; none when it fails, or takes too long."""
    command = [program, "-C", str(root), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)  # noqa: S603
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return []
    return done.stdout.splitlines() if done.returncode == 0 else []


def without_credentials(address: str) -> str:
    """A repository's address as `https://host/owner/name`: no user, no password, no query, no `.git`."""
    address = address.strip()
    if not address:
        return UNKNOWN
    if "://" not in address:
        host, colon, path = address.partition(":")
        if not colon or "/" in host or "@" in path:
            return UNKNOWN  # a folder of this machine is nobody else's business, and a password neither
        address = f"https://{host.rpartition('@')[2]}/{path.lstrip('/')}"
    return _clean(address)


def _clean(address: str) -> str:
    try:
        parts = urlsplit(address)
        port = f":{parts.port}" if parts.port and parts.scheme != "ssh" else ""
    except ValueError:
        return UNKNOWN
    if not parts.hostname:
        return UNKNOWN
    return f"https://{parts.hostname}{port}{parts.path}".rstrip("/").removesuffix(".git")
