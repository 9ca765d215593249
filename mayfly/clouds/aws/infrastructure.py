"""What a permanent environment publishes for those that only bring an application: its outputs, as JSON."""

from __future__ import annotations

import json
from typing import Any

from mayfly.clouds.aws.client import Aws
from mayfly.clouds.aws.errors import CloudError, translated


class NotPublished(CloudError):
    """What a parameter holds is nothing that we published."""


def published(cloud: Aws, parameter: str) -> dict[str, Any] | None:
    """The outputs in a parameter of the Parameter Store, None when nothing is published there.

    parameter: its name, such as `/mayfly/prod/infrastructure`.
    Raises CloudError, NotPublished for what is no JSON object.
    """
    operation = f"GetParameter {parameter}"
    try:
        with translated(operation):
            text = cloud.client("ssm").get_parameter(Name=parameter)["Parameter"].get("Value", "")
    except CloudError as error:
        if error.tells_absence:
            return None
        raise
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise NotPublished(0, "NotPublishedByUs", "its value is no JSON object", "", operation)
    return found
