"""The service models that operations were found in, for a function whose own SDK may be older."""

from __future__ import annotations

from pathlib import Path

import botocore

DATA = Path(botocore.__file__).parent / "data"

READ = ("service-2", "endpoint-rule-set-1")
"""What a client is made of."""


def newest(service: str) -> Path:
    """The folder of a service's newest model."""
    return max(path for path in (DATA / service).iterdir() if path.is_dir())


def files(service: str) -> dict[str, bytes]:
    """The files of a service's newest model, by their path below the models' folder."""
    found = [path for path in newest(service).iterdir() if path.name.startswith(READ)]
    return {str(path.relative_to(DATA)): path.read_bytes() for path in found}
