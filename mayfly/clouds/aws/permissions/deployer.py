"""The deployer's policy: it runs code from a pull request, so it gets no more than this."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from mayfly.clouds.aws.permissions import actions
from mayfly.clouds.aws.permissions.statements import Document, Statement, allow, condition, deny, document
from mayfly.naming.aws import BOUNDARY, boundary_arn, bucket_prefix, parameter
from mayfly.naming.tagging import ENVIRONMENT, MANAGED_BY, MAYFLY, PROJECT

PASSED_TO = ["lambda.amazonaws.com", "scheduler.amazonaws.com"]
MARKED = f"aws:ResourceTag/{ENVIRONMENT}"
MARKING = f"aws:RequestTag/{ENVIRONMENT}"

_STAGE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9-]*\*?)?")


def stage(fabric: str, permanent: bool = False) -> str:
    """The names of a fabric's environments: `qa-*`, or a permanent one's own, `prod`.

    fabric: its name, a lower-case letter and lower-case letters and digits.
    """
    return fabric if permanent else f"{fabric}-*"


def deployer(
    account: str,
    region: str,
    stages: Iterable[str],
    infrastructure: Iterable[str] = (),
) -> Document:
    """The policy of the principal that makes, proves and removes the environments of some stages.

    What is denied comes first, so that it is in the first part where `split` makes several.

    Give production's own stage to another principal than the one that runs code from pull requests.

    account: 12 digits. stages: what `stage` makes, of the fabrics in that account and region.
    infrastructure: environments whose published outputs a fabric of applications reads.

    Raises ValueError for a stage that would be everything.
    """
    wanted = sorted(set(stages))
    if bad := [stage for stage in wanted if not _STAGE.fullmatch(stage)]:
        raise ValueError(f"{bad[0]!r} is no stage: give a fabric's, such as 'qa-*' or 'prod'")
    place = _Place(account, region, wanted, sorted(set(infrastructure)))
    return document(
        [*_never(place), *_own(place), *_roles(place), *_functions(place), *_others(place), _look()]
    )


@dataclass(frozen=True)
class _Place:
    account: str
    region: str
    stages: list[str]
    infrastructure: list[str]

    def arn(self, service: str, resource: str) -> str:
        """The ARN of what is in the account and region."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"

    def iam(self, kind: str, stage: str) -> str:
        """All of a kind, such as `role`, under a stage's path."""
        return f"arn:aws:iam::{self.account}:{kind}/mayfly/{stage}/*"

    @property
    def roles(self) -> list[str]:
        """Those of the stages."""
        return [self.iam("role", stage) for stage in self.stages]

    def own(self, stage: str) -> list[str]:
        """What has a stage in its name, but for functions. Newer ARNs of groups have an id after the name."""
        groups = [f"group/mayfly-{stage}", *([] if stage.endswith("*") else [f"group/mayfly-{stage}/*"])]
        return [
            f"arn:aws:s3:::{bucket_prefix(stage)}*",
            self.iam("role", stage),
            self.iam("policy", stage),
            self.arn("logs", f"log-group:/mayfly/{stage}/*"),
            self.arn("scheduler", f"schedule/*/{stage}-*"),
            *(self.arn("resource-groups", group) for group in groups),
            self.arn("ssm", f"parameter/mayfly/{stage}/*"),
        ]

    @property
    def functions(self) -> list[str]:
        """Those of the stages."""
        return [self.arn("lambda", f"function:{stage}-*") for stage in self.stages]


def _own(place: _Place) -> list[Statement]:
    """What has a stage in its name, in one statement a stage: the length of a policy is limited.

    An action only meets the resources of its own service. Nothing is written into a bucket: functions do.
    """
    return [allow(f"Own{_word(stage)}", actions.OWN, place.own(stage)) for stage in place.stages]


def _word(stage: str) -> str:
    """As a part of a Sid, which has letters and digits alone."""
    return re.sub(r"[^a-z0-9]", "", stage).title()


