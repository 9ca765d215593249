"""Finds in AWS what a killed `up` made: its id is its name, and its own tags decide whose it is.

What is not here is made again without harm: a bucket's settings, a policy inside a role.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from mayfly.engine.recovery import carries_marker

if TYPE_CHECKING:
    from mayfly.clouds.aws import Aws
    from mayfly.engine.recovery import Finder

Inputs = Mapping[str, Any]
Tags = dict[str, str]


def finder(cloud: Aws) -> Finder:
    """What finds a pending create in the cloud."""

    def find(resource: Mapping[str, Any]) -> str | None:
        if resource["type"] not in _KINDS:
            return None
        form, tags_of = _KINDS[resource["type"]]
        inputs = {"groupName": "default", **resource.get("inputs", {})}
        try:
            tags = _tags(cloud, tags_of, inputs)
            return form.format(**inputs) if tags is not None and carries_marker(resource, tags) else None
        except KeyError:  # Its name was not known yet, so it was not made.
            return None

    return find


def _tags(cloud: Aws, tags_of: Callable[[Aws, Inputs], Tags], inputs: Inputs) -> Tags | None:
    """Its tags; None when it is not there."""
    from mayfly.clouds.aws import CloudError, translated

    try:
        with translated("looking for what an earlier run made"):
            return tags_of(cloud, inputs)
    except CloudError as error:
        if error.tells_absence:
            return None
        raise


def _bucket(cloud: Aws, inputs: Inputs) -> Tags:
    """One without tags is ours too: they are put by a second call, and its name ends in its owner's hash."""
    from botocore.exceptions import ClientError

    from mayfly.clouds.aws.errors import UNTAGGED

    try:
        asked = {"Bucket": inputs["bucket"], "ExpectedBucketOwner": cloud.account}
        return _pairs(cloud.client("s3").get_bucket_tagging(**asked)["TagSet"])
    except ClientError as error:
        if error.response["Error"]["Code"] not in UNTAGGED:
            raise
        return dict(inputs.get("tags", {}))


def _role(cloud: Aws, inputs: Inputs) -> Tags:
    return _pairs(cloud.client("iam").get_role(RoleName=inputs["name"])["Role"].get("Tags", []))


def _function(cloud: Aws, inputs: Inputs) -> Tags:
    return cloud.client("lambda").get_function(FunctionName=inputs["name"]).get("Tags", {})


def _log_group(cloud: Aws, inputs: Inputs) -> Tags:
    arn = f"arn:aws:logs:{cloud.region}:{cloud.account}:log-group:{inputs['name']}"
    return cloud.client("logs").list_tags_for_resource(resourceArn=arn)["tags"]


def _schedule(cloud: Aws, inputs: Inputs) -> Tags:
    """It takes none: its name begins with its environment's, and its target is a function of it."""
    cloud.client("scheduler").get_schedule(Name=inputs["name"], GroupName=inputs.get("groupName", "default"))
    return {}


def _group(cloud: Aws, inputs: Inputs) -> Tags:
    """By the ARN that AWS gives it: newer ones have an id after the name."""
    client = cloud.client("resource-groups")
    return client.get_tags(Arn=client.get_group(Group=inputs["name"])["Group"]["GroupArn"])["Tags"]


def _parameter(cloud: Aws, inputs: Inputs) -> Tags:
    answer = cloud.client("ssm").list_tags_for_resource(ResourceType="Parameter", ResourceId=inputs["name"])
    return _pairs(answer["TagList"])


def _pairs(tags: Any) -> Tags:
    return {tag["Key"]: tag["Value"] for tag in tags}


_KINDS: Mapping[str, tuple[str, Callable[[Aws, Inputs], Tags]]] = {
    "aws:s3/bucket:Bucket": ("{bucket}", _bucket),
    "aws:iam/role:Role": ("{name}", _role),
    "aws:lambda/function:Function": ("{name}", _function),
    "aws:cloudwatch/logGroup:LogGroup": ("{name}", _log_group),
    "aws:scheduler/schedule:Schedule": ("{groupName}/{name}", _schedule),
    "aws:resourcegroups/group:Group": ("{name}", _group),
    "aws:ssm/parameter:Parameter": ("{name}", _parameter),
}
"""Type → the id that the provider gives it, by its inputs, and what asks AWS for its tags."""
