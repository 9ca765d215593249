"""Databases of the Glue Data Catalog: an environment's clones of production's tables.

A database holds pointers. What is removed with it is the pointers, and never a file: those of production lie
where no environment may write, and an environment's own go with its bucket.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mayfly.clouds.aws import groups
from mayfly.clouds.aws.errors import Refused
from mayfly.clouds.aws.kinds.kind import Kind, Place, Step, Tags
from mayfly.clouds.aws.owner import Owner
from mayfly.clouds.aws.statements import Statement, allow
from mayfly.clouds.thing import Thing
from mayfly.naming import aws, clones
from mayfly.naming.limits import DATABASE

AT_ONCE = 100
"""Tables that one BatchDeleteTable takes. Source: its API reference."""


class Databases(Kind):
    """A database's name begins with the environment's, and its own parameters say whose it is."""

    name = "databases"
    type = DATABASE
    engine_type = "aws:glue/catalogDatabase:CatalogDatabase"
    """Of none that we make: a clone that a kill left half made is made again, and goes on where it was."""
    engine_prefix = "mayfly:data:Clone"
    arn_form = "arn:aws:glue:{region}:{account}:database/{handle}"
    own_form = clones.NAMESPACES + "{environment}__*"
    """With the environment's name folded: see `own_arns`."""
    step = Step.POINTS
    own_actions = (
        "glue:BatchDeleteTable",
        "glue:CreateDatabase",
        "glue:CreateTable",
        "glue:DeleteDatabase",
        "glue:DeleteTable",
        "glue:GetDatabase",
        "glue:GetTable*",
    )
    removal_actions = ("glue:BatchDeleteTable", "glue:DeleteDatabase", "glue:GetDatabase", "glue:GetTables")
    list_actions = ("glue:GetDatabases",)

    @classmethod
    def own_arns(cls, place: Place, stage: str) -> Sequence[str]:
        """The catalog, databases, and what is in them: Glue decides on a thing and on all that it lies in.

        Source: AWS Glue Developer Guide, "Specifying AWS Glue resource ARNs".
        """
        name = cls.own_form.format(environment=clones.folded(stage))
        below = (f"{kind}/{name}/*" for kind in ("table", "userDefinedFunction"))
        return [place.arn("glue", each) for each in ("catalog", f"database/{name}", *below)]

    @classmethod
    def is_made(cls, place: Place) -> bool:
        """Where a variable group clones tables of a database."""
        return bool(place.databases)

    @classmethod
    def statements(cls, place: Place) -> Sequence[Statement]:
        """Production's pointers may be read: a clone is made of them, and of a metadata file of its own."""
        below = [each for name in place.databases for each in (f"database/{name}", f"table/{name}/*")]
        own = [f"arn:aws:s3:::{aws.bucket_prefix(stage)}*/{clones.METADATA}" for stage in place.stages]
        return [
            allow("SeeTables", ["glue:GetTables"], [place.arn("glue", each) for each in ("catalog", *below)]),
            allow("DescribeTables", ["s3:PutObject"], own),
        ]

    @classmethod
    def is_own_id(cls, id: str, owner: Owner) -> bool:
        """A clone's id in the engine's state ends in its namespace."""
        return _is_own_name(id.rpartition("/")[2], owner)

    def find(self) -> Sequence[Thing]:
        """As of every kind. Who has no right to ask made none either, unless the group's tags name clones."""
        try:
            return super().find()
        except Refused:
            group = groups.get(self.cloud, aws.resource_group(self.owner.environment))
            if group is not None and any(tag.startswith(clones.CLONE_TAG) for tag in group.tags):
                raise
            return ()

    def named(self) -> Iterable[str]:
        """By their prefix; Glue's list takes none."""
        prefix = clones.namespace_prefix(self.owner.environment)
        for page in self.cloud.client("glue").get_paginator("get_databases").paginate():
            yield from (one["Name"] for one in page["DatabaseList"] if one["Name"].startswith(prefix))

    def is_named(self, handle: str) -> bool:
        """By the hash of project, environment and account that its name ends in."""
        return _is_own_name(handle, self.owner)

    def own_tags(self, handle: str) -> Tags:
        """Its parameters: they are there from its first moment. EntityNotFoundException when it is gone."""
        return self.cloud.client("glue").get_database(Name=handle)["Database"].get("Parameters", {})

    def delete(self, handle: str) -> None:
        """Its tables first: Glue would remove them some time after it, from under another of its name."""
        glue = self.cloud.client("glue")
        for page in glue.get_paginator("get_tables").paginate(DatabaseName=handle):
            names = [table["Name"] for table in page["TableList"]]
            for first in range(0, len(names), AT_ONCE):
                glue.batch_delete_table(DatabaseName=handle, TablesToDelete=names[first : first + AT_ONCE])
        glue.delete_database(Name=handle)


def _is_own_name(name: str, owner: Owner) -> bool:
    suffix = clones.namespace_suffix(owner.project, owner.environment, owner.account)
    return name.startswith(clones.namespace_prefix(owner.environment)) and name.endswith(suffix)
