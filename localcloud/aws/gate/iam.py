"""IAM refuses tags with a wildcard or another forbidden character. MiniStack takes any.

A boundary puts a role's tag into names of resources, so a tag's characters are part of what protects them.
Source: IAM API Reference, "Tag", patterns and lengths of Key and Value.
"""

from __future__ import annotations

import unicodedata
from typing import Any

from localcloud.aws.gate import emulator

SIGNS = "_.:/=+-@"
LONGEST_KEY, LONGEST_VALUE = 128, 256


def install() -> None:
    """Check the tags before every call of IAM."""
    handlers: dict[str, Any] = emulator.iam._IAM_HANDLERS
    handlers.update({name: _checked(answer) for name, answer in handlers.items()})


def _checked(answer: Any) -> Any:
    def checked(parameters: Any) -> Any:
        for tag in emulator.iam._extract_tags(parameters):
            if not (_fits(tag["Key"], LONGEST_KEY) and _fits(tag["Value"], LONGEST_VALUE)):
                message = f"The tag {tag['Key']} does not satisfy the pattern or the length of a tag."
                return emulator.iam._error(400, "ValidationError", message, ns="iam")
        return answer(parameters)

    return checked


def _fits(text: str, longest: int) -> bool:
    r"""`[\p{L}\p{Z}\p{N}_.:/=+\-@]*`."""
    return len(text) <= longest and all(
        letter in SIGNS or unicodedata.category(letter)[0] in "LZN" for letter in text
    )
