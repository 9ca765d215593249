"""Data Factory: factories, their documents, and pipelines that run.

Not implemented: integration runtimes other than the automatic one, running data flows, the
interactive debug session. Data flows are kept; triggers start, stop, fire and refuse changes as Azure's do.
"""

from __future__ import annotations

from localcloud.azure.datafactory.responses import register

__all__ = ["register"]
