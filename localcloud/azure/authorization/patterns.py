"""Patterns of actions, such as `Microsoft.Storage/*/read`. Case does not matter."""

from __future__ import annotations

import re
from functools import lru_cache


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in pattern.split("*")), re.IGNORECASE)


def matches(pattern: str, action: str) -> bool:
    """Whether the whole action matches."""
    return _compiled(pattern).fullmatch(action) is not None
