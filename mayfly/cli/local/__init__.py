"""The local clouds: Azure and AWS as far as the project needs them, on 127.0.0.1, without accounts.

The one place that knows them; they are imported when one of these verbs runs, and not before.
"""

from mayfly.cli.local.verbs import app

__all__ = ["app"]
