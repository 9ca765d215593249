"""Teardown: one lister and remover a kind of thing, one loop, and a receipt that says what became of all."""

from mayfly.teardown.receipt import Receipt
from mayfly.teardown.teardown import Engine, Request, Teardown

__all__ = ["Engine", "Receipt", "Request", "Teardown"]
