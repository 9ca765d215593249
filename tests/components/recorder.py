"""A stand-in for the Pulumi engine that remembers how each resource was registered."""

from __future__ import annotations

import uuid
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from components import aws

with warnings.catch_warnings():
    # pulumi_aws.s3 has deprecated classes, which warn when they are imported, whether they are used or not.
    warnings.simplefilter("ignore", DeprecationWarning)
    aws.import_classes()

LAKE = (
    "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/flights-lake"
    "/providers/Microsoft.Storage/storageAccounts/flightslake/blobServices/default/containers/flights"
)


@dataclass(frozen=True)
class Registration:
    """What a program asked the engine for."""

    type: str
    name: str
    urn: str
    inputs: Mapping[str, Any]
    parent: str
    deleted_with: str
    protect: bool
    depends_on: tuple[str, ...]
    provider: str


class Cloud(pulumi.runtime.Mocks):
    """Answers as the clouds would, in preview with nothing known of what is not there yet."""

    def __init__(self, preview: bool = False) -> None:
        self.preview = preview
        self.answers: dict[str, Any] = {}
        self.invoked: list[tuple[str, Mapping[str, Any]]] = []

    def call(self, args: pulumi.runtime.MockCallArgs) -> Any:
        self.invoked.append((args.token, args.args))
        if args.token == "azure-native:datafactory:getFactory":
            return {"id": "/", **_factory(args.args["factoryName"])}
        return self.answers[args.token]

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        if self.preview:
            return None, {**args.inputs, **_unknown(_computed(args))}
        return _id(args), {**args.inputs, **_computed(args)}


class Recorder(pulumi.runtime.mocks.MockMonitor):
    """Keeps every registration, options included, which the plain mocks drop."""

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud)
        self.cloud = cloud
        self.registered: list[Registration] = []

    def RegisterResource(self, request: Any) -> Any:
        answer = super().RegisterResource(request)  # type: ignore[no-untyped-call]
        inputs = pulumi.runtime.rpc.deserialize_properties(request.object, keep_unknowns=True)
        self.registered.append(
            Registration(
                request.type,
                request.name,
                answer.urn,
                inputs,
                request.parent,
                request.deletedWith,
                request.protect,
                tuple(request.dependencies),
                request.provider,
            )
        )
        return answer

    def all(self, type_: str) -> list[Registration]:
        """Return what was registered of a type, given by the end of its token."""
        return [each for each in self.registered if each.type.endswith(type_)]

    def one(self, type_: str) -> Registration:
        """Return the only one of a type."""
        (only,) = self.all(type_)
        return only

    def ancestors(self, resource: Registration) -> list[Registration]:
        """Return the parents of a resource, the nearest first, without the stack."""
        by_urn = {each.urn: each for each in self.registered}
        found: list[Registration] = []
        while resource.parent in by_urn:
            resource = by_urn[resource.parent]
            found.append(resource)
        return found

    def deleted_with(self, resource: Registration) -> str:
        """Return whose deletion is this one's, as the engine sees it: own, or the nearest parent's."""
        return next(
            (each.deleted_with for each in [resource, *self.ancestors(resource)] if each.deleted_with), ""
        )


def start(cloud: Cloud, stack: str = "qa-142") -> Recorder:
    """Begin an update, or a preview, of a stack."""
    recorder = Recorder(cloud)
    pulumi.runtime.set_mocks(cloud, project="mayfly", stack=stack, preview=cloud.preview, monitor=recorder)
    return recorder


def _id(args: pulumi.runtime.MockResourceArgs) -> str:
    """Return an id as the cloud makes it, as far as the components look into it."""
    account = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts"
    if args.typ.startswith("aws:"):
        return str(args.inputs.get("name") or args.inputs.get("bucket") or args.name)
    ids = {
        "azure-native:storage:StorageAccount": f"{account}/{args.inputs.get('accountName')}",
        "azure-native:datafactory:Factory": f"/subscriptions/s/factories/{args.inputs.get('factoryName')}",
    }
    return ids.get(args.typ, f"/subscriptions/s/{args.name}")


def _unknown(computed: Mapping[str, Any]) -> dict[str, Any]:
    """Return a preview's answer: each part of it is unknown yet."""
    unknown = pulumi.runtime.rpc.UNKNOWN
    return {key: _unknown(value) if isinstance(value, dict) else unknown for key, value in computed.items()}


def _computed(args: pulumi.runtime.MockResourceArgs) -> dict[str, Any]:
    """Return what the cloud adds to what was asked for."""
    if args.typ.startswith("aws:"):
        return {"arn": f"arn:{args.typ.split(':')[1].split('/')[0]}:{_id(args)}"}
    kind = args.typ.rsplit(":", 1)[-1]
    name = args.inputs.get("accountName") or args.inputs.get("factoryName")
    if kind == "StorageAccount":
        hosts = {each: f"https://{name}.{each}.example/" for each in ("blob", "dfs")}
        return {"name": name, "primaryEndpoints": hosts}
    if kind == "Factory":
        return _factory(str(name))
    return {"name": args.inputs.get("resourceGroupName", args.name)}


def _factory(name: str) -> dict[str, Any]:
    principal = str(uuid.uuid5(uuid.NAMESPACE_DNS, name))
    return {"name": name, "identity": {"type": "SystemAssigned", "principalId": principal}}
