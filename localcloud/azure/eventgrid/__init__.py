"""Microsoft.EventGrid: system topics, such as Defender for Storage makes. No event is sent."""

from __future__ import annotations

from localcloud.azure.eventgrid.topics import register

__all__ = ["register"]
