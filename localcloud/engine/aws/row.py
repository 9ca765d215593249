"""What the provider knows of a resource type: one row of a table."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from localcloud.engine.aws.cloud import Cloud
from localcloud.engine.values import Properties

NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Name:
    """The property that is a resource's name, how long it may be, and the one with its beginning."""

    property: str = "name"
    longest: int = 255
    prefix: str = "namePrefix"


@dataclass(frozen=True)
class Change:
    """An update: the inputs before and after, the names of those that differ, what was known of the rest."""

    old: Properties
    new: Properties
    names: frozenset[str]
    outputs: Properties


def nothing_to_finish(cloud: Cloud, resource_id: str, inputs: Properties, stop: threading.Event) -> None:
    """One call makes the whole resource."""


@dataclass(frozen=True)
class Row:
    """A resource type of pulumi-aws 7.51.

    type: Pulumi's type token. noun, service: how the official provider's messages name it.
    absent: the error codes that say that there is none.

    required, optional, computed: inputs; where a computed one is not given, the cloud decides. outputs: what
    only the cloud sets. refused: the SDK's inputs that this server does not know; outputs of them are left
    out. defaults: the official provider's own. replaces: inputs whose change asks for another resource.
    kept: inputs that the cloud is not told of, or does not give back. documents: JSON, compared by its
    meaning. sets: lists without an order. echoed: outputs for those who gave them.
    volatile: outputs that any update may change.

    create makes it and gives its id; finish does what one call does not, and its failure leaves it half made;
    read gives outputs, or None; delete may raise one of `absent`.
    """

    type: str
    noun: str
    service: str
    absent: frozenset[str]
    create: Callable[[Cloud, Properties, threading.Event], str]
    read: Callable[[Cloud, str], Properties | None]
    delete: Callable[[Cloud, str, Properties], None]
    update: Callable[[Cloud, str, Change, threading.Event], None]
    finish: Callable[[Cloud, str, Properties, threading.Event], None] = nothing_to_finish
    name: Name | None = None
    required: frozenset[str] = NOTHING
    optional: frozenset[str] = NOTHING
    computed: frozenset[str] = NOTHING
    outputs: frozenset[str] = NOTHING
    refused: frozenset[str] = NOTHING
    replaces: frozenset[str] = NOTHING
    defaults: Mapping[str, Any] = field(default_factory=dict)
    kept: frozenset[str] = NOTHING
    documents: frozenset[str] = NOTHING
    sets: frozenset[str] = NOTHING
    echoed: frozenset[str] = NOTHING
    volatile: frozenset[str] = NOTHING

    @property
    def inputs(self) -> frozenset[str]:
        """The properties that a program may set."""
        return self.required | self.optional | self.computed

    @property
    def properties(self) -> frozenset[str]:
        """All that a program may see."""
        return self.inputs | self.outputs


def names(text: str) -> frozenset[str]:
    """Property names, parted by spaces."""
    return frozenset(text.split())
