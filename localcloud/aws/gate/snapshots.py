"""All that MiniStack keeps, as it was at a moment. For tests, which ask by an administrative request.

`PUT /_mayfly/snapshots` with `{"keep": "clean"}` remembers what there is, with `{"restore": "clean"}` it is
that again. Sessions, a running function and what lies on disk stay as they are: a restart reads the latter.
"""

from __future__ import annotations

import copy
import json
import sys
from collections.abc import Iterator
from typing import Any

from localcloud.aws.gate import emulator

PATH = "/_mayfly/snapshots"

_KEPT: dict[str, list[tuple[dict[Any, Any], dict[Any, Any]]]] = {}
"""By name: each store with what was in it."""


def change(body: bytes) -> None:
    """Do what an administrative request's body asks. Raises KeyError for a name that was never kept."""
    wanted: dict[str, str] = json.loads(body)
    if "keep" in wanted:
        _KEPT[wanted["keep"]] = [(store, copy.deepcopy(store)) for store in _stores()]
        return
    kept = _KEPT[wanted["restore"]]
    known = {id(store) for store, _ in kept}
    for store in _stores():
        if id(store) not in known:  # of a service that was not used before
            store.clear()
    for store, content in kept:
        store.clear()
        store.update(copy.deepcopy(content))


def _stores() -> Iterator[dict[Any, Any]]:
    """What MiniStack's services keep by account, of those that are loaded."""
    forms = (emulator.responses.AccountScopedDict, emulator.responses.AccountRegionScopedDict)
    for name, module in list(sys.modules.items()):
        if name.startswith("ministack.services."):
            for value in vars(module).values():
                if isinstance(value, forms):
                    yield value._data
