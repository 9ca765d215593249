"""The part of names that stands for a workload's folder."""

from __future__ import annotations

import re
from pathlib import Path


def word(workload: str) -> str:
    """The workload folder's name as one word of lower-case letters and digits, at most 20.

    It has no hyphen, so where it ends a name, what stands before it can be told from it.
    """
    found = re.sub(r"[^a-z0-9]", "", Path(workload).name.lower())
    return found[:20] or "workload"
