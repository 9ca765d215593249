"""The preflight: everything that can be known to be wrong before anything is made, asked at once.

It returns problems instead of raising them, so that the caller tells all of them together.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import partial
from typing import Any, TypeVar

from mayfly.clouds.aws import groups, infrastructure, quotas
from mayfly.clouds.aws.client import Aws
from mayfly.clouds.aws.errors import UNTAGGED, CloudError, Refused, translated
from mayfly.clouds.aws.statements import NOTHING_ELSE_READ
from mayfly.errors import Problem
from mayfly.naming.aws import boundary_arn, by_key, parameter
from mayfly.naming.tagging import ENVIRONMENT, PROJECT

T = TypeVar("T")
Tags = Mapping[str, str]

THREADS = 16
PERMISSIONS = "see docs/permissions-aws.md"
DENIED = f"give the deployer the documented policies, {PERMISSIONS}; locally `mayfly local start` does"
BUCKET_ARN = re.compile(r"arn:aws:s3:::([^/]+)(/.*)?")
ELSEWHERE = frozenset({"301", "PermanentRedirect"})
"""What HeadBucket says of a bucket in another region."""

FORBIDDEN = 403

REGION = "x-amz-bucket-region"
"""The header that HeadBucket names a bucket's region in. Source: Amazon S3 API Reference, "HeadBucket"."""


@dataclass(frozen=True)
class Request:
    """What an environment is about to be made of.

    account: 12 digits. resource_group, bucket, role, functions: names. sources: name → ARN of production's
    bucket, with or without a prefix. project, environment: whose marker all has to carry. infrastructure:
    the permanent environment whose sources an application reads, "" for what has its own. roles, code_bytes:
    how many roles, and how much code of functions, it is made of.
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
    roles: int = 1
    code_bytes: int = 0

    def is_of(self, tags: Tags) -> bool:
        """Whether these tags are the environment's."""
        return tags.get(ENVIRONMENT) == self.environment and tags.get(PROJECT) == self.project


def preflight(cloud: Aws, request: Mapping[str, Any]) -> dict[str, Any]:
    """Check an environment before it is made; nothing is written.

    request: the fields of `Request`; others are left alone.

    Returns problems (each with where, what, fix), group_tags (the existing group's, so that what must not
    change is kept), regions (source name → where its bucket is), quotas (see `clouds.quotas`) and, where one
    is asked for, infrastructure (what that publishes, as JSON). Raises CloudError when the cloud cannot be
    asked at all, such as for want of credentials.
    """
    wanted = Request(**{name: request[name] for name in Request.__dataclass_fields__ if name in request})
    if cloud.account != wanted.account:
        what = f"you are signed in to {cloud.account}, and the fabric's account is {wanted.account}"
        problem = Problem("account", what, "sign in to the fabric's account")
        return {"problems": [vars(problem)], "group_tags": {}, "regions": {}, "quotas": []}
    problems: list[Problem] = []
    with ThreadPoolExecutor(THREADS) as pool:

        def taken(where: str, right: str, ask: Callable[[], Tags | None]) -> Future[dict[str, str]]:
            return pool.submit(_taken, where, right, ask, wanted, problems)

        group = taken(
            f"resource group {wanted.resource_group}",
            "resource-groups:GetGroup",
            lambda: _group_tags(cloud, wanted.resource_group),
        )
        boundary = pool.submit(_boundary, cloud, wanted, problems)
        bucket = pool.submit(_bucket, cloud, wanted, problems)
        others = [taken(f"role {wanted.role}", "iam:GetRole", lambda: _role_tags(cloud, wanted.role))]
        others += [
            taken(f"function {name}", "lambda:GetFunction", partial(_function_tags, cloud, name))
            for name in wanted.functions
        ]
        asked = quotas.questions(cloud, wanted.region, int(wanted.roles), int(wanted.code_bytes))
        left = [pool.submit(question.answer) for question in asked]
        published = _published(cloud, wanted, problems) if wanted.infrastructure else None
        # Whether all of what is published is of our form, its reader tells.
        further = (published or {}).get("sources")
        further = {name: str(arn) for name, arn in further.items()} if isinstance(further, dict) else {}
        named = {**wanted.sources, **further}
        sources = {
            name: pool.submit(_source, cloud, f"sources.{name}", arn, problems) for name, arn in named.items()
        }
        for check in others:
            check.result()
        regions = {name: source.result() for name, source in sources.items()}
        tags = group.result()
        readable, closed = boundary.result(), bucket.result()
    there = {name: arn for name, arn in named.items() if regions[name]}
    if closed is not None:  # S3 shows nothing to a caller without rights: the name may well be free.
        problems.append(replace(closed, denied=any(problem.denied for problem in problems)))
    problems += [] if readable is None else _unreadable(wanted, there, readable)
    return {
        "problems": [vars(problem) for problem in sorted(set(problems), key=str)],
        "group_tags": tags,
        "regions": {name: region for name, region in regions.items() if region},
        "quotas": [quota.result() for quota in left],
        **({} if published is None else {"infrastructure": json.dumps(published)}),
    }


