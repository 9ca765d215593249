"""Data Factory: factories, their documents, and pipelines that run.

Not here: integration runtimes other than the automatic one, data flows (kept, never run), triggers that fire
(they start, stop and refuse changes as they should, and nothing more), the interactive debug session.
"""

from __future__ import annotations

from localcloud.azure.datafactory.responses import register

__all__ = ["register"]
