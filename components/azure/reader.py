"""Reading production: the only thing that an environment gets outside of its own group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.azure import roles


@dataclass(frozen=True)
class ProductionReaderArgs:
    """Who may read what.

    identity: what tells the environment from all others, for the description of its grants.
    principal_id: object id of the identity that reads: the factory's.
    sources: name of a source → resource id of its container; access to data stops at the container.
    whole_accounts: give the role on the account of each container instead: above the containers, where the
        deployers of ephemeral environments may give and take it, it can be taken by none of them.
    """

    identity: str
    principal_id: pulumi.Input[str]
    sources: Mapping[str, str]
    whole_accounts: bool = False


class ProductionReader(pulumi.ComponentResource):
    """The reader role for an environment's identity at each container of production that it uses, or account.

    A grant lies on production and is not deleted with the environment's group, so this component is never
    parented under anything that is `deleted_with` the group. It depends on the identity, so a destroy
    revokes the grants first.
    """

    def __init__(
        self, name: str, args: ProductionReaderArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mayfly:azure:ProductionReader", name, None, opts)
        containers = args.sources.values()
        scopes = [id.rsplit("/", 4)[0] for id in containers] if args.whole_accounts else containers
        # Each scope once: two sources may name the same one, in another case.
        for scope in sorted({scope.lower(): scope for scope in scopes}.values()):
            self._create_grant(name, args, scope)
        self.register_outputs({})

    def _create_grant(self, name: str, args: ProductionReaderArgs, scope: str) -> None:
        read = roles.GrantArgs(scope, roles.STORAGE_BLOB_DATA_READER, args.principal_id, args.identity)
        # "<account>-<container>", or "<account>": an account's name is unique in the world.
        label = "-".join(scope.lower().split("/")[8::4])
        roles.grant(f"{name}-reads-{label}", read, pulumi.ResourceOptions(parent=self))