def _taken(
    where: str, right: str, ask: Callable[[], Tags | None], request: Request, problems: list[Problem]
) -> dict[str, str]:
    """The tags of what has a name already, none for a free name; a problem when it is another's.

    right: the action that `ask` takes.
    """
    tags = _asked(where, right, problems, ask)
    if tags is None:
        return {}
    problems += _of_others(where, tags, request)
    return dict(tags)


def _of_others(where: str, tags: Tags, request: Request) -> Iterator[Problem]:
    """That these tags are not the environment's."""
    if not request.is_of(tags):
        what = f"exists and does not carry the marker of {request.environment}"
        if tags.get(ENVIRONMENT) == request.environment:
            what += f" of the project '{request.project}': it is of '{tags.get(PROJECT) or 'no project'}'"
        yield Problem(where, what, "choose another id, or have its owner remove it")


def _group_tags(cloud: Aws, name: str) -> Tags | None:
    group = groups.get(cloud, name)
    return None if group is None else group.tags


def _role_tags(cloud: Aws, name: str) -> Tags:
    """A role's name is unique in the account, whatever its path."""
    with translated(f"GetRole {name}"):
        return by_key(cloud.client("iam").get_role(RoleName=name)["Role"].get("Tags", []))


def _function_tags(cloud: Aws, name: str) -> Tags:
    with translated(f"GetFunction {name}"):
        return cloud.client("lambda").get_function(FunctionName=name).get("Tags", {})


def _boundary(cloud: Aws, request: Request, problems: list[Problem]) -> Sequence[str] | None:
    """What the boundary lets roles read, as ARNs; None where it is missing, or is not the documented one.

    No role can be made without it, and the account's owner alone can make it.
    """
    arn, iam = boundary_arn(request.account), cloud.client("iam")

    def ask() -> Any:
        with translated(f"GetPolicy {arn}"):
            version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
            found = iam.get_policy_version(PolicyArn=arn, VersionId=version)
        return found["PolicyVersion"]["Document"]

    found: list[Problem] = []
    document = _asked(arn, "iam:GetPolicy", found, ask)
    if document is None and not found:
        fix = f"have the account's owner make it once, {PERMISSIONS}; locally `mayfly local start` does"
        found.append(Problem(arn, "does not exist", fix))
    problems += found
    read = [one for one in (document or {}).get("Statement", []) if one.get("Sid") == NOTHING_ELSE_READ]
    return read[0]["NotResource"] if read else None


def _unreadable(request: Request, sources: Mapping[str, str], readable: Sequence[str]) -> Iterator[Problem]:
    """A problem for each source that the boundary does not name: no other policy lets a role read it."""
    for name, arn in sources.items():
        if BUCKET_ARN.fullmatch(arn) and not any(
            fnmatchcase(arn if "/" in arn else f"{arn}/", each) for each in readable
        ):
            what = f"{boundary_arn(request.account)} does not let roles read {arn}"
            fix = f"have its owner bring it up to date, {PERMISSIONS}; locally `mayfly local grant` does"
            yield Problem(f"sources.{name}", what, fix)


