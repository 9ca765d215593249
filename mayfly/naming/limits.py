"""What each type of resource may be called: every name is checked against this table before it is used.

Sources of the rules:
- `_ARM`: Azure Resource Manager, "Naming rules and restrictions for Azure resources";
- `_FACTORY`: Azure Data Factory, "Naming rules";
- `_CONTAINERS`: Blob Storage, "Naming and referencing containers, blobs, and metadata".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_ARM = "https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules"
_FACTORY = "https://learn.microsoft.com/azure/data-factory/naming-rules"
_CONTAINERS = (
    "https://learn.microsoft.com/rest/api/storageservices/"
    "naming-and-referencing-containers--blobs--and-metadata"
)


@dataclass(frozen=True)
class Limit:
    """The rule for the names of one type.

    shortest, longest: in characters, both allowed.
    pattern: what the whole name must match.
    words: the same rule for a reader.
    source: where the cloud says so.
    """

    shortest: int
    longest: int
    pattern: re.Pattern[str]
    words: str
    source: str

    def allows(self, name: str) -> bool:
        """Return whether the cloud takes this name."""
        return self.shortest <= len(name) <= self.longest and self.pattern.fullmatch(name) is not None

    @property
    def allowed(self) -> str:
        """The rule in a sentence, for messages."""
        return f"{self.shortest} to {self.longest} characters: {self.words}"


_HYPHENATED = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.IGNORECASE)
_DOCUMENT = Limit(
    1,
    260,
    re.compile(r"[A-Za-z0-9_][^<>*#.%&:\\+?/\x00-\x1f\x7f]*"),
    r"starts with a letter, a digit or an underscore, and has none of < > * # . % & : \ + ? /",
    _ARM,
)
_RUNTIME = Limit(
    3,
    63,
    re.compile(r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*"),
    "letters, digits and single hyphens between them",
    _FACTORY,
)

GROUP = "Microsoft.Resources/resourceGroups"
ACCOUNT = "Microsoft.Storage/storageAccounts"
CONTAINER = "Microsoft.Storage/storageAccounts/blobServices/containers"
FACTORY = "Microsoft.DataFactory/factories"

LIMITS: dict[str, Limit] = {
    GROUP: Limit(
        1,
        90,
        re.compile(r"[\w().-]*[\w()-]"),
        "letters, digits, underscores, hyphens, periods and parentheses, no period at the end",
        _ARM,
    ),
    ACCOUNT: Limit(3, 24, re.compile(r"[a-z0-9]+"), "lower-case letters and digits", _ARM),
    CONTAINER: Limit(
        3,
        63,
        re.compile(r"[a-z0-9]+(-[a-z0-9]+)*"),
        "lower-case letters, digits and single hyphens between them",
        _CONTAINERS,
    ),
    FACTORY: Limit(3, 63, _HYPHENATED, "letters, digits and single hyphens between them", _FACTORY),
    f"{FACTORY}/pipelines": _DOCUMENT,
    f"{FACTORY}/datasets": _DOCUMENT,
    f"{FACTORY}/linkedservices": _DOCUMENT,
    f"{FACTORY}/triggers": _DOCUMENT,
    f"{FACTORY}/dataflows": _DOCUMENT,
    f"{FACTORY}/credentials": _DOCUMENT,
    f"{FACTORY}/integrationRuntimes": _RUNTIME,
    f"{FACTORY}/managedVirtualNetworks": Limit(
        1, 127, re.compile(r"[a-z0-9]+([_-]+[a-z0-9]+)*_?", re.IGNORECASE), "letters, digits, - and _", _ARM
    ),
}
