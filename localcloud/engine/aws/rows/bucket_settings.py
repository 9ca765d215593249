"""Settings of an S3 bucket that are resources of their own: a document that is put, read and removed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from localcloud.engine.aws.cloud import Cloud
from localcloud.engine.aws.row import NOTHING, Change, Row
from localcloud.engine.values import Properties

Bucket = dict[str, Any]
"""The bucket's name and expected owner, as S3's calls take them."""


@dataclass(frozen=True)
class Setting:
    """A setting. put: overwrite it. get: its properties. remove: back to the bucket's own defaults.

    missing: the error code for a bucket without it. The rest is as in `Row`.
    """

    type: str
    noun: str
    missing: str
    put: Callable[[Cloud, Bucket, Properties], object]
    get: Callable[[Cloud, Bucket], Properties]
    remove: Callable[[Cloud, Bucket, Properties], object]
    required: frozenset[str] = NOTHING
    optional: frozenset[str] = NOTHING
    computed: frozenset[str] = NOTHING
    refused: frozenset[str] = NOTHING
    owned: bool = False
    documents: frozenset[str] = NOTHING
    sets: frozenset[str] = NOTHING
    kept: frozenset[str] = NOTHING
    defaults: Mapping[str, Any] = field(default_factory=dict)

    def row(self) -> Row:
        """The resource type."""
        owner = frozenset({"expectedBucketOwner"}) if self.owned else NOTHING
        return Row(
            type=self.type,
            noun=self.noun,
            service="S3",
            absent=frozenset({"NoSuchBucket", self.missing}),
            create=self._create,
            read=self._read,
            update=self._update,
            delete=lambda cloud, setting, state: self.remove(cloud, _bucket(setting), state),
            required=self.required | {"bucket"},
            optional=self.optional | owner,
            computed=self.computed | {"region"},
            refused=self.refused,
            replaces=owner | {"bucket", "region"},
            defaults=self.defaults,
            kept=self.kept,
            documents=self.documents,
            sets=self.sets,
        )

    def _create(self, cloud: Cloud, inputs: Properties, stop: threading.Event) -> str:
        owner = inputs.get("expectedBucketOwner")
        made = f"{inputs['bucket']},{owner}" if owner else str(inputs["bucket"])
        self.put(cloud, _bucket(made), inputs)
        return made

    def _read(self, cloud: Cloud, setting: str) -> Properties:
        bucket = _bucket(setting)
        found = {"bucket": bucket["Bucket"], "region": cloud.region, **self.get(cloud, bucket)}
        return found | ({"expectedBucketOwner": bucket["ExpectedBucketOwner"]} if len(bucket) > 1 else {})

    def _update(self, cloud: Cloud, setting: str, change: Change, stop: threading.Event) -> None:
        self.put(cloud, _bucket(setting), change.new)


def _bucket(setting: str) -> Bucket:
    """A setting's id is its bucket's name, with the account after a comma where one was expected."""
    name, comma, owner = setting.partition(",")
    return {"Bucket": name, "ExpectedBucketOwner": owner} if comma else {"Bucket": name}
