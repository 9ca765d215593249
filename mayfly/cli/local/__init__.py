"""`mayfly local …`: the embedded clouds, for a laptop or CI without an account.

The one place that knows them; they are imported when one of these verbs runs, and not before.
"""

from mayfly.cli.local.verbs import app

__all__ = ["app"]
