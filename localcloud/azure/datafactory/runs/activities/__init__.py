"""The activities that the local Data Factory runs, one module a kind.

An activity takes its step and gives its output; it raises ActivityError to fail.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from localcloud.azure.datafactory.runs.activities import (
    copy,
    delete,
    execute_pipeline,
    fail,
    for_each,
    get_metadata,
    if_condition,
    set_variable,
    wait,
    web,
)
from localcloud.azure.datafactory.runs.frame import Step

Kind = Callable[[Step], dict[str, Any]]

KINDS: Mapping[str, Kind] = {
    "Copy": copy.run,
    "Delete": delete.run,
    "ExecutePipeline": execute_pipeline.run,
    "Fail": fail.run,
    "ForEach": for_each.run,
    "GetMetadata": get_metadata.run,
    "IfCondition": if_condition.run,
    "SetVariable": set_variable.run,
    "Wait": wait.run,
    "WebActivity": web.run,
}
