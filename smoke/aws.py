"""AWS, as a smoke run asks it beside the verbs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from mayfly import naming
from mayfly.clouds.aws import Aws, CloudError, Refused, translated
from mayfly.naming.aws import boundary_arn, bucket_prefix, iam_path
from mayfly.settings import EnvironmentSettings
from smoke.place import Try

POLICY = "smoke-too-much"

GLOBAL = "us-east-1"
"""Where CloudTrail records what IAM is asked, wherever that is done from.

Source: AWS CloudTrail User Guide, "Global service events".
"""
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}


@dataclass
class AwsPlace:
    """An account and a region. settings: of an environment, by its name."""

    deployer: Mapping[str, str]
    owner: Mapping[str, str]
    settings: Callable[[str], EnvironmentSettings]
    first: str

    run = ("flights", "--param", "month=1")

    def who(self) -> tuple[str, str]:
        """ARNs."""
        deployer, owner = (
            str(cloud.client("sts").get_caller_identity()["Arn"]) for cloud in (self._deployer, self._owner)
        )
        return deployer, owner

    def forbidden(self) -> Sequence[Try]:
        """A role without the boundary, one of others, the boundary itself, production's bucket."""
        iam, s3 = self._deployer.client("iam"), self._deployer.client("s3")
        path, name, boundary = (
            iam_path(self.first),
            f"{self.first}-smoke",
            boundary_arn(self._deployer.account),
        )
        trust, bucket = json.dumps(TRUST), self._bucket
        gone = {"RoleName": name}
        return [
            self._try(
                "make a role without the boundary",
                lambda: iam.create_role(Path=path, RoleName=name, AssumeRolePolicyDocument=trust),
                lambda: self._owner.client("iam").delete_role(**gone),
            ),
            self._try(
                "make a role outside the path",
                lambda: iam.create_role(
                    RoleName=name, AssumeRolePolicyDocument=trust, PermissionsBoundary=boundary
                ),
                lambda: self._owner.client("iam").delete_role(**gone),
            ),
            self._try(
                "change the boundary",
                lambda: iam.create_policy_version(
                    PolicyArn=boundary, PolicyDocument=json.dumps({"Version": "2012-10-17"})
                ),
            ),
            self._try(
                "write to a source",
                lambda: s3.put_object(Bucket=bucket, Key="mayfly-smoke", Body=b""),
                lambda: self._owner.client("s3").delete_object(Bucket=bucket, Key="mayfly-smoke"),
            ),
        ]

    @contextmanager
    def widened(self, environment: str) -> Iterator[str]:
        """The execution role has no boundary, and may do everything on S3."""
        iam, role = self._owner.client("iam"), naming.aws.names(self.settings(environment)).role
        wide = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}],
        }
        iam.put_role_policy(RoleName=role, PolicyName=POLICY, PolicyDocument=json.dumps(wide))
        iam.delete_role_permissions_boundary(RoleName=role)
        try:
            yield f"{role} was given s3:* and its boundary was taken away"
        finally:
            iam.put_role_permissions_boundary(
                RoleName=role, PermissionsBoundary=boundary_arn(self._owner.account)
            )
            iam.delete_role_policy(RoleName=role, PolicyName=POLICY)

    def drifted(self, environment: str) -> str:
        """A tag of the bucket."""
        s3, bucket = self._owner.client("s3"), naming.aws.names(self.settings(environment)).bucket
        tags = [
            tag for tag in s3.get_bucket_tagging(Bucket=bucket)["TagSet"] if tag["Key"] != "mayfly-fabric"
        ]
        changed: Any = [*tags, {"Key": "mayfly-fabric", "Value": "smoke"}]
        s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": changed})
        return f"the tag mayfly-fabric of {bucket} was changed"

    def lost(self, environment: str) -> str:
        """The Resource Group, by which environments are listed."""
        name = naming.aws.names(self.settings(environment)).resource_group
        self._owner.client("resource-groups").delete_group(Group=name)
        return f"the Resource Group {name} was deleted by its owner"

    def production(self) -> Mapping[str, object]:
        """The policy of each source's bucket."""
        found: dict[str, object] = {}
        for arn in self.settings(self.first).variables.buckets.values():
            with translated(f"GetBucketPolicy {arn.bucket}"):
                found[arn.bucket] = self._owner.client("s3").get_bucket_policy(Bucket=arn.bucket)["Policy"]
        return found

    def left(self, environments: Sequence[str]) -> Sequence[str]:
        """Buckets, roles and functions by their names, as the owner sees them."""
        owner, found = self._owner, list[str]()
        buckets = [bucket["Name"] for bucket in owner.client("s3").list_buckets()["Buckets"]]
        pages = owner.client("lambda").get_paginator("list_functions").paginate()
        functions = [function["FunctionName"] for page in pages for function in page["Functions"]]
        for environment in environments:
            roles = owner.client("iam").list_roles(PathPrefix=iam_path(environment))["Roles"]
            found += [role["Arn"] for role in roles]
            starts = (bucket_prefix(environment), f"{environment}-")
            found += [name for name in (*buckets, *functions) if name.startswith(starts)]
        return found

    def denied(self, minutes: float) -> str:
        """The deployer's refusals in CloudTrail, which comes up to 15 minutes late.

        Its history has what manages, and not what is done to objects or by invoking.
        """
        begin = datetime.now(UTC) - timedelta(minutes=minutes)
        me = without_session(self.who()[0])
        try:
            regions = sorted({self._owner.region, GLOBAL})
            refusals = [one for region in regions for one in self._refusals(region, me, begin)]
        except CloudError as error:
            return f"CloudTrail could not be read: {error}"
        head = f"{len(refusals)} refusals in the trail, which comes up to 15 minutes late and has no objects"
        return "\n".join([head, *refusals])

    def _refusals(self, region: str, caller: str, begin: datetime) -> Iterator[str]:
        trail: Any = self._as(self.owner, region).client("cloudtrail")  # type: ignore[call-overload]
        with translated("LookupEvents"):
            for page in trail.get_paginator("lookup_events").paginate(StartTime=begin):
                for item in page["Events"]:
                    event = json.loads(item["CloudTrailEvent"])
                    who = without_session(event.get("userIdentity", {}).get("arn", ""))
                    if who == caller and "errorCode" in event:
                        yield f"{event['eventSource']} {event['eventName']}: {event['errorCode']}"

    def workload(self, folder: str) -> str | None:
        """Functions have schedules alone."""
        return None

    @staticmethod
    def _try(what: str, call: Callable[[], object], undo: Callable[[], object] = lambda: None) -> Try:
        try:
            with translated(what):
                call()
        except Refused as error:
            return Try(what, error.code, True)
        except CloudError as error:
            return Try(what, str(error), False)
        undo()
        return Try(what, "", False)

    @property
    def _bucket(self) -> str:
        return next(iter(self.settings(self.first).variables.buckets.values())).bucket

    @cached_property
    def _deployer(self) -> Aws:
        return self._as(self.deployer)

    @cached_property
    def _owner(self) -> Aws:
        return self._as(self.owner)

    def _as(self, environ: Mapping[str, str], region: str = "") -> Aws:
        fabric = self.settings(self.first).aws
        return Aws.from_environment(environ, region or fabric.region, fabric.account)


def without_session(arn: str) -> str:
    """A caller without the name of the session, which each process gives anew where it assumes a role."""
    return arn.rpartition("/")[0] if ":assumed-role/" in arn else arn
