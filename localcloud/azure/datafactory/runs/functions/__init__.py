"""The functions of the expression language. Keys are in lower case, since names are compared without case.

`FUNCTIONS` holds those that need nothing but their arguments; what depends on a run (pipeline(), item(), ...)
is in the scope of the expression. A name that is in neither fails the run and is named in its error.
"""

from __future__ import annotations

from collections.abc import Callable

from localcloud.azure.datafactory.runs.functions import (
    collections,
    conversion,
    dates,
    logic,
    maths,
    strings,
    xml,
)
from localcloud.azure.datafactory.runs.values import Json

FUNCTIONS: dict[str, Callable[..., Json]] = {
    **strings.FUNCTIONS,
    **collections.FUNCTIONS,
    **logic.FUNCTIONS,
    **conversion.FUNCTIONS,
    **maths.FUNCTIONS,
    **dates.FUNCTIONS,
    **xml.FUNCTIONS,
}
