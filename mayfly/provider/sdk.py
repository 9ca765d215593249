"""What a Pulumi program imports of our provider: resources and functions. Needs pulumi and no more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from threading import Thread
from typing import Any

import pulumi
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.settings import get_monitor


class FactoryContent(pulumi.CustomResource):
    """A whole Data Factory folder as one resource: documents, in the order of their references.

    What is removed from `documents` is removed from the factory; what others put there is left alone.
    """

    factory_id: pulumi.Output[str]
    """The factory that the documents are in."""
    documents: pulumi.Output[Mapping[str, str]]
    """What the cloud was given, by key."""
    triggers: pulumi.Output[str]
    """"stopped" or "running"."""
    etags: pulumi.Output[Mapping[str, str]]
    """Each document's ETag, as the cloud gave it for the version that was sent."""

    def __init__(
        self,
        name: str,
        *,
        factory_id: pulumi.Input[str],
        documents: pulumi.Input[Mapping[str, pulumi.Input[str]]],
        triggers: pulumi.Input[str] = "stopped",
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Describe the content of a factory.

        factory_id: resource id of the factory. documents: "pipeline/name" → the document's whole JSON text,
        as it stands in the folder; keys are folder and name as ADF Studio's Git integration writes them.
        triggers: "stopped" starts none; "running" starts each whose file does not say runtimeState Stopped.
        """
        props = {"factory_id": factory_id, "documents": documents, "triggers": triggers, "etags": None}
        super().__init__("mayfly:azure:FactoryContent", name, props, opts)

    def translate_input_property(self, prop: str) -> str:
        """Python says factory_id, the engine and the provider say factoryId."""
        return "factoryId" if prop == "factory_id" else prop

    def translate_output_property(self, prop: str) -> str:
        """And back."""
        return "factory_id" if prop == "factoryId" else prop


class Seed(pulumi.CustomResource):
    """Data of production, copied once into a container of the environment, by its own factory."""

    files: pulumi.Output[int]
    """The files that were copied."""
    bytes: pulumi.Output[int]
    """Their bytes."""

    def __init__(
        self,
        name: str,
        *,
        factory_id: pulumi.Input[str],
        source: pulumi.Input[str],
        sink: pulumi.Input[str],
        paths: Sequence[str],
        at_most: int,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Describe a copy. Another source, sink or path is another one; what is there already is overwritten.

        factory_id: resource id of the factory, whose identity may read the source and write the sink. source,
        sink: URLs of containers. paths: a folder and a pattern of names, "2013/*", for files at any depth.
        at_most: bytes; above them nothing is copied and the update fails.
        """
        props = {
            "factoryId": factory_id,
            "source": source,
            "sink": sink,
            "paths": [*paths],
            "atMost": at_most,
            "files": None,
            "bytes": None,
        }
        super().__init__("mayfly:azure:Seed", name, props, opts)


class AwsGroup(pulumi.CustomResource):
    """An environment on AWS, as what all of it is `deleted_with`: its delete removes all of it in one sweep.

    It makes nothing in the cloud. What carries the tags mayfly-env and mayfly-project of these names, or
    lives under the environment's IAM path or log groups' prefix, goes with it, whether the state knows of it
    or not.
    """

    environment: pulumi.Output[str]
    """The environment's name."""
    project: pulumi.Output[str]
    """The Pulumi project's name."""
    account: pulumi.Output[str]
    """The account, 12 digits."""
    region: pulumi.Output[str]
    """The region."""

    def __init__(
        self,
        name: str,
        *,
        environment: str,
        project: str,
        account: str,
        region: str,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Describe an environment. Any change is another group: the old one is swept, then all is made anew.

        environment, project: the tags mayfly-env and mayfly-project of all that belongs to it. account: 12
        digits; who deploys has to be in it. region: such as "eu-west-1".
        """
        props = {"environment": environment, "project": project, "account": account, "region": region}
        super().__init__("mayfly:aws:Group", name, props, opts)


class Clone(pulumi.CustomResource):
    """A clone of production's tables: it lies outside of the group, and goes before it."""

    namespace: pulumi.Output[str]
    """The clone's own, where its tables are."""
    snapshots: pulumi.Output[Mapping[str, str]]
    """The version of production that each table began with; "" for one without rows."""
    rows: pulumi.Output[Mapping[str, int]]
    """How many rows each table began with."""

    def __init__(
        self,
        name: str,
        *,
        engine: str,
        catalog: str,
        source: str,
        tables: Sequence[str],
        at: str,
        namespace: str,
        location: pulumi.Input[str],
        marker: Mapping[str, str],
        account: str = "",
        region: str = "",
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Describe a clone. Any change is another clone: what was written into the old one goes with it.

        engine: such as "iceberg". catalog: where production's pointers are, "glue://<account>". source:
        production's namespace. tables: of it. at: "latest", a snapshot's id, or a time. namespace: the
        clone's own name. location: below which all is that it writes. marker: the tags that say whose it is.
        account, region: of the environment, on AWS.
        """
        props = {
            "engine": engine,
            "catalog": catalog,
            "source": source,
            "tables": list(tables),
            "at": at,
            "namespace": namespace,
            "location": location,
            "marker": marker,
            "account": account,
            "region": region,
            "snapshots": None,
            "rows": None,
        }
        super().__init__("mayfly:data:Clone", name, props, opts)


def wake() -> None:
    """Have the engine start our provider while the program goes on; whatever is wrong with it, the first
    call that needs an answer tells.
    """
    monitor: Any = get_monitor()
    request = resource_pb2.ResourceInvokeRequest(tok="mayfly:index:ready", acceptResources=True)

    def ask() -> None:
        with suppress(Exception):
            monitor.Invoke(request)

    Thread(target=ask, name="wake", daemon=True).start()


def preflight(request: Mapping[str, Any], *, cloud: str) -> dict[str, Any]:
    """Ask the cloud, before anything is made, whether an environment can be made.

    cloud: "aws" or "azure". request: the fields of `Request` in mayfly.clouds.CLOUD.preflight. Returns what
    the preflight does there. Raises what the engine raises when it cannot be asked at all.
    """
    result = pulumi.runtime.invoke(f"mayfly:{cloud}:preflight", dict(request))
    return dict(result.value or {})


def acting(provider: pulumi.ProviderResource) -> dict[str, Any]:
    """Ask azure-native as whom it acts: objectId, tenantId. Raises what the engine raises when it cannot.

    provider: the one that is to make things. It is registered once the preflight has answered: where no cloud
    answers, the engine ends at the provider, and what is to be done about it would not be told.
    """
    options = pulumi.InvokeOptions(provider=provider)
    result = pulumi.runtime.invoke("azure-native:authorization:getClientConfig", {}, options)
    return dict(result.value or {})
