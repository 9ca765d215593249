"""The parts of names: hashes that make them distinct, the cut that makes them fit, the workload's word."""

from __future__ import annotations

import hashlib
import re
from base64 import b32encode
from pathlib import Path


def digest(*parts: str, length: int) -> str:
    """Return `length` characters of a-z2-7, five bits each, that stand for exactly these parts.

    Parts are told apart by their own lengths, so ("a", "bc") and ("ab", "c") differ.
    """
    sha = hashlib.sha256()
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass")
        sha.update(len(raw).to_bytes(8, "big") + raw)
    return b32encode(sha.digest()).decode("ascii").lower()[:length]


def cut(text: str, longest: int) -> str:
    """Return the text as it is when it fits, else its beginning, a hyphen and a hash of the whole.

    longest: in characters, at least 12.
    """
    if len(text) <= longest:
        return text
    return f"{text[: longest - 11].rstrip('-')}-{digest(text, length=10)}"


def word(workload: str) -> str:
    """The workload folder's name as one word of lower-case letters and digits, at most 20.

    It has no hyphen, so where it ends a name, what stands before it can be told from it.
    """
    found = re.sub(r"[^a-z0-9]", "", Path(workload).name.lower())
    return found[:20] or "workload"
