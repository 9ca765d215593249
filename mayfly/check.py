"""One thing that was looked at before anything is made, and what was found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """How a check ended."""

    OK = "ok"
    NO = "NO"
    UNKNOWN = "not known"


@dataclass(frozen=True)
class Check:
    """One check. subject: what was looked at. where: the fabric, or "" for what all share. told: what was
    found. fix: what to do. rights: whether it is about rights, too few or too many.
    """

    outcome: Outcome
    subject: str
    told: str
    where: str = ""
    fix: str = ""
    rights: bool = False
