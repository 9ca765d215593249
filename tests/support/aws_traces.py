"""What AWS still has of an environment: by its name, by its paths and by its tag, asked of each service."""

from __future__ import annotations

import re

from tests.support.aws_sdk import AwsSdk


def traces(owner: AwsSdk, environment: str) -> set[str]:
    """All that is named after an environment, or carries its tag.

    It also finds what is of an environment whose name goes on with a hyphen after this one's.
    """
    named = re.compile(rf"[ /-]{environment}(-|/|$)")
    return {each for each in owner.everything() if named.search(each)} | tagged(owner, environment)


def tagged(owner: AwsSdk, environment: str) -> set[str]:
    """The ARNs of what carries an environment's tag, as the tagging API has it."""
    pages = owner.tagging.get_paginator("get_resources").paginate(
        TagFilters=[{"Key": "mayfly-env", "Values": [environment]}]
    )
    return {f"tagged {found['ResourceARN']}" for page in pages for found in page["ResourceTagMappingList"]}
