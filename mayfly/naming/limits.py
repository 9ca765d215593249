"""What each type of resource may be called: every name is checked against this table before it is used.

Sources of the rules:
- `_ARM`: Azure Resource Manager, "Naming rules and restrictions for Azure resources";
- `_FACTORY`: Azure Data Factory, "Naming rules";
- `_CONTAINERS`: Blob Storage, "Naming and referencing containers, blobs, and metadata";
- `_BUCKETS`: Amazon S3, "General purpose bucket naming rules";
- `_GLUE`: Amazon Athena, "Name databases, tables, and columns", and Iceberg's client for Glue;
- `_IAM`, `_LAMBDA`, `_LAYERS`, `_LOGS`, `_SCHEDULER`, `_GROUPS`, `_SSM`: the operation of each service's
  API reference that makes the thing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from mayfly.errors import BadInput, Problem

_ARM = "https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules"
_FACTORY = "https://learn.microsoft.com/azure/data-factory/naming-rules"
_CONTAINERS = (
    "https://learn.microsoft.com/rest/api/storageservices/"
    "naming-and-referencing-containers--blobs--and-metadata"
)
_AWS = "https://docs.aws.amazon.com"
_BUCKETS = f"{_AWS}/AmazonS3/latest/userguide/bucketnamingrules.html"
_IAM = f"{_AWS}/IAM/latest/APIReference/API_CreateRole.html"
_LAMBDA = f"{_AWS}/lambda/latest/api/API_CreateFunction.html"
_LAYERS = f"{_AWS}/lambda/latest/api/API_PublishLayerVersion.html"
_LOGS = f"{_AWS}/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html"
_SCHEDULER = f"{_AWS}/scheduler/latest/APIReference/API_CreateSchedule.html"
_GROUPS = f"{_AWS}/ARG/latest/APIReference/API_CreateGroup.html"
_GLUE = f"{_AWS}/athena/latest/ug/tables-databases-columns-names.html"
_SSM = f"{_AWS}/systems-manager/latest/APIReference/API_PutParameter.html"


@dataclass(frozen=True)
class Limit:
    """The rule for the names of one type.

    shortest, longest: in characters, both allowed.
    pattern: what the whole name must match.
    words: the same rule for a reader.
    documented: where the cloud says so.
    """

    shortest: int
    longest: int
    pattern: re.Pattern[str]
    words: str
    documented: str

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

_NETWORK = Limit(
    1, 127, re.compile(r"[a-z0-9]+([_-]+[a-z0-9]+)*_?", re.IGNORECASE), "letters, digits, - and _", _ARM
)

GROUP = "Microsoft.Resources/resourceGroups"
ACCOUNT = "Microsoft.Storage/storageAccounts"
CONTAINER = "Microsoft.Storage/storageAccounts/blobServices/containers"
FACTORY = "Microsoft.DataFactory/factories"

BUCKET = "AWS::S3::Bucket"
ROLE = "AWS::IAM::Role"
ROLE_PATH = "AWS::IAM::Role/Path"
FUNCTION = "AWS::Lambda::Function"
LAYER = "AWS::Lambda::LayerVersion"
LOG_GROUP = "AWS::Logs::LogGroup"
SCHEDULE = "AWS::Scheduler::Schedule"
RESOURCE_GROUP = "AWS::ResourceGroups::Group"
PARAMETER = "AWS::SSM::Parameter"
DATABASE = "AWS::Glue::Database"

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
    f"{FACTORY}/managedVirtualNetworks": _NETWORK,
    f"{FACTORY}/managedVirtualNetworks/default/managedPrivateEndpoints": _NETWORK,
    BUCKET: Limit(
        3,
        63,
        re.compile(
            r"(?!xn--|sthree-|amzn-s3-demo-)(?![0-9.]+\Z)(?!.*(\.\.|-s3alias\Z|--ol-s3\Z|\.mrap\Z|--x-s3\Z|--table-s3\Z))"
            r"[a-z0-9][a-z0-9.-]*[a-z0-9]"
        ),
        "lower-case letters, digits, hyphens and periods, a letter or digit at both ends; no address, none "
        "of the beginnings and ends that S3 keeps for itself",
        _BUCKETS,
    ),
    ROLE: Limit(1, 64, re.compile(r"[A-Za-z0-9_+=,.@-]+"), "letters, digits and _ + = , . @ -", _IAM),
    ROLE_PATH: Limit(1, 512, re.compile(r"/|/[!-~]+/"), "a slash at both ends, and no space", _IAM),
    FUNCTION: Limit(1, 64, re.compile(r"[A-Za-z0-9_-]+"), "letters, digits, - and _", _LAMBDA),
    LAYER: Limit(1, 140, re.compile(r"[A-Za-z0-9_-]+"), "letters, digits, - and _", _LAYERS),
    LOG_GROUP: Limit(
        1,
        512,
        re.compile(r"(?!aws/)[A-Za-z0-9_./#-]+"),
        "letters, digits and _ - / . #, not aws/ in front",
        _LOGS,
    ),
    SCHEDULE: Limit(1, 64, re.compile(r"[A-Za-z0-9_.-]+"), "letters, digits and - _ .", _SCHEDULER),
    RESOURCE_GROUP: Limit(
        1,
        300,
        re.compile(r"(?!aws)[A-Za-z0-9_.-]+", re.IGNORECASE),
        "letters, digits and - _ ., not aws in front",
        _GROUPS,
    ),
    PARAMETER: Limit(
        1,
        900,
        re.compile(r"(?!/?(aws|ssm))(/?[A-Za-z0-9_.-]+){1,15}", re.IGNORECASE),
        "letters, digits and . - _, in up to 15 levels with / between them, neither aws nor ssm in front",
        _SSM,
    ),
    DATABASE: Limit(1, 252, re.compile(r"[a-z0-9_]+"), "lower-case letters, digits and _", _GLUE),
}


def check(named: Mapping[str, str]) -> None:
    """Raise BadInput with every name that its type does not take.

    named: type to name.
    """
    problems = [
        Problem(type, f"the name {name!r} is not allowed", LIMITS[type].allowed)
        for type, name in named.items()
        if not LIMITS[type].allows(name)
    ]
    if problems:
        raise BadInput(problems)
