"""Versions of Lambda layers: functions' dependencies. They take no tags: their names tell whose they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypedDict

from mayfly.clouds.aws.kinds.kind import Kind, Place, Step, Tags
from mayfly.clouds.aws.statements import Statement, allow
from mayfly.naming import aws, tagging
from mayfly.naming.limits import LAYER


class LayerVersion(TypedDict):
    """Name and number of one."""

    LayerName: str
    VersionNumber: int


class Layers(Kind):
    """Named after the environment. A version that functions use can be removed: they go on with it."""

    name = "layers"
    type = LAYER
    engine_type = "aws:lambda/layerVersion:LayerVersion"
    engine_prefix = "aws:lambda/layerVersion:"
    arn_form = "{handle}"
    """The engine's id and a function's setting are the ARN itself, with the version."""
    own_form = "arn:aws:lambda:{region}:{account}:layer:" + aws.LAYERS + "*"
    step = Step.WORKS
    own_actions = ("lambda:DeleteLayerVersion", "lambda:PublishLayerVersion")
    """Nothing that lets other accounts have one (AddLayerVersionPermission)."""
    removal_actions = ("lambda:DeleteLayerVersion", "lambda:GetLayerVersion")
    list_actions = ("lambda:ListLayer*",)
    """Layers, and the versions of one."""

    @classmethod
    def statements(cls, place: Place) -> Sequence[Statement]:
        """A function's layers may be anybody's, as far as their owners let it."""
        return [allow("UseLayers", ["lambda:GetLayerVersion"], f"arn:aws:lambda:{place.region}:*:layer:*")]

    def engine_id(self, inputs: Mapping[str, Any]) -> str:
        """Lambda numbers versions, so what was made is not known: one more of the same content does no harm.

        Raises KeyError.
        """
        raise KeyError("version")

    def named(self) -> Iterable[str]:
        """By name, every version."""
        client, start = self.cloud.client("lambda"), aws.LAYERS.format(environment=self.owner.environment)
        for page in client.get_paginator("list_layers").paginate():
            for layer in page["Layers"]:
                if layer["LayerName"].startswith(start):
                    pages = client.get_paginator("list_layer_versions").paginate(LayerName=layer["LayerName"])
                    yield from (
                        version["LayerVersionArn"] for one in pages for version in one["LayerVersions"]
                    )

    def handle(self, arn: str) -> str | None:
        """The ARN of a version of one named after the environment."""
        return arn if self.is_own_id(arn, self.owner) else None

    def is_named(self, handle: str) -> bool:
        """It has no tags of its own that could be missing: see `tags`."""
        return True

    def own_tags(self, handle: str) -> Tags:
        """None; ResourceNotFoundException when it is gone."""
        self.cloud.client("lambda").get_layer_version(**_called(handle))
        return {}

    def tags(self, handle: str) -> Tags:
        """None of the environment's own; for one of another project, what its name tells."""
        found = self.own_tags(handle)
        owner, name = self.owner, _called(handle)["LayerName"]
        if name.startswith(aws.layer_prefix(owner.project, owner.environment, owner.account)):
            return found
        marker = {tagging.MANAGED_BY: tagging.MAYFLY, tagging.ENVIRONMENT: owner.environment}
        return {**marker, tagging.PROJECT: tagging.UNKNOWN}

    def delete(self, handle: str) -> None:
        """One version."""
        self.cloud.client("lambda").delete_layer_version(**_called(handle))


def _called(arn: str) -> LayerVersion:
    """As the calls name it: by name and number."""
    name, version = arn.split(":")[-2:]
    return {"LayerName": name, "VersionNumber": int(version)}