def _bucket(cloud: Aws, request: Request, problems: list[Problem]) -> Problem | None:
    """Bucket names are unique in the world: this one is free, or ours already.

    A bucket without tags may be what a killed run left, since a second call tags it. Its name is no accident,
    and a bucket of another account answers 403.
    """
    where = f"bucket {request.bucket}"
    try:
        tags = _bucket_tags(cloud, request.bucket)
    except Refused as error:
        fix = f"choose another id, as bucket names are unique in the world; or {DENIED}"
        what = f"is taken in another account or region, or s3:ListBucket is denied: {_short(error)}"
        return Problem(where, what, fix)
    problems += _of_others(where, tags, request) if tags else ()
    return None


def _bucket_tags(cloud: Aws, name: str) -> dict[str, str] | None:
    """None when there is no such bucket. Only HEAD tells absence from a bucket without tags."""
    ours = {"Bucket": name, "ExpectedBucketOwner": cloud.account}
    try:
        with translated(f"HeadBucket {name}"):
            cloud.client("s3").head_bucket(**ours)
        with translated(f"GetBucketTagging {name}"):
            return by_key(cloud.client("s3").get_bucket_tagging(**ours)["TagSet"])
    except CloudError as error:
        if error.code in UNTAGGED:
            return {}
        if error.tells_absence:
            return None
        if error.code in ELSEWHERE:
            raise Refused(error.status, error.code, "it is in another region", "", error.operation) from error
        raise


def _published(cloud: Aws, request: Request, problems: list[Problem]) -> dict[str, Any] | None:
    """What the infrastructure of an application publishes; a problem when that is nothing, or not for us."""
    where, name = f"infrastructure {request.infrastructure}", parameter(request.infrastructure)
    refused: list[Problem] = []
    try:
        found = _asked(where, "ssm:GetParameter", refused, lambda: infrastructure.published(cloud, name))
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


def _source(cloud: Aws, where: str, arn: str, problems: list[Problem]) -> str | None:
    """The region of a source's bucket; a problem when it is not there or may not be seen."""
    matched = BUCKET_ARN.fullmatch(arn)
    if matched is None:
        fix = "give arn:aws:s3:::<bucket>, and /<prefix>/ if it is a part of it"
        problems.append(Problem(where, f"'{arn}' is not the ARN of a bucket", fix))
        return None
    found: list[Problem] = []
    region = _asked(where, "s3:ListBucket", found, lambda: _region(cloud, matched[1]))
    if region is None and not found:
        found.append(Problem(where, f"{arn} does not exist", "give the ARN of an existing bucket"))
    problems += found
    return region


def _region(cloud: Aws, bucket: str) -> str:
    """The region of a bucket of any account: S3 names it in a refusal too.

    A refusal without a region is not S3's: a policy of an endpoint or an organization is in the way.
    """
    from botocore.exceptions import ClientError

    with translated(f"HeadBucket {bucket}"):
        try:
            return cloud.client("s3").head_bucket(Bucket=bucket)["BucketRegion"]
        except ClientError as error:
            about: Any = error.response["ResponseMetadata"]
            if about["HTTPStatusCode"] != FORBIDDEN or REGION not in about["HTTPHeaders"]:
                raise
            return str(about["HTTPHeaders"][REGION])


def _short(error: CloudError) -> str:
    """What support asks for, without the cloud's words: they repeat the caller and the resource."""
    return f"{error.code} [request {error.request_id}]" if error.request_id else error.code


def _asked(where: str, right: str, problems: list[Problem], ask: Callable[[], T]) -> T | None:
    """The cloud's answer, None for what is not there. A refusal becomes a problem.

    right: the action that `ask` takes.
    """
    try:
        return ask()
    except Refused as error:
        problems.append(Problem(where, f"{right} is denied: {_short(error)}", DENIED, denied=True))
    except CloudError as error:
        if not error.tells_absence:
            raise
    return None
