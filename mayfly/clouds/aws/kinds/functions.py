"""Lambda functions, with all their versions and with what invokes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mayfly.clouds.aws.kinds.kind import Kind, Place, Step, Tags
from mayfly.clouds.aws.kinds.roles import tags_of_own_role
from mayfly.clouds.aws.statements import Statement, allow, condition
from mayfly.naming import aws
from mayfly.naming.limits import FUNCTION
from mayfly.naming.tagging import ENVIRONMENT, IMAGES


class Functions(Kind):
    """Named after the environment, or running as a role under its path."""

    name = "functions"
    type = FUNCTION
    engine_type = "aws:lambda/function:Function"
    engine_prefix = "aws:lambda/"
    arn_form = "arn:aws:lambda:{region}:{account}:function:{handle}"
    """Without a version: it stands for all."""
    own_form = "{environment}-*"
    step = Step.WORKS
    list_actions = ("lambda:ListEventSourceMappings", "lambda:ListFunctions")
    quota_actions = ("lambda:GetAccountSettings",)

    @classmethod
    def statements(cls, place: Place) -> Sequence[Statement]:
        """Functions by their marker, which is set as they are made; seen by their names.

        Nothing that lets others call one (AddPermission, URLs), which would take production's data out.
        A function without a marker can be given one only where its name is a stage's.
        """
        ours = [arn for stage in place.stages for arn in cls.own_arns(place, stage)]
        marked = {f"aws:ResourceTag/{ENVIRONMENT}": place.stages}
        marking = {f"aws:RequestTag/{ENVIRONMENT}": place.stages}
        return [
            # Also of functions that are not there, which carry no marker.
            allow("SeeFunctions", ["lambda:Get*", "lambda:List*"], ours),
            allow(
                "MakeFunctions",
                ["lambda:CreateFunction", "lambda:TagResource"],
                ours,
                **condition(StringLike=marking, StringLikeIfExists=marked),
            ),
            allow(
                "ChangeFunctions",
                [
                    "lambda:DeleteFunction",
                    "lambda:InvokeFunction",
                    "lambda:TagResource",
                    "lambda:UntagResource",
                    "lambda:UpdateFunctionCode",
                    "lambda:UpdateFunctionConfiguration",
                ],
                place.arn("lambda", "function:*"),
                **condition(StringLike=marked, StringLikeIfExists=marking),
            ),
            allow(
                "RemoveMappings",
                ["lambda:DeleteEventSourceMapping", "lambda:GetEventSourceMapping"],
                "*",
                **condition(ArnLike={"lambda:FunctionArn": ours}),
            ),
            # Lambda asks for it as whoever makes the function. The repository's owner lets Lambda in and
            # says by a tag that environments may run what is in it.
            allow(
                "UseImages",
                ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:GetRepositoryPolicy"],
                f"arn:aws:ecr:{place.region}:*:repository/*",
                **condition(Null={f"aws:ResourceTag/{IMAGES}": "false"}),
            ),
        ]

    @classmethod
    def removal_statements(cls, place: Place) -> Sequence[Statement]:
        """By name, also those that a killed `up` left unmarked; by their marker, whatever they are called."""
        ours = [arn for stage in place.stages for arn in cls.own_arns(place, stage)]
        marked = {f"aws:ResourceTag/{ENVIRONMENT}": place.stages}
        see = ["lambda:GetFunction", "lambda:ListTags"]
        return [
            allow("RemoveFunctions", ["lambda:DeleteFunction", *see], ours),
            allow(
                "RemoveMarkedFunctions",
                ["lambda:DeleteFunction", *see],
                place.arn("lambda", "function:*"),
                **condition(StringLike=marked),
            ),
            allow(
                "RemoveMappings",
                ["lambda:DeleteEventSourceMapping", "lambda:GetEventSourceMapping"],
                "*",
                **condition(ArnLike={"lambda:FunctionArn": ours}),
            ),
        ]

    def named(self) -> Iterable[str]:
        """By name or role: a copy in a fabric of applications is named after its stage alone."""
        start, role = f"{self.owner.environment}-", f":role{aws.iam_path(self.owner.environment)}"
        for page in self.cloud.client("lambda").get_paginator("list_functions").paginate():
            for function in page["Functions"]:
                if function["FunctionName"].startswith(start) or role in function["Role"]:
                    yield function["FunctionName"]

    def handle(self, arn: str) -> str | None:
        """The function's name, without a version."""
        found = super().handle(arn)
        return found and found.partition(":")[0]

    def is_name_of(self, environment: str, handle: str) -> bool:
        """As in `qa-1-b-flights`, which begins as functions of `qa-1` do."""
        return handle.startswith(f"{environment}-")

    def own_tags(self, handle: str) -> Tags:
        """ResourceNotFoundException when it is gone."""
        return self.cloud.client("lambda").get_function(FunctionName=handle).get("Tags", {})

    def tags(self, handle: str) -> Tags:
        """Its own, and for those that are missing, the tags of the role that it runs as.

        A copy that a killed `up` left without tags runs as a role under the environment's path.
        ResourceNotFoundException when it is gone.
        """
        found = self.cloud.client("lambda").get_function(FunctionName=handle)
        own = found.get("Tags", {})
        is_marked = own.keys() >= self.owner.tags.keys()
        told = None if is_marked else tags_of_own_role(self, found["Configuration"]["Role"])
        return own if told is None else {**self.owner.tags, **told, **own}

    def delete(self, handle: str) -> None:
        """Its event source mappings first: they stay behind otherwise, and poll for nobody."""
        client = self.cloud.client("lambda")
        for page in client.get_paginator("list_event_source_mappings").paginate(FunctionName=handle):
            for mapping in page["EventSourceMappings"]:
                client.delete_event_source_mapping(UUID=mapping["UUID"])
        client.delete_function(FunctionName=handle)
