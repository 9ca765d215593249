"""The forms of a store in a variable group: short for one container or bucket, long for an account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, Discriminator, Tag

from mayfly.settings.forms import LONG, SHORT, SettingsForm
from mayfly.settings.sinks import Sink
from mayfly.settings.sources import SourceAddress, containers
from mayfly.settings.types import AccountWord, Containers, ShortSink, ShortSource, StorageAccount


class SourceForm(SettingsForm):
    """Containers of a storage account, to be read."""

    account: StorageAccount
    """The account's resource id."""

    containers: Containers
    """Their names. Each is granted by itself."""


class SinkForm(SettingsForm):
    """Containers to be written, made by the environment."""

    containers: Containers
    """Their names, as production has them."""

    account: AccountWord = ""
    """The account that they are made in, by a word for it; one for all sinks when left out."""


def _source(form: SourceForm) -> SourceAddress:
    return containers(form.account, form.containers)


def _sink(form: SinkForm) -> Sink:
    return Sink(",".join(form.containers), form.account)


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
