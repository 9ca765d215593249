"""A resource type of the provider: one row of the table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

AutoName = Literal["random", "uuid", "copy"]
"""How a missing name is made: `<urn name><8 hex>`, a uuid, or the URN's name itself."""


@dataclass(frozen=True)
class Prop:
    """One property: its place and name in a Resource Manager body.

    api: its name there, when another than in Pulumi. top: it lies beside `properties`, not inside.
    names: other names within its value, Pulumi's to Resource Manager's. read_only: names in its value that
    only the cloud sets. ids: names within its value that are a list in Pulumi and a map's keys there.
    output: only the cloud sets it. replaces: it cannot be changed.
    """

    api: str = ""
    top: bool = False
    names: Mapping[str, str] = field(default_factory=dict)
    read_only: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()
    output: bool = False
    replaces: bool = False


@dataclass(frozen=True)
class Row:
    """A resource type.

    type: Pulumi's type token without `azure-native:`. path: Resource Manager's; its parameters are inputs.
    api_version: what azure-native 3.29 sends. props: the properties of the body and of what is read back.
    required: body properties without which the request is not made. name: the path parameter that gets a name
    when none is given. rest: what a deletion puts in place of what cannot be deleted (a singleton).
    """

    type: str
    path: str
    api_version: str
    props: Mapping[str, Prop]
    name: str
    auto_name: AutoName = "random"
    required: frozenset[str] = frozenset()
    rest: Mapping[str, object] | None = None

    @property
    def parameters(self) -> list[str]:
        """The inputs that the path is made of, without the subscription, which configuration gives."""
        return [name for name in re.findall(r"{(\w+)}", self.path) if name != "subscriptionId"]

    @property
    def inputs(self) -> Iterator[tuple[str, Prop]]:
        """The properties that a program may set."""
        return ((name, prop) for name, prop in self.props.items() if not prop.output)

    def replaces(self, name: str) -> bool:
        """Whether a change of this input asks for another resource."""
        return name in self.parameters or (name in self.props and self.props[name].replaces)
