"""SSM answers InvalidResourceId for the tags of a missing parameter. MiniStack answers otherwise.

Source: AWS Systems Manager API Reference, "ListTagsForResource" and its like, InvalidResourceId.
"""

from __future__ import annotations

import json
from typing import Any

from localcloud.aws.gate import emulator

CALLS = ("_add_tags_to_resource", "_list_tags_for_resource", "_remove_tags_from_resource")
HEADERS = {"Content-Type": "application/x-amz-json-1.1"}
WRONG = {"__type": "InvalidResourceId", "message": "The resource ID isn't valid."}


def install() -> None:
    """Change MiniStack's calls for tags."""
    for name in CALLS:
        setattr(emulator.ssm, name, _of_what_is_there(getattr(emulator.ssm, name)))


def _of_what_is_there(answer: Any) -> Any:
    def tags(data: Any) -> Any:
        if data.get("ResourceType", "Parameter") == "Parameter":
            _, known = emulator.ssm._lookup_parameter(data.get("ResourceId", ""), flexible_name=True)
            if not known:
                return 400, HEADERS, json.dumps(WRONG).encode()
        return answer(data)

    return tags
