"""Everything that can be known to be wrong before anything is made, found out at once.

Answers with problems instead of raising them: the caller tells all of them together.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from mayfly.clouds.aws import groups, infrastructure
from mayfly.clouds.aws.client import Aws
from mayfly.clouds.aws.errors import UNTAGGED, CloudError, Refused, translated
from mayfly.errors import Problem
from mayfly.naming.aws import boundary_arn, parameter
from mayfly.naming.tagging import ENVIRONMENT, PROJECT

T = TypeVar("T")
Tags = Mapping[str, str]

THREADS = 16
PERMISSIONS = "see docs/permissions-aws.md"
DENIED = f"give the deployer the documented policy, {PERMISSIONS}; locally `mayfly local start` does"
BUCKET_ARN = re.compile(r"arn:aws:s3:::([^/]+)(/.*)?")
ELSEWHERE = frozenset({"301", "PermanentRedirect"})
"""What HeadBucket says of a bucket in another region."""


@dataclass(frozen=True)
class Request:
    """What an environment is about to be made of.

    account: 12 digits. resource_group, bucket, role, functions: names. sources: name → ARN of production's
    bucket, with or without a prefix. project, environment: whose marker all has to carry. infrastructure:
    the permanent environment whose sources an application reads, "" for what has its own.
    """

    account: str
    region: str
    project: str
    environment: str
    resource_group: str
    bucket: str
    role: str
    functions: Sequence[str]
    sources: Mapping[str, str]
    infrastructure: str = ""

    def is_of(self, tags: Tags) -> bool:
        """Whether these tags are the environment's."""
        return tags.get(ENVIRONMENT) == self.environment and tags.get(PROJECT) == self.project


def preflight(cloud: Aws, request: Mapping[str, Any]) -> dict[str, Any]:
    """Check an environment before it is made; nothing is written.

    request: the fields of `Request`; others are left alone.

    Returns problems (each with where, what, fix), group_tags (the existing group's, so that what must not
    change is kept), regions (source name → where its bucket is) and, where one is asked for, infrastructure
    (what that publishes, as JSON). Raises CloudError when the cloud cannot be asked at all, such as for want
    of credentials.
    """
    wanted = Request(**{name: request[name] for name in Request.__dataclass_fields__ if name in request})
    if cloud.account != wanted.account:
        return {"problems": [vars(_wrong_account(cloud, wanted))], "group_tags": {}, "regions": {}}
    problems: list[Problem] = []
    with ThreadPoolExecutor(THREADS) as pool:
        group = pool.submit(_group, cloud, wanted, problems)
        others = [pool.submit(check, cloud, wanted, problems) for check in (_boundary, _bucket, _role)]
        others += [pool.submit(_function, cloud, wanted, name, problems) for name in wanted.functions]
        published = _published(cloud, wanted, problems) if wanted.infrastructure else None
        sources = {
            name: pool.submit(_source, cloud, f"sources.{name}", arn, problems)
            for name, arn in {**wanted.sources, **_sources(published)}.items()
        }
        for check in others:
            check.result()
        regions = {name: source.result() for name, source in sources.items()}
        tags = group.result()
    return {
        "problems": [vars(problem) for problem in sorted(set(problems), key=str)],
        "group_tags": tags,
        "regions": {name: region for name, region in regions.items() if region},
        **({} if published is None else {"infrastructure": json.dumps(published)}),
    }


def _wrong_account(cloud: Aws, request: Request) -> Problem:
    what = f"you are signed in to {cloud.account}, and the fabric's account is {request.account}"
    return Problem("account", what, "sign in to the fabric's account")


def _group(cloud: Aws, request: Request, problems: list[Problem]) -> dict[str, str]:
    """The tags of the Resource Group, if it exists; a problem when it is not this environment's."""
    where = f"resource group {request.resource_group}"
    group = _asked(where, problems, lambda: groups.get(cloud, request.resource_group))
    if group is None:
        return {}
    _owned(where, group.tags, request, problems)
    return dict(group.tags)


def _boundary(cloud: Aws, request: Request, problems: list[Problem]) -> None:
    """No role can be made without it, and the account's owner alone can make it."""
    arn = boundary_arn(request.account)

    def ask() -> bool:
        with translated(f"GetPolicy {arn}"):
            return bool(cloud.client("iam").get_policy(PolicyArn=arn))

    refused: list[Problem] = []
    if not _asked(arn, refused, ask):
        what = f"the permissions boundary may not be seen: {refused[0].what}" if refused else "does not exist"
        fix = f"have the account's owner make it once, {PERMISSIONS}; locally `mayfly local start` does"
        problems.append(Problem(arn, what, fix))


def _bucket(cloud: Aws, request: Request, problems: list[Problem]) -> None:
    """Its name is unique in the world: free, or ours already.

    One without tags may be what a killed run left, since buckets get theirs by a second call; its name is no
    accident, and in another account it answers 403.
    """
    where, name = f"bucket {request.bucket}", request.bucket
    refused: list[Problem] = []
    found = _asked(where, refused, lambda: _bucket_tags(cloud, name))
    if refused:
        fix = "bucket names are unique in the world: choose another id"
        what = f"the name is taken in another account or region, or may not be asked for: {refused[0].what}"
        problems.append(Problem(where, what, fix))
    elif found:
        _owned(where, found, request, problems)


