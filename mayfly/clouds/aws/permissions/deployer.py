"""The deployer's policy: it runs code from a pull request, so it gets no more than this.

What it is allowed is put together from the kinds of things: each says what may be done with it, and under
which conditions. What is denied whatever else it is given stands here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter

from mayfly.clouds.aws.kinds import KINDS, Kind, Place
from mayfly.clouds.aws.statements import Document, Statement, allow, condition, deny, document
from mayfly.naming.aws import BOUNDARY, boundary_arn
from mayfly.naming.tagging import ENVIRONMENT, MANAGED_BY, PROJECT

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
    databases: Iterable[str] = (),
) -> Document:
    """The policy of the principal that makes, proves and removes the environments of some stages.

    What is denied comes first, so that it is in the first part where `split` makes several.

    Give production's own stage to another principal than the one that runs code from pull requests.

    account: 12 digits. stages: what `stage` makes, of the fabrics in that account and region.
    infrastructure: environments whose published outputs a fabric of applications reads. databases: of Glue,
    whose tables environments clone.

    Raises ValueError for a stage that would be everything.
    """
    wanted = checked_stages(stages)
    place = Place(account, region, wanted, sorted(set(infrastructure)), sorted(set(databases)))
    kinds = [kind for kind in KINDS if kind.is_made(place)]
    lists = [action for kind in kinds for action in kind.list_actions]
    counts = [action for kind in kinds for action in kind.quota_actions]
    return document(
        [
            *_never(account),
            *(of_stage("Own", place, stage, attrgetter("own_actions")) for stage in wanted),
            *(statement for kind in kinds for statement in kind.statements(place)),
            allow("Look", [*lists, "tag:GetResources"], "*"),
            allow("Count", counts, "*"),
        ]
    )


def checked_stages(stages: Iterable[str]) -> list[str]:
    """Return the stages, once each, in order. Raises ValueError for one that would be everything."""
    wanted = sorted(set(stages))
    if bad := [stage for stage in wanted if not _STAGE.fullmatch(stage)]:
        raise ValueError(f"{bad[0]!r} is no stage: give a fabric's, such as 'qa-*' or 'prod'")
    return wanted


def of_stage(
    sid: str, place: Place, stage: str, actions_of: Callable[[type[Kind]], Sequence[str]]
) -> Statement:
    """Allow actions on what has a stage in its name, in one statement: the length of a policy is limited.

    An action only meets the resources of its own service.
    sid: what the statement's Sid begins with. actions_of: returns those of a kind of things.
    """
    word = re.sub(r"[^a-z0-9]", "", stage).title()  # A Sid has letters and digits alone.
    given = [kind for kind in KINDS if actions_of(kind) and kind.is_made(place)]
    actions = [action for kind in given for action in actions_of(kind)]
    return allow(f"{sid}{word}", actions, [arn for kind in given for arn in kind.own_arns(place, stage)])


def _never(account: str) -> list[Statement]:
    """What holds whatever else the deployer is given."""
    environments = f"arn:aws:iam::{account}:role/mayfly/*"
    bounded = {"iam:PermissionsBoundary": boundary_arn(account)}
    marks = {"aws:TagKeys": [MANAGED_BY, ENVIRONMENT, PROJECT]}
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
        # What would give a role, or the deployer through one, more than it was made with.
        deny(
            "NeverWider",
            Action=[
                "iam:AttachRolePolicy",
                "iam:DeleteRolePermissionsBoundary",
                "iam:UpdateAssumeRolePolicy",
                "sts:AssumeRole",
                "sts:TagSession",
            ],
            Resource=environments,
        ),
        deny(
            "NeverUnmarked",
            Action=["iam:UntagRole", "lambda:UntagResource"],
            Resource="*",
            Condition={"ForAnyValue:StringEqualsIgnoreCase": marks},
        ),
    ]
