"""The name that was probably meant, for messages about one that is unknown."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name most like `name`, whatever its case, or None when none is near."""
    import difflib

    folded: dict[str, str] = {}
    for candidate in known:
        folded.setdefault(candidate.casefold(), candidate)
    found = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else None


def choices(name: str, known: Iterable[str], *, none: str = "none is declared") -> str:
    """Say what could have been given instead of `name`: the nearest first, then all.

    none: what to say when nothing is known.
    """
    names = sorted(known)
    if not names:
        return none
    guess = nearest(name, names)
    every = ", ".join(names)
    return f"did you mean {guess!r}? known: {every}" if guess else f"known: {every}"
