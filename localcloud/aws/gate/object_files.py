"""Each object's file has a name of one kind, so that MiniStack finds it without a look at every folder on the way.

MiniStack has two places for a key and asks the disk some fifty times which one it is: most of the time of a
DeleteObjects. The place that it keeps for unusual keys takes every key.
"""

from __future__ import annotations

from pathlib import Path

from localcloud.aws.gate import emulator


def install() -> None:
    """Put it where MiniStack looks for a key's file."""
    s3 = emulator.s3

    def key_disk_path(base: str, key: str) -> str:
        return str(Path(base) / s3._ENCODED_KEYS_DIR / s3._encoded_key_name(key))

    s3._key_disk_path = key_disk_path
    s3._other_key_disk_path = lambda _base, _key, _path: None
