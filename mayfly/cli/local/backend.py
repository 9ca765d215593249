"""The Pulumi backend of the local clouds: a folder of its own, and a passphrase for its secrets."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from mayfly.cli import project
from mayfly.cli.local import clouds

ATOMIC = "metadata=skip"
"""Without it Pulumi keeps a second file beside each, written in place: a kill may leave it half, and with it
the whole stack unreadable ("failed to load checkpoint: EOF"). Source: Go CDK, fileblob URL parameters.
"""


def variables() -> dict[str, str]:
    """What Pulumi needs to find it, and to leave a machine without internet alone."""
    return {
        "PULUMI_BACKEND_URL": f"{_folder().as_uri()}?{ATOMIC}",
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(_passphrase()),
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }


def prepare() -> None:
    """Make the folder, and a passphrase that nobody else reads."""
    _folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    path = _passphrase()
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32))


def stack_files() -> list[Path]:
    """What Pulumi wrote into the project for the stacks of this backend.

    Each holds a salt of the backend's passphrase: with another one, its stack could not be made again.
    """
    stacks = (_folder() / ".pulumi" / "stacks").glob("*/*.json")
    return [project.root() / "stacks" / f"Pulumi.{stack.stem}.yaml" for stack in stacks]


def remove() -> None:
    """Remove it, with what it wrote into the project."""
    import shutil

    for file in stack_files():
        file.unlink(missing_ok=True)
    if _folder().exists():
        shutil.rmtree(_folder())
    _passphrase().unlink(missing_ok=True)


def _folder() -> Path:
    return clouds.state() / "pulumi"


def _passphrase() -> Path:
    return clouds.state() / "passphrase"
