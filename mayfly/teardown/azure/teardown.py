"""One environment's teardown, from the first look to the receipt.

The order is: look, refuse, revoke grants and remove the group, ask the cloud again, and only then drop the
stack. It can be killed anywhere and run again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mayfly.clouds.azure import groups, permissions
from mayfly.clouds.azure.client import Azure
from mayfly.clouds.azure.grants import ASSIGNMENTS
from mayfly.clouds.thing import Thing
from mayfly.errors import MayflyError
from mayfly.naming.azure import ids
from mayfly.teardown import teardown
from mayfly.teardown.azure import guard, subject
from mayfly.teardown.azure.grants import GrantKind
from mayfly.teardown.azure.group import GroupKind
from mayfly.teardown.loop import Found, Kind, Ledger, look, tear_down
from mayfly.teardown.receipt import Receipt, Remaining, Reservation
from mayfly.teardown.stack import Claim
from mayfly.teardown.teardown import Removal

LOOKED = (
    "the group's own list of resources, which may lag by 18 minutes (Azure/AKS#1964), and the lists of"
    " accounts and factories by their providers: what somebody put there just before, of another type,"
    " was not seen, and went with the group"
)

RESERVATIONS: Mapping[str, Reservation] = {
    ids.ACCOUNT.lower(): Reservation(
        14,
        "a deleted storage account may be recovered for 14 days (Microsoft: Recover a deleted storage"
        " account); other tenants are refused its name meanwhile (Resolve errors for storage account names),"
        " and an `up` in the same subscription takes it again",
    ),
    "microsoft.keyvault/vaults": Reservation(
        90,
        "a deleted vault is kept for 7 to 90 days, as it was set up, and nobody can take its name until it is"
        " purged (Microsoft: Azure Key Vault soft-delete overview)",
    ),
}
"""A group takes vaults of others along where `--include-foreign` says so."""


@dataclass
class Teardown(teardown.Teardown[Azure]):
    """A teardown on Azure. ledger: what was seen so far."""

    reservations = RESERVATIONS

    ledger: Ledger = field(default_factory=Ledger)

    def run(self) -> Receipt:
        """Do all of it. Raises NotAllowed before anything is touched, Busy, CloudError when blind."""
        target, (subscription,) = self.target, self.target.place
        self.say(f"looking for {target.environment}")
        found = subject.find(
            self.cloud, target.project, target.environment, subscription, target.group, target.sources
        )
        guard.check(self.cloud, found, target.include_foreign)
        self.stack.settle()
        grants, group = GrantKind(self.cloud, found), GroupKind(self.cloud, found, self.say)
        # What is there is written down while it is.
        listed: dict[Kind, Found] = dict(look([grants, group], self.ledger))
        unread = [why for why in (listed[grants][1],) if why]
        held: dict[str, Sequence[Thing]] = {}
        for resource in found.resources:
            thing = Thing(id=resource.id, type=resource.type)
            self.ledger.add(group, [thing])
            held[thing.key] = subject.children(self.cloud, resource)
        remains = tear_down([[grants], [group]], self.ledger, self.pause, self.say, listed=listed)
        removal = Removal(
            was=(*self.ledger.things, *(thing for things in held.values() for thing in things)),
            remains=(*remains, *_held_by(group, remains, held)),
            by_tags=bool(found.ours),
            tags=found.ours[0].tags if found.ours else {},
            looked_for_others=LOOKED if found.ours else "",
            problems=tuple(f"{grants.name}: {why}" for why in unread),
            caveats=tuple(permissions.caveats(found.subscription, found.sources or ())),
        )
        return self.finish(removal, grants.proof(), lambda claim: self._is_own(found, claim))

    def _is_own(self, found: subject.Subject, claim: Claim) -> bool:
        """Whether a claim is about what lay in the group, or a grant on a source: none of these is left."""
        own = [groups.group_id(found.subscription, self.target.group)] if self.target.group else []
        if any(ids.is_at_or_below(claim.id, group) for group in (*own, *(one.id for one in found.ours))):
            return True
        is_grant = f"/{ASSIGNMENTS}/".lower() in claim.id.lower()
        return is_grant and any(ids.is_at_or_below(claim.id, source) for source in found.sources or ())


def _held_by(
    group: GroupKind, remains: Sequence[Remaining], held: Mapping[str, Sequence[Thing]]
) -> Iterator[Remaining]:
    """What is left in resources that are: in one that is gone, nothing can be."""
    for thing in (thing for one in remains for thing in held.get(one.thing.key, ())):
        try:
            why = "its resource remains" if group.exists(thing) else ""
        except MayflyError as error:
            why = f"unknown: {error}"
        if why:
            yield Remaining(thing=thing, why=why)
