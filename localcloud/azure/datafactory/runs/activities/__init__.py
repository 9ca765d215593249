"""The activities that the local Data Factory runs.

Each function takes a step and returns the activity's output. It raises ActivityError to fail.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from localcloud.azure.datafactory.runs.activities import (
    control,
    copy,
    delete,
    get_metadata,
    lookup,
    validation,
    variables,
    web,
)
from localcloud.azure.datafactory.runs.frame import Step

Kind = Callable[[Step], dict[str, Any]]

KINDS: Mapping[str, Kind] = {
    "AppendVariable": variables.append_variable,
    "Copy": copy.run,
    "Delete": delete.run,
    "ExecutePipeline": control.execute_pipeline,
    "Fail": control.fail,
    "Filter": control.filter_items,
    "ForEach": control.for_each,
    "GetMetadata": get_metadata.run,
    "IfCondition": control.if_condition,
    "Lookup": lookup.run,
    "SetVariable": variables.set_variable,
    "Switch": control.switch,
    "Until": control.until,
    "Validation": validation.run,
    "Wait": control.wait,
    "WebActivity": web.run,
}
