"""The stack of an environment, as a teardown sees it: a record that goes last, and a state that only claims.

The code of a pull request writes the state. So a teardown never removes, reads or asks for what a state
names. What it names besides the environment's own things goes into the receipt.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from mayfly.clouds.thing import Thing
from mayfly.errors import MayflyError
from mayfly.teardown.receipt import Remaining

TYPE = "pulumi:pulumi:Stack"
PROVIDERS = "pulumi:providers:"
CLAIMED = "the state names it, and a state says what its author wrote: it was not looked at"


@dataclass(frozen=True)
class Claim:
    """A resource that a state names, truly or not.

    type: as the engine has it, `aws:s3/bucket:Bucket`. id: the provider's. name: the last part of its URN.
    """

    type: str
    id: str
    name: str


class Stack(Protocol):
    """A stack that may be there."""

    def settle(self) -> None:
        """Raise Busy while somebody works on it."""

    def claims(self) -> tuple[Claim, ...] | None:
        """What its state names; None when there is no stack. Raises MayflyError when that cannot be read."""

    def remove(self) -> None:
        """Remove it, whatever its state names, with its configuration; absent is fine. Raises MayflyError."""


class NoStack:
    """The stack of an environment that has none in this backend, or whose backend is not at hand."""

    def settle(self) -> None:
        """Nobody can be at work on it here."""

    def claims(self) -> None:
        """There is no state."""

    def remove(self) -> None:
        """Absent is fine."""


@dataclass(frozen=True)
class Record:
    """What became of the stack.

    remains: why it was kept. forgotten: what its state named besides, which nobody looked at.
    """

    removed: bool = False
    remains: tuple[Remaining, ...] = ()
    forgotten: tuple[Thing, ...] = ()


def drop(stack: Stack, environment: str, is_own: Callable[[Claim], bool], forget: bool) -> Record:
    """Remove the stack of an environment that is gone from the cloud, unless its state names more.

    is_own: whether a claim is about what the environment had. forget: remove it in any case.
    """
    try:
        claims, unread = stack.claims(), ""
    except MayflyError as error:
        claims, unread = (), str(error)
    if claims is None:
        return Record()
    others = tuple(
        Thing(id=claim.id or claim.name, type=claim.type, detail=claim.name)
        for claim in claims
        if not is_own(claim)
    )
    if (others or unread) and not forget:
        named = tuple(Remaining(thing=thing, why=CLAIMED) for thing in others)
        return Record(remains=(*named, _kept(environment, unread)))
    try:
        stack.remove()
    except MayflyError as error:
        return Record(remains=(Remaining(thing=_thing(environment), why=str(error)),))
    return Record(removed=True, forgotten=others)


def claims(state: Any) -> tuple[Claim, ...]:
    """The resources of a state that a provider made. state: what `pulumi stack export` prints.

    Left out are components, providers and the stack itself, which stand for nothing in a cloud, and what the
    program only read. Raises MayflyError for what is no state.
    """
    try:
        found = []
        for resource in (state["deployment"] or {}).get("resources") or []:
            type, urn = str(resource["type"]), str(resource["urn"])
            is_made = resource.get("custom") and not resource.get("external")
            if is_made and type != TYPE and not type.startswith(PROVIDERS):
                found.append(Claim(type, str(resource.get("id") or ""), urn.rpartition("::")[2]))
        return tuple(found)
    except (AttributeError, KeyError, TypeError) as error:
        raise MayflyError(f"the state is none that Pulumi writes: {error!r}") from None


def _kept(environment: str, unread: str) -> Remaining:
    what = (
        f"its state cannot be read: {unread}" if unread else "its state names what is not the environment's"
    )
    return Remaining(
        thing=_thing(environment),
        why=f"{what}. `pulumi destroy --stack {environment}`, run by the state's author, removes that; "
        f"`mayfly down {environment} --forget` drops the record",
    )


def _thing(environment: str) -> Thing:
    return Thing(id=environment, type=TYPE)
