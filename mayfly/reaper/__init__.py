"""The in-cloud reaper: the sweep, run by the cloud itself, where there is no CLI, engine or state backend."""

from mayfly.reaper.settings import ReaperSettings, load

__all__ = ["ReaperSettings", "load"]
