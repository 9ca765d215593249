"""The local clouds that are tortured: a checkout with production in it, and all that can be left behind."""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, ClassVar

from azure.mgmt.resource.resources.models import GenericResourceExpanded

from localcloud import lifecycle
from localcloud.aws import admin
from tests.support.aws_sdk import AwsSdk
from tests.support.azure_sdk import Sdk
from tests.support.checkout import LAKE_CONTAINER, NONPRODUCTION, PRODUCTION, Checkout, copy_project
from tests.torture.verbs import Verb, Verbs, verbs

FOREIGN = "not-ours"
"""The name of what somebody else has beside the environments, with tags that only look like ours."""


QUICK = {"GOGC": "400"}
"""The Pulumi CLI collects garbage less often: a fifth of its processor time."""

FILES = (".mayfly/pulumi/.pulumi/**/*", "stacks/Pulumi.*.yaml", "receipts/*")
"""What a checkout keeps that differs from environment to environment."""


class World(ABC):
    """A checkout with a running local cloud.

    cloud: its name. title: the same for people. fabric: the one whose environments are made. run: the
    arguments of `mayfly run` after the environment's name.
    """

    cloud: ClassVar[str]
    title: ClassVar[str]
    fabric: ClassVar[str]
    run: ClassVar[tuple[str, ...]]

    def __init__(self, checkout: Checkout, verbs: Verbs) -> None:
        self.checkout = checkout
        self.verbs = verbs
        self._kept: dict[str, dict[Path, bytes]] = {}

    def start(self, *words: str, principal: str = "deployer") -> Verb:
        """Start a verb as a principal."""
        return self.verbs.start(*words, environ={**QUICK, **self.checkout.environ(principal)})

    def keep(self, name: str) -> None:
        """Remember the cloud, and what the backend and the checkout have of environments."""
        self._kept[name] = {path: path.read_bytes() for path in self._files()}
        self._keep(name)

    def restore(self, name: str) -> None:
        """Let all be as it was when that was kept."""
        kept = self._kept[name]
        for path in set(self._files()) - kept.keys():
            path.unlink()
        for path, content in kept.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        self._restore(name)

    def _files(self) -> list[Path]:
        found = (path for pattern in FILES for path in self.checkout.root.glob(pattern))
        return [path for path in found if path.is_file()]

    @abstractmethod
    def _keep(self, name: str) -> None:
        """Remember the cloud."""

    @abstractmethod
    def _restore(self, name: str) -> None:
        """Let the cloud be as it was."""

    @property
    def folder(self) -> Path:
        """The local cloud's state folder."""
        return self.checkout.root / ".mayfly" / self.cloud

    @abstractmethod
    def add_foreign(self) -> None:
        """Make what belongs to somebody else."""

    @abstractmethod
    def everything(self) -> dict[str, Any]:
        """All that there is in the cloud, with its content: production's and others' things included."""

    def stacks(self) -> list[str]:
        """The stacks that the backend knows, and the locks that lie in it."""
        found = self.checkout.backend.glob("stacks/**/*.json")
        locks = self.checkout.backend.glob("locks/**/*.json")
        return sorted(str(path.relative_to(self.checkout.backend)) for path in (*found, *locks))


