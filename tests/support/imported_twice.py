"""`python -m tests.support.imported_twice ENVIRONMENT`: what the two threads of `mayfly up` both import.

One asks the cloud, one loads the program. Two threads that import one package at once meet half-made modules.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path

from mayfly import preflight, registry
from mayfly.cli import up
from mayfly.workload import loading


def main() -> None:
    """Print the modules of others, beyond Python's own, as JSON."""
    wanted, runs = loading.load(Path.cwd(), sys.argv[1], os.environ)
    for name in ("inline", "progress", "pulumi", "serving"):
        importlib.import_module(f"mayfly.engine.{name}")
    up.inline(Path.cwd(), wanted, runs)
    cloud, before = registry.of(wanted.fabric.cloud), set(sys.modules)
    preflight.check(wanted, runs, cloud.preflight)
    asking = set(sys.modules) - before
    for name in asking:
        del sys.modules[name]
    importlib.import_module("mayfly.provider.server")
    cloud.load()
    both = asking & (set(sys.modules) - before)
    mine = sorted(name for name in both if name.partition(".")[0] not in sys.stdlib_module_names)
    sys.stdout.write(json.dumps(mine))
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
