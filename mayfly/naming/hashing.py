"""Hashes that make names distinct, and the cut that makes them fit."""

from __future__ import annotations

import hashlib
from base64 import b32encode


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
