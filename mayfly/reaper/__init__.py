"""The in-cloud reaper: the sweep, run by the cloud itself, where there is no CLI, engine or state backend."""

from mayfly.reaper.settings import AzureReaperSettings, ReaperSettings, load, load_azure

__all__ = ["AzureReaperSettings", "ReaperSettings", "load", "load_azure"]
