"""The forms of a store in a variable group: short for one container or bucket, long for an account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag

from mayfly.settings.forms import LONG, SHORT, SettingsForm
from mayfly.settings.invalid import InvalidValue
from mayfly.settings.sinks import Seed, Sink
from mayfly.settings.sources import SourceAddress, containers
from mayfly.settings.types import (
    AccountWord,
    ContainerName,
    Containers,
    SeedPath,
    SeedSource,
    ShortSink,
    ShortSource,
    Size,
    StorageAccount,
)


class SourceForm(SettingsForm):
    """Containers of a storage account, to be read."""

    account: StorageAccount
    """The account's resource id."""

    containers: Containers
    """Their names. Each is granted by itself."""


class SeedForm(SettingsForm):
    """Data of production that a sink begins with."""

    source: SeedSource = Field(alias="from")
    """The container that it comes from. The environment may read it."""

    into: ContainerName = ""
    """The sink's container; the one of the same name, or the only one, when left out."""

    paths: tuple[SeedPath, ...] = ("*",)
    """What of it."""

    at_most: Size = 10**9
    """Nothing is copied, and the update fails, where it is more."""


def _seeds(value: Any) -> Any:
    return [value] if isinstance(value, dict) else value


class SinkForm(SettingsForm):
    """Containers to be written, made by the environment."""

    containers: Containers
    """Their names, as production has them."""

    account: AccountWord = ""
    """The account that they are made in, by a word for it; one for all sinks when left out."""

    seed: Annotated[tuple[SeedForm, ...], BeforeValidator(_seeds)] = ()
    """What they are filled with when they are made; one, or a list."""


def _source(form: SourceForm) -> SourceAddress:
    return containers(form.account, form.containers)


def _sink(form: SinkForm) -> Sink:
    return Sink(",".join(form.containers), form.account, tuple(_seed(form, one) for one in form.seed))


def _seed(form: SinkForm, seed: SeedForm) -> Seed:
    """A seed with its container. Raises InvalidValue where that is not known."""
    names, (same,) = form.containers, seed.source.names
    into = seed.into or (same if same in names else names[0] if len(names) == 1 else "")
    if into not in names:
        what = (
            f"the seed from {same!r} goes into {into!r}, which is none of its containers"
            if into
            else (f"the seed from {same!r} names no container to go into")
        )
        raise InvalidValue(what, f"into: {' or '.join(names)}")
    return Seed(seed.source, into, seed.paths, seed.at_most)


def _form(value: Any) -> str:
    return LONG if isinstance(value, dict) else SHORT


if TYPE_CHECKING:
    SourceStore = SourceAddress
    SinkStore = Sink
else:
    SourceStore = Annotated[
        Annotated[ShortSource, Tag(SHORT)]
        | Annotated[Annotated[SourceForm, AfterValidator(_source)], Tag(LONG)],
        Discriminator(_form),
    ]
    SinkStore = Annotated[
        Annotated[ShortSink, Tag(SHORT)] | Annotated[Annotated[SinkForm, AfterValidator(_sink)], Tag(LONG)],
        Discriminator(_form),
    ]
