"""Clones of production's tables, whose files are in the environment's own bucket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from mayfly.provider import sdk


@dataclass(frozen=True)
class CloneArgs:
    """What a clone is made of.

    engine: "iceberg". catalog: "glue://<account>". source: production's database. tables: of it, at least
    one. at: "latest", a snapshot's id, or a time. namespace: the clone's own database.
    folder: of the environment's bucket, that it writes into.
    """

    engine: str
    catalog: str
    source: str
    tables: Sequence[str]
    at: str
    namespace: str
    folder: str


class Clones(pulumi.ComponentResource):
    """What lies outside of the group: nothing of it is `deleted_with` that, and it goes first."""

    made: Mapping[str, sdk.Clone]
    """By the entries' names."""

    def __init__(
        self,
        name: str,
        clones: Mapping[str, CloneArgs],
        *,
        bucket: pulumi.Input[str],
        marker: Mapping[str, str],
        account: str,
        region: str,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Describe clones. bucket: the environment's. marker: its tags. account, region: where it is."""
        super().__init__("mayfly:aws:Clones", name, None, opts)
        self.made = {
            entry: sdk.Clone(
                f"{name}-{entry}",
                engine=args.engine,
                catalog=args.catalog,
                source=args.source,
                tables=args.tables,
                at=args.at,
                namespace=args.namespace,
                location=pulumi.Output.format("s3://{}/{}", bucket, args.folder),
                marker=marker,
                account=account,
                region=region,
                opts=pulumi.ResourceOptions(parent=self),
            )
            for entry, args in clones.items()
        }
        self.register_outputs({"namespaces": {entry: clone.namespace for entry, clone in self.made.items()}})
