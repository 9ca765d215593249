"""Where platform and workload come from: repository and commit. Never a secret, and no person's address.

A pipeline that checks out both has one set of variables, which name the repository of its own file and, for a
pull request, a commit that neither folder may have. So a folder's own Git is asked first, and the variables
count for the folder alone that the pipeline calls its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

UNKNOWN = "unknown"
GIT = ".git"
_SECONDS = 5


@dataclass(frozen=True)
class GitOrigin:
    """The Git origin of a folder; each part may be "unknown".

    repository: its address, without credentials. commit: its hash.
    """

    repository: str = UNKNOWN
    commit: str = UNKNOWN


def find(folder: Path, environ: Mapping[str, str]) -> GitOrigin:
    """Tell where a folder comes from.

    From the Git checkout that it lies in, where that has an origin; else, where the folder is the pipeline's
    own, from GitHub's variables (GITHUB_*) or Azure DevOps' (BUILD_*).
    """
    top = checkout(folder.resolve())
    found = _git(top / GIT) if top else GitOrigin()
    if found.repository != UNKNOWN:
        return found

    def is_folder(variable: str) -> bool:
        named = environ.get(variable)
        return bool(named) and folder.resolve() == Path(str(named)).resolve()

    if is_folder("GITHUB_WORKSPACE"):
        server = (environ.get("GITHUB_SERVER_URL") or "https://github.com").rstrip("/")
        name = environ.get("GITHUB_REPOSITORY")
        address, commit = f"{server}/{name}" if name else "", environ.get("GITHUB_SHA")
    elif is_folder("BUILD_SOURCESDIRECTORY"):
        address, commit = environ.get("BUILD_REPOSITORY_URI", ""), environ.get("BUILD_SOURCEVERSION")
    else:
        return found
    return GitOrigin(without_credentials(address), commit or UNKNOWN)


def checkout(folder: Path) -> Path | None:
    """Return the checkout that a folder lies in: it, or the nearest folder above it, that Git keeps."""
    return next((top for top in (folder, *folder.parents) if os.path.lexists(top / GIT)), None)


def _git(folder: Path) -> GitOrigin:
    """The origin in a Git folder."""
    program = shutil.which("git")
    if program is None:
        return GitOrigin()
    origin = run([program, *HARDENED, f"--git-dir={folder}", *_ORIGIN])
    return GitOrigin(
        repository=without_credentials(next(iter(origin), "")),
        commit=next(iter(run([program, *HARDENED, f"--git-dir={folder}", *_HEAD])), UNKNOWN),
    )


_ORIGIN = ("config", "--local", "--no-includes", "--get", "remote.origin.url")
_HEAD = ("rev-parse", "--verify", "HEAD")

HARDENED = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.sshCommand=false")
"""Options without which git runs programs that a checkout's own configuration names.

Git's folder is named as well: git looks for none of its own, such as a bare one that a workload brings as
ordinary files (https://git-scm.com/docs/git-config, safe.bareRepository).
"""

_SEALED = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
}
"""Git fetches nothing, asks nobody and writes nothing."""


def run(command: list[str]) -> list[str]:
    """Return the lines that git prints; none when it fails, or takes too long."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program with arguments of our own, no shell
            command,
            cwd=os.sep,
            env={**environ, **_SEALED},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
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
    try:
        parts = urlsplit(address)
        port = f":{parts.port}" if parts.port and parts.scheme != "ssh" else ""
    except ValueError:
        return UNKNOWN
    if not parts.hostname:
        return UNKNOWN
    return f"https://{parts.hostname}{port}{parts.path}".rstrip("/").removesuffix(".git")
