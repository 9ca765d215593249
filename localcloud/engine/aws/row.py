"""A resource type of the provider: one row of the table."""

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
    """The properties of a resource's name and name prefix. longest: of the name, in characters."""

    property: str = "name"
    longest: int = 255
    prefix: str = "namePrefix"


@dataclass(frozen=True)
class Change:
    """An update: old and new inputs, the names of those that differ, and the outputs."""

    old: Properties
    new: Properties
    names: frozenset[str]
    outputs: Properties


def nothing_to_finish(cloud: Cloud, resource_id: str, inputs: Properties, stop: threading.Event) -> None:
    """Do nothing: one call makes the whole resource."""


@dataclass(frozen=True)
class Row:
    """A resource type of pulumi-aws 7.51.

    type: Pulumi's type token. noun, service: how the official provider's messages name it.
    absent: the error codes that say that there is none.

    required, optional, computed: inputs; the cloud decides a computed one that is not given. outputs: only
    the cloud sets them. refused: inputs of the SDK that this server does not know; their outputs are left
    out. defaults: the official provider's. replaces: inputs whose change needs a replacement. kept: inputs
    that the cloud does not return. documents: JSON, compared by its meaning. sets: lists without an order.
    echoed: outputs only for programs that set them. volatile: outputs that any update may change.

    create returns the id; finish makes further calls, and its failure leaves the resource half made; read
    returns the outputs, or None; delete may raise one of `absent`.
    """

    type: str
    noun: str
    service: str
    absent: frozenset[str]
    create: Callable[[Cloud, Properties, threading.Event], str]
    read: Callable[[Cloud, str], Properties | None]
    delete: Callable[[Cloud, str, Properties], object]
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
        """Inputs and outputs."""
        return self.inputs | self.outputs


def names(text: str) -> frozenset[str]:
    """Split property names at spaces."""
    return frozenset(text.split())
