"""Triggers that were started fire: by the clock, and by what is written to the blob service."""

from __future__ import annotations

from localcloud.azure.datafactory.firing.triggers import Triggers

__all__ = ["Triggers"]
