"""A script of the project's as a module."""

from __future__ import annotations

import importlib.util
from typing import Any

from tests.support.checkout import HERE


def load(path: str) -> Any:
    """Import a Python file that lies in no package. path: from the project's folder."""
    file = HERE / path
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
