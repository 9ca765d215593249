"""Names of a variable group that cannot be environment variables of a Lambda function.

Source: AWS Lambda, "Using Lambda environment variables", reserved ones; "Environment" in its API reference.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mayfly.errors import Problem
from mayfly.settings.document import Document
from mayfly.settings.models import VariableGroup
from mayfly.settings.overrides import SECTIONS, folded

ALLOWED = "a letter, then letters, digits and _, at least 2 characters"
RESERVED = "a name that neither begins with AWS_ or LAMBDA_ nor is one of the system's, such as PATH"

_NAME = re.compile(r"[A-Z][A-Z0-9_]+")
_RESERVED = re.compile(r"(AWS|LAMBDA)_.*|PATH|LD_\w+|PYTHON\w+")


def problems(group: VariableGroup, document: Document) -> Iterator[Problem]:
    """Yield the names that a function cannot have as environment variables. document: the group's file."""
    for section in SECTIONS:
        for name in getattr(group, section):
            where, spelled = document.where((section, name)), folded(name)
            if not _NAME.fullmatch(spelled):
                what = f"{spelled!r} cannot be an environment variable of a function"
                yield Problem(where, what, ALLOWED)
            elif _RESERVED.fullmatch(spelled):
                what = f"{spelled!r} is kept for the system that functions run on"
                yield Problem(where, what, RESERVED)