def _roles(place: _Place) -> list[Statement]:
    """Roles under the stages' paths, made with the boundary and the marker, passed to two services.

    What a role trusts is the deployer's choice when it makes one, and cannot be restricted: the boundary
    holds whoever assumes it. Nothing can be attached, and no trust changed.
    """
    boundary = boundary_arn(place.account)
    roles, bounded = place.roles, {"iam:PermissionsBoundary": boundary}
    named = [f"arn:aws:iam::{place.account}:role/{stage}-*" for stage in place.stages]
    managed = {f"aws:RequestTag/{MANAGED_BY}": MAYFLY}
    stages = {MARKING: place.stages}
    return [
        allow(
            "MakeRoles",
            ["iam:CreateRole"],
            roles,
            **condition(StringEquals=bounded | managed, StringLike=stages),
        ),
        allow(
            "ChangeRoles",
            ["iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"],
            roles,
            **condition(StringEquals=bounded),
        ),
        allow("TagRoles", ["iam:TagRole"], roles, **condition(StringLikeIfExists=stages)),
        allow(
            "PassRoles", ["iam:PassRole"], roles, **condition(StringEquals={"iam:PassedToService": PASSED_TO})
        ),
        # Asked for one that is not there, IAM decides by the name alone: it knows no path.
        allow("SeeRoles", actions.SEEN_BY_NAME, [*named, boundary]),
    ]


def _functions(place: _Place) -> list[Statement]:
    """Functions by their marker, which is set as they are made; seen by their names.

    Nothing that lets others call one (AddPermission, URLs), which would take production's data out.
    A function without a marker can be given one only where its name is a stage's.
    """
    ours, marked = place.functions, {MARKED: place.stages}
    marking = {MARKING: place.stages}
    return [
        allow("SeeFunctions", actions.SEEN, ours),
        allow("UseLayers", ["lambda:GetLayerVersion"], f"arn:aws:lambda:{place.region}:*:layer:*"),
        allow(
            "MakeFunctions",
            ["lambda:CreateFunction", "lambda:TagResource"],
            ours,
            **condition(StringLike=marking, StringLikeIfExists=marked),
        ),
        allow(
            "ChangeFunctions",
            actions.FUNCTIONS,
            place.arn("lambda", "function:*"),
            **condition(StringLike=marked, StringLikeIfExists=marking),
        ),
        allow(
            "RemoveMappings",
            ["lambda:DeleteEventSourceMapping", "lambda:GetEventSourceMapping"],
            "*",
            **condition(ArnLike={"lambda:FunctionArn": ours}),
        ),
    ]


def _others(place: _Place) -> list[Statement]:
    """The group, which AWS knows by its tags alone as it is made; and what infrastructure has published."""
    published = [place.arn("ssm", f"parameter{parameter(name)}") for name in place.infrastructure]
    marked = condition(
        StringEquals={f"aws:RequestTag/{MANAGED_BY}": MAYFLY}, StringLike={MARKING: place.stages}
    )
    group = allow("MakeGroups", ["resource-groups:CreateGroup"], "*", **marked)
    return [group, allow("SeePublished", ["ssm:GetParameter"], published)] if published else [group]


def _look() -> Statement:
    """What finds and shows what there is."""
    return allow("Look", actions.LISTS, "*")


def _never(place: _Place) -> list[Statement]:
    """What holds whatever else the deployer is given."""
    environments = f"arn:aws:iam::{place.account}:role/mayfly/*"
    bounded = {"iam:PermissionsBoundary": boundary_arn(place.account)}
    return [
        deny(
            "NeverTheBoundary",
            NotAction="iam:GetPolicy*",
            Resource=f"arn:aws:iam::*:policy/{BOUNDARY}",
        ),
        deny(
            "NeverWithoutTheBoundary",
            Action=["iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"],
            Resource=environments,
            **condition(StringNotEquals=bounded),
        ),
        deny("NeverWider", Action=list(actions.WIDENING), Resource=environments),
        deny(
            "NeverUnmarked",
            Action=["iam:UntagRole", "lambda:UntagResource"],
            Resource="*",
            Condition={
                "ForAnyValue:StringEqualsIgnoreCase": {"aws:TagKeys": [MANAGED_BY, ENVIRONMENT, PROJECT]}
            },
        ),
    ]
