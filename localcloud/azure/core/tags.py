"""The limits of tags, the same on every resource.

Source: "Use tags to organize your Azure resources", limitations: 50 tags, names of 512 characters, values of
256.
"""

from __future__ import annotations

from localcloud.azure.core.errors import CloudError

MOST = 50
NAME_LENGTH = 512
VALUE_LENGTH = 256
FORBIDDEN = frozenset("<>%&\\?/")


def check(tags: object) -> None:
    """Raise 400 for tags that Resource Manager would not take. None is fine."""
    if tags is None:
        return
    if not isinstance(tags, dict) or not all(isinstance(value, str) for value in tags.values()):
        raise CloudError(400, "InvalidRequestContent", "The tags must be an object of strings.")
    if len(tags) > MOST:
        raise CloudError(
            400, "InvalidTags", f"The number of tags is {len(tags)}; at most {MOST} are allowed."
        )
    for name, value in tags.items():
        _check_one(name, value)
    if len({name.lower() for name in tags}) < len(tags):
        raise CloudError(400, "AmbiguousTags", "Two tag names differ only by case.")


def _check_one(name: str, value: str) -> None:
    if not name or FORBIDDEN & set(name):
        shown = ",".join(sorted(FORBIDDEN))
        raise CloudError(
            400, "InvalidTagNameCharacters", f"The tag name '{name}' is empty or has one of '{shown}'."
        )
    if len(name) > NAME_LENGTH:
        raise CloudError(
            400, "InvalidTagNameLength", f"A tag name may have {NAME_LENGTH} characters at most."
        )
    if len(value) > VALUE_LENGTH:
        text = f"The value of tag '{name}' has {len(value)} characters; at most {VALUE_LENGTH} are allowed."
        raise CloudError(400, "InvalidTagValueLength", text)