class AzureWorld(World):
    """The local Azure."""

    cloud, title = "azure", "Azure"
    fabric = "qa"
    run = ("month", "--param", "year=2013", "--param", "month=01")

    def __init__(self, checkout: Checkout, verbs: Verbs) -> None:
        super().__init__(checkout, verbs)
        self.owners = [Sdk(checkout.environ("owner"), one) for one in (PRODUCTION, NONPRODUCTION)]
        self._databases: dict[str, sqlite3.Connection] = {}

    def add_foreign(self) -> None:
        """A group that is called like ours, and has our tags but the marker."""
        tags = {"mayfly-env": "qa-other", "mayfly-expires-at": "2020-01-01T00:00:00Z"}
        self.owners[1].resources.resource_groups.create_or_update(
            f"rg-mayfly-{FOREIGN}", {"location": "westeurope", "tags": tags}
        )

    def everything(self) -> dict[str, Any]:
        """Groups, resources and role assignments of both subscriptions; the lake's blobs."""
        found: dict[str, Any] = {}
        for owner in self.owners:
            for group in owner.resources.resource_groups.list():
                found[str(group.id)] = group.tags
                inside = owner.resources.resources.list_by_resource_group(str(group.name))
                found |= {str(one.id): _content(one) for one in inside}
            for grant in owner.authorization.role_assignments.list_for_subscription():
                found[str(grant.id)] = (grant.principal_id, grant.role_definition_id, grant.condition)
        account, container = LAKE_CONTAINER.split("/")[8], LAKE_CONTAINER.split("/")[12]
        endpoints = self.owners[0].storage.storage_accounts.list()
        endpoint = next(str(one.primary_endpoints.blob) for one in endpoints if one.name == account)
        with self.owners[0].blobs(endpoint) as blobs:
            for blob in blobs.get_container_client(container).list_blobs():
                found[f"blob {blob.name}"] = blob.etag
        return found

    def _keep(self, name: str) -> None:
        self._databases[name] = sqlite3.connect(":memory:")
        with closing(self._database()) as database:
            database.backup(self._databases[name])

    def _restore(self, name: str) -> None:
        """The bodies of blobs are not in the database, and stay."""
        with closing(self._database()) as database:
            self._databases[name].backup(database)

    def _database(self) -> sqlite3.Connection:
        return sqlite3.connect(self.folder / "azure.sqlite")


def _content(one: GenericResourceExpanded) -> tuple[Any, ...]:
    return (one.type, one.location, one.tags)


class AwsWorld(World):
    """The local AWS."""

    cloud, title = "aws", "AWS"
    fabric = "awsqa"
    run = ("flights", "--param", "month=1")
    lake = "flights-lake-123456789012"

    def __init__(self, checkout: Checkout, verbs: Verbs) -> None:
        super().__init__(checkout, verbs)
        self.owner = AwsSdk(checkout.environ("owner"))

    def add_foreign(self) -> None:
        """A bucket that is called like ours, and has our tags but the marker."""
        bucket = f"awsqa-{FOREIGN}"
        self.owner.s3.create_bucket(
            Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        tags = {"mayfly-env": "awsqa-other", "mayfly-expires-at": "2020-01-01T00:00:00Z"}
        pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
        self.owner.s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": pairs})  # type: ignore[typeddict-item]
        self.owner.s3.put_object(Bucket=bucket, Key="theirs", Body=b"theirs")

    def everything(self) -> dict[str, Any]:
        """All of the kinds that an environment is made of; each bucket's objects, and the lake's policy."""
        found: dict[str, Any] = dict.fromkeys(self.owner.everything())
        for bucket in self.owner.s3.list_buckets()["Buckets"]:
            pages = self.owner.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket["Name"])
            objects = (one for page in pages for one in page.get("Contents", ()))
            found |= {f"{bucket['Name']}/{one['Key']}": one["ETag"] for one in objects}
        found["policy"] = self.owner.s3.get_bucket_policy(Bucket=self.lake)["Policy"]
        return found

    def _keep(self, name: str) -> None:
        admin.keep(self._running, name)

    def _restore(self, name: str) -> None:
        admin.restore(self._running, name)

    @property
    def _running(self) -> lifecycle.Running:
        found = lifecycle.status(self.folder)
        assert found.running
        return found


WORLDS: dict[str, type[World]] = {"aws": AwsWorld, "azure": AzureWorld}


@contextmanager
def world(cloud: str, folder: Path) -> Iterator[World]:
    """Make one in an empty folder: the lake is published and granted; stop its cloud in the end."""
    checkout = copy_project(folder / "project")
    checkout.local("start", "--cloud", cloud, MAYFLY_LOCAL_DELETE_SECONDS="0.2")
    try:
        checkout.run("python", "examples/flights/lake.py", "--cloud", cloud, principal="owner").ok()
        checkout.run("mayfly", "local", "grant", principal="owner").ok()
        with verbs(checkout.root, folder / "verbs") as started:
            made = WORLDS[cloud](checkout, started)
            made.add_foreign()
            yield made
    finally:
        checkout.local("stop")