def _bucket_tags(cloud: Aws, name: str) -> dict[str, str] | None:
    """None when there is no such bucket; HEAD comes first, as nothing else tells absence from no tags."""
    ours = {"Bucket": name, "ExpectedBucketOwner": cloud.account}
    try:
        with translated(f"HeadBucket {name}"):
            cloud.client("s3").head_bucket(**ours)
        with translated(f"GetBucketTagging {name}"):
            return _pairs(cloud.client("s3").get_bucket_tagging(**ours)["TagSet"])
    except CloudError as error:
        if error.code in UNTAGGED:
            return {}
        if error.code in ELSEWHERE:
            raise Refused(error.status, error.code, "it is in another region", "", error.operation) from error
        raise


def _role(cloud: Aws, request: Request, problems: list[Problem]) -> None:
    """Its name is unique in the account, whatever its path."""

    def ask() -> dict[str, str]:
        with translated(f"GetRole {request.role}"):
            return _pairs(cloud.client("iam").get_role(RoleName=request.role)["Role"].get("Tags", []))

    where = f"role {request.role}"
    found = _asked(where, problems, ask)
    if found is not None:
        _owned(where, found, request, problems)


def _function(cloud: Aws, request: Request, name: str, problems: list[Problem]) -> None:
    def ask() -> dict[str, str]:
        with translated(f"GetFunction {name}"):
            return cloud.client("lambda").get_function(FunctionName=name).get("Tags", {})

    where = f"function {name}"
    found = _asked(where, problems, ask)
    if found is not None:
        _owned(where, found, request, problems)


def _published(cloud: Aws, request: Request, problems: list[Problem]) -> dict[str, Any] | None:
    """What the infrastructure of an application publishes; a problem when that is nothing, or not for us."""
    where, name = f"infrastructure {request.infrastructure}", parameter(request.infrastructure)
    refused: list[Problem] = []
    try:
        found = _asked(where, refused, lambda: infrastructure.published(cloud, name))
    except infrastructure.NotPublished as error:
        refused.append(
            Problem(where, str(error), f"bring it up to date: `mayfly up {request.infrastructure}`")
        )
        found = None
    problems += refused
    if found is None and not refused:
        fix = f"make it first, as its owner: `mayfly up {request.infrastructure}`"
        problems.append(Problem(where, f"is not there: there is no parameter {name}", fix))
    return found


def _sources(published: Mapping[str, Any] | None) -> dict[str, str]:
    """The sources among what is published; whether all of it is of our form, its reader tells."""
    found = (published or {}).get("sources")
    return {name: str(arn) for name, arn in found.items()} if isinstance(found, dict) else {}


def _source(cloud: Aws, where: str, arn: str, problems: list[Problem]) -> str | None:
    """The region of a source's bucket; a problem when it is not there or may not be seen."""
    matched = BUCKET_ARN.fullmatch(arn)
    if matched is None:
        fix = "give arn:aws:s3:::<bucket>, and /<prefix>/ if it is a part of it"
        problems.append(Problem(where, f"'{arn}' is not the ARN of a bucket", fix))
        return None
    refused: list[Problem] = []
    region = _asked(where, refused, lambda: _region(cloud, matched[1]))
    if refused:
        fix = f"check the ARN, or have its owner let the deployer see it, {PERMISSIONS}"
        problems.append(Problem(where, f"{arn} does not exist, or may not be seen: {refused[0].what}", fix))
    elif region is None:
        problems.append(Problem(where, f"{arn} does not exist", "give the ARN of an existing bucket"))
    return region


def _region(cloud: Aws, bucket: str) -> str:
    """Source: API reference of GetBucketLocation: null is us-east-1, EU is the old name of eu-west-1."""
    with translated(f"GetBucketLocation {bucket}"):
        told = cloud.client("s3").get_bucket_location(Bucket=bucket).get("LocationConstraint")
    return {None: "us-east-1", "EU": "eu-west-1"}.get(told, str(told))


def _owned(where: str, tags: Tags, request: Request, problems: list[Problem]) -> None:
    if request.is_of(tags):
        return
    what = f"exists and does not carry the marker of {request.environment}"
    if tags.get(ENVIRONMENT) == request.environment:
        what += f" of the project '{request.project}': it is of '{tags.get(PROJECT) or 'no project'}'"
    problems.append(Problem(where, what, "choose another id, or have its owner remove it"))


def _pairs(tags: Sequence[Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}


def _asked(where: str, problems: list[Problem], ask: Callable[[], T]) -> T | None:
    """The cloud's answer, None for what is not there; what it refuses becomes a problem."""
    try:
        return ask()
    except Refused as error:
        problems.append(Problem(where, str(error), DENIED))
    except CloudError as error:
        if not error.tells_absence:
            raise
    return None
